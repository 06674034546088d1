#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/dtype.h"
#include "models/local/aligned_array.h"
#include "models/local/kernels.h"
#include "models/local/thread_pool.h"

namespace assay::models {

/// How a matrix is held and multiplied. Sums are float in each form.
enum class WeightForm {
  exact,  ///< the values as they are: as bfloat16 or half precision where every one is (half the memory is read), else as float
  bf16,  ///< weights and inputs rounded to bfloat16
  int8,  ///< weights as whole numbers in [-127, 127] with a scale a column (symmetric); inputs stay float
};

/// A matrix [out, in] that is read by rows, as floats, while it is packed.
struct RowSource {
  std::int64_t out = 0;
  std::int64_t in = 0;
  DType values = DType::F32;  ///< that every value is known to be one of
  /// Rows first to first + count - 1, `in` floats each. Called from several threads at once.
  std::function<void(std::int64_t first, std::int64_t count, float* to)> read;
};

/// The one `linear` of inference: y = x · Wᵀ + bias. A row's result depends on that row alone, bit for bit, whatever
/// the number of rows and threads; sums run in the order of the inner dimension.
///
/// Weights are kept in panels of columns as the kernels read them. Not thread-safe.
class PackedLinear {
 public:
  PackedLinear() = default;

  /// Packs `weight`, a panel of rows at a time: beside the packed matrix no more is held than a panel of floats a thread.
  /// `bias` is empty or has `weight.out` values.
  PackedLinear(const RowSource& weight, std::span<const float> bias, WeightForm form, ThreadPool& threads);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  /// Columns written per row: `out` rounded up to whole panels; those past `out` are zero.
  [[nodiscard]] std::int64_t padded_out() const noexcept { return panels_ * kernels().panel; }

  /// y[r] = W · x[r] + bias for r < rows; rows of y lie `y_stride` >= padded_out() floats apart.
  void apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
             ThreadPool& threads) const;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return wide_.size() * 4 + narrow_.size() * 2 + half_.size() * 2 + pairs_.size() * 4 + whole_.size() +
           scales_.size() * 4;
  }

  /// Squared error of the held weights and sum of squares of the given ones: what rounding to int8 cost.
  struct Rounding {
    double error = 0, total = 0;
  };
  [[nodiscard]] Rounding rounding() const noexcept { return rounding_; }

 private:
  template <class T, class Round>
  void pack(const RowSource& weight, ThreadPool& threads, AlignedArray<T>& packed, std::int64_t depth,
            const Round& round);

  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t panels_ = 0;
  // One of these holds the weights.
  AlignedArray<float> wide_;
  AlignedArray<std::uint16_t> narrow_;
  AlignedArray<Half> half_;
  AlignedArray<std::uint32_t> pairs_;
  AlignedArray<std::int8_t> whole_;
  AlignedArray<float> scales_;  ///< of whole_, a column
  std::vector<float> bias_;
  Rounding rounding_;
  mutable AlignedArray<std::uint32_t> rounded_;  ///< inputs as pairs
};

}  // namespace assay::models
