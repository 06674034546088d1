#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/local/kernels.h"
#include "models/local/thread_pool.h"

namespace assay::models {

/// How a matrix is held and multiplied. Sums are float in each form.
enum class WeightForm {
  exact,  ///< the values as they are: as bfloat16 where every one is (half the memory is read), else as float
  bf16,   ///< weights and inputs rounded to bfloat16
  int8,   ///< weights as whole numbers in [-127, 127] with a scale a column (symmetric); inputs stay float
};

/// The one `linear` of inference: y = x · Wᵀ + bias. A row's result depends on that row alone, bit for bit, whatever
/// the number of rows and threads; sums run in the order of the inner dimension.
///
/// Weights are kept in panels of columns as the kernels read them. Not thread-safe.
class PackedLinear {
 public:
  PackedLinear() = default;

  /// Packs `weight` [out, in], row-major; `bias` is empty or has `out` values.
  PackedLinear(std::span<const float> weight, std::int64_t out, std::int64_t in, std::span<const float> bias = {},
               WeightForm form = WeightForm::exact);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  /// Columns written per row: `out` rounded up to whole panels; those past `out` are zero.
  [[nodiscard]] std::int64_t padded_out() const noexcept { return panels_ * kernels().panel; }

  /// y[r] = W · x[r] + bias for r < rows; rows of y lie `y_stride` >= padded_out() floats apart.
  void apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
             ThreadPool& threads) const;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return wide_.size() * 4 + narrow_.size() * 2 + pairs_.size() * 4 + whole_.size() + scales_.size() * 4;
  }

  /// Squared error of the held weights and sum of squares of the given ones: what rounding to int8 cost.
  struct Rounding {
    double error = 0, total = 0;
  };
  [[nodiscard]] Rounding rounding() const noexcept { return rounding_; }

 private:
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t panels_ = 0;
  // One of these holds the weights.
  std::vector<float> wide_;
  std::vector<std::uint16_t> narrow_;
  std::vector<std::uint32_t> pairs_;
  std::vector<std::int8_t> whole_;
  std::vector<float> scales_;  ///< of whole_, a column
  std::vector<float> bias_;
  Rounding rounding_;
  mutable std::vector<std::uint32_t> rounded_;  ///< inputs as pairs
};

}  // namespace assay::models
