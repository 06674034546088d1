#pragma once
#include <cstdint>
#include <string_view>

/// The element-wise and attention arithmetic of a training step, written once and compiled for several instruction sets.
/// Free of torch: plain pointers to dense row-major memory. Thread-safe: a call touches only what it is handed.
namespace assay::train {

/// Brain floating point, bit for bit what c10::BFloat16 holds.
struct bfloat16 {
  std::uint16_t bits;
};

/// Sums over elements of type T are kept in this type.
template <class T>
struct Accumulate {
  using type = float;
};
template <>
struct Accumulate<double> {
  using type = double;
};

/// Causal grouped-query attention with rotary positions over rows laid out as [query heads | key heads | value heads].
template <class A>
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  A scale = 1;
  const A* cos = nullptr;  ///< [positions, rotary_size / 2]
  const A* sin = nullptr;
  std::int64_t rotary_size = 0;  ///< how many of a head's first dimensions turn
  std::int64_t window = 0;       ///< keys that a query sees, itself included; 0 for all
};

/// One decoupled weight decay step of Adam (Loshchilov and Hutter, arXiv 1711.05101), bias corrections folded in.
template <class A>
struct AdamWStep {
  A beta1, beta2, epsilon;
  A decay;         ///< 1 - learning rate · weight decay
  A step;          ///< learning rate / (1 - beta1^t)
  A inverse_root;  ///< 1 / sqrt(1 - beta2^t)
  A gradient_scale;
};

/// One step of gradient descent with momentum (Polyak's, as torch.optim.SGD has it).
template <class A>
struct SgdStep {
  A momentum;
  A decay;  ///< times the value is added to the gradient
  A step;   ///< learning rate
  A gradient_scale;
};

template <class T>
struct Kernels {
  using A = typename Accumulate<T>::type;

  const char* instruction_set;

  /// sum = x + delta (delta may be null); out = sum · inverse · weight with inverse = 1 / sqrt(mean(sum²) + epsilon).
  void (*add_rms_norm)(const A* x, const T* delta, const T* weight, std::int64_t rows, std::int64_t width, A epsilon,
                       A* sum, T* out, A* inverse);
  /// grad_x = grad_sum (may be null) + the norm's part; grad_delta (may be null) is its copy; grad_weight is added to.
  void (*add_rms_norm_backward)(const A* grad_sum, const T* grad_out, const A* sum, const A* inverse, const T* weight,
                                std::int64_t rows, std::int64_t width, A* grad_x, T* grad_delta, A* grad_weight);

  /// out = silu(gate) · up, rows of `gate_up` being [gate | up].
  void (*swiglu)(const T* gate_up, std::int64_t rows, std::int64_t width, T* out);
  void (*swiglu_backward)(const T* gate_up, const T* grad_out, std::int64_t rows, std::int64_t width, T* grad);

  /// Units are (sequence, key head) pairs, numbered sequence by sequence; sequence s is rows starts[s] … starts[s+1].
  /// `lse` is [rows, heads]: the log of the sum of exponentials, which the backward pass needs.
  void (*attention)(const AttentionShape<A>& shape, const std::int64_t* starts, std::int64_t first_unit,
                    std::int64_t last_unit, const T* qkv, T* out, A* lse);
  void (*attention_backward)(const AttentionShape<A>& shape, const std::int64_t* starts, std::int64_t first_unit,
                             std::int64_t last_unit, const T* qkv, const T* out, const A* lse, const T* grad_out,
                             T* grad_qkv);

  /// losses[r] = weights[r] · -log softmax(logits[r])[targets[r]]; with `grad_scale` not 0 the logits become the
  /// gradient of grad_scale · sum(losses). Rows of weight 0 cost nothing and get a zero gradient.
  void (*cross_entropy)(T* logits, const std::int32_t* targets, const float* weights, std::int64_t rows,
                        std::int64_t vocabulary, A grad_scale, A* losses);

  void (*embed)(const T* table, const std::int32_t* ids, std::int64_t rows, std::int64_t width, A* out);
  void (*embed_backward)(const A* grad, const std::int32_t* ids, std::int64_t rows, std::int64_t width, A* grad_table);

  /// total[i] += part[i].
  void (*accumulate)(const T* part, std::int64_t size, A* total);
  double (*sum_of_squares)(const A* values, std::int64_t size);
  /// Updates `master` and its moments, and writes the rounded copy that the next step computes with.
  void (*adamw)(const AdamWStep<A>& step, const A* gradient, std::int64_t size, A* master, A* mean, A* variance,
                T* copy);
  void (*sgd)(const SgdStep<A>& step, const A* gradient, std::int64_t size, A* master, A* velocity, T* copy);
  void (*round)(const A* from, std::int64_t size, T* to);
};

/// The fastest variant that this CPU runs. T is bfloat16, float or double.
template <class T>
const Kernels<T>& kernels();

/// The variant of this name ("baseline", "avx2", "avx512"); null where this CPU does not run it.
template <class T>
const Kernels<T>* kernels(std::string_view instruction_set);

}  // namespace assay::train
