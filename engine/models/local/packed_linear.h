#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/local/kernels.h"
#include "models/local/thread_pool.h"

namespace assay::models {

/// The one `linear` of inference: y = x · Wᵀ + bias. A row's result depends on that row alone, bit for bit, whatever
/// the number of rows and threads; sums run in the order of the inner dimension.
///
/// Weights are kept in panels of columns as the kernels read them, as bfloat16 where every value is one (nothing is
/// lost, and half the memory is read), else as float.
class PackedLinear {
 public:
  PackedLinear() = default;

  /// Packs `weight` [out, in], row-major; `bias` is empty or has `out` values.
  PackedLinear(std::span<const float> weight, std::int64_t out, std::int64_t in, std::span<const float> bias = {});

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  /// Columns written per row: `out` rounded up to whole panels; those past `out` are zero.
  [[nodiscard]] std::int64_t padded_out() const noexcept { return panels_ * kernels().panel; }

  /// y[r] = W · x[r] + bias for r < rows; rows of y lie `y_stride` >= padded_out() floats apart.
  void apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
             ThreadPool& threads) const;

  [[nodiscard]] std::size_t bytes() const noexcept { return wide_.size() * 4 + narrow_.size() * 2; }

 private:
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t panels_ = 0;
  std::vector<float> wide_;
  std::vector<std::uint16_t> narrow_;
  std::vector<float> bias_;
};

}  // namespace assay::models
