#pragma once
#include <cstdint>

/// The arithmetic of inference, written once and compiled for several instruction sets. Plain pointers to dense memory;
/// thread-safe: a call touches only what it is handed.
///
/// The promise that all callers lean on: an output element depends on its own row and column alone, summed in ascending
/// order of the inner dimension. How many rows or columns are computed together never shows in the bits.
namespace assay::models {

/// out (+)= rows · panels. A panel holds `Kernels::panel` columns: element (k, n) of panel p at
/// panels[p · panel_stride + k · row_stride + n]. Every column of a panel is written.
struct PanelProduct {
  const float* rows = nullptr;
  std::int64_t row_stride_in = 0;  ///< floats between rows of `rows`
  std::int64_t row_count = 0;
  std::int64_t panel_stride = 0;
  std::int64_t row_stride = 0;  ///< elements between k and k + 1 of a panel
  std::int64_t panel_count = 0;
  std::int64_t depth = 0;  ///< the inner dimension
  float* out = nullptr;    ///< panel p's columns begin at out + p · Kernels::panel
  std::int64_t row_stride_out = 0;
  bool accumulate = false;  ///< add to what `out` holds, as if the sums had gone on
  bool scattered = false;   ///< the panels are a short stretch of memory that the CPU does not foresee: fetch ahead
};

/// A half-precision number (IEEE 754 binary16) as it is stored.
struct Half {
  std::uint16_t bits;
};

struct Kernels {
  const char* instruction_set;
  std::int64_t panel;  ///< columns of a panel

  void (*product)(const PanelProduct& shape, const float* panels);
  /// Panels of bfloat16 widened on the fly: the same bits as `product` on widened panels, at half the memory traffic.
  void (*product_bf16)(const PanelProduct& shape, const std::uint16_t* panels);

  /// The same for panels of half-precision numbers.
  void (*product_half)(const PanelProduct& shape, const Half* panels);

  /// Panels of small whole numbers; the caller scales the columns.
  void (*product_int8)(const PanelProduct& shape, const std::int8_t* panels);
  /// Pairs of bfloat16 on both sides, products and sums in float: shape.depth counts pairs, shape.row_stride_in words,
  /// and `rows` (as round_pairs makes them) takes the place of shape.rows. Twice as fast where the CPU has AVX512_BF16.
  void (*product_pairs)(const PanelProduct& shape, const std::uint32_t* rows, const std::uint32_t* panels);

  /// x rounded to the nearest bfloat16, ties to even.
  void (*round_bf16)(const float* x, std::int64_t width, std::uint16_t* out);
  /// The same, two to a word (the first in the lower half); an odd end gets a zero.
  void (*round_pairs)(const float* x, std::int64_t width, std::uint32_t* out);
  /// Stored numbers to float, without loss. `from` may be unaligned.
  void (*widen_bf16)(const void* from, std::int64_t width, float* out);
  void (*widen_half)(const void* from, std::int64_t width, float* out);
  /// x rounded to half precision, to the nearest, ties to even.
  void (*round_half)(const float* x, std::int64_t width, Half* out);
  /// out = x / scale rounded to the nearest, where scale (returned) brings the largest |x| to 127; 0 for x = 0. Adds
  /// Σ (x - scale · out)² to errors[0] and Σ x² to errors[1].
  float (*quantize)(const float* x, std::int64_t width, std::int8_t* out, double* errors);
  /// x *= y
  void (*multiply)(float* x, const float* y, std::int64_t width);
  /// out = x · weight / sqrt(mean(x²) + epsilon)
  void (*rms_norm)(const float* x, const float* weight, std::int64_t width, float epsilon, float* out);
  /// out = (x - mean(x)) / sqrt(variance(x) + epsilon) · weight + bias
  void (*layer_norm)(const float* x, const float* weight, const float* bias, std::int64_t width, float epsilon,
                     float* out);
  /// x += y
  void (*add)(float* x, const float* y, std::int64_t width);
  /// Turns pairs (i, i + rotary_dim / 2) of each head's first rotary_dim elements by the angles of one position.
  void (*rotate)(float* x, std::int64_t heads, std::int64_t head_dim, std::int64_t rotary_dim, const float* cos,
                 const float* sin);
  /// out = silu(gate) · up
  void (*swiglu)(const float* gate, const float* up, std::int64_t width, float* out);
  /// x / 2 · (1 + erf(x / √2)), to 1e-7 · |x|
  void (*gelu)(const float* x, std::int64_t width, float* out);
  /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
  void (*gelu_tanh)(const float* x, std::int64_t width, float* out);
  void (*silu)(const float* x, std::int64_t width, float* out);
  void (*relu)(const float* x, std::int64_t width, float* out);
  /// Where the largest value is, the first of equals. REQUIRES count >= 1; of NaN it may say 0.
  std::int64_t (*argmax)(const float* x, std::int64_t count);
  /// scores[0, count) become exp(scale · (score - max)), [count, padded) zero; returns their sum.
  float (*exponentials)(float* scores, std::int64_t count, std::int64_t padded, float scale);
  /// out = x · factor
  void (*scale)(const float* x, float factor, std::int64_t width, float* out);
  /// log Σ exp(x)
  double (*log_sum_exp)(const float* x, std::int64_t count);
};

/// Those for the best instruction set of this CPU: AVX-512 with or without BF16, AVX2 with FMA, or portable ones.
/// ASSAY_KERNELS in the environment (avx512_bf16, avx512, avx2, portable) asks for a lesser one, which tests use.
[[nodiscard]] const Kernels& kernels();

/// Those of one name; null where this build or this CPU lacks them.
[[nodiscard]] const Kernels* kernels_named(const char* instruction_set);

namespace portable {
extern const Kernels kKernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}
namespace avx512_bf16 {
extern const Kernels kKernels;
}
#endif

}  // namespace assay::models
