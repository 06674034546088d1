#include "models/local/packed_linear.h"

#include <algorithm>
#include <bit>

#include "models/dtype.h"

namespace assay::models {
namespace {

/// Rows that stay in the second-level cache while all panels pass over them.
constexpr std::int64_t kBlockRows = 192;

template <class T, class Convert>
std::vector<T> pack(std::span<const float> weight, std::int64_t out, std::int64_t in, std::int64_t width, Convert convert) {
  const std::int64_t panels = (out + width - 1) / width;
  std::vector<T> packed(static_cast<std::size_t>(panels * width * in));
  for (std::int64_t o = 0; o < out; ++o) {
    const float* row = weight.data() + o * in;
    T* to = packed.data() + (o / width) * width * in + o % width;
    for (std::int64_t k = 0; k < in; ++k) to[k * width] = convert(row[k]);
  }
  return packed;
}

}  // namespace

PackedLinear::PackedLinear(std::span<const float> weight, std::int64_t out, std::int64_t in, std::span<const float> bias)
    : in_(in), out_(out), panels_((out + kernels().panel - 1) / kernels().panel), bias_(bias.begin(), bias.end()) {
  const bool narrow = std::all_of(weight.begin(), weight.end(),
                                  [](float w) { return (std::bit_cast<std::uint32_t>(w) & 0xffffU) == 0; });
  const std::int64_t width = kernels().panel;
  if (narrow) {
    narrow_ = pack<std::uint16_t>(weight, out, in, width, [](float w) { return to_bfloat16(w); });
  } else {
    wide_ = pack<float>(weight, out, in, width, [](float w) { return w; });
  }
}

void PackedLinear::apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
                         ThreadPool& threads) const {
  const Kernels& kernel = kernels();
  const std::int64_t width = kernel.panel;
  const std::int64_t team = std::min<std::int64_t>(threads.size(), panels_);
  threads.run(static_cast<std::size_t>(team), [&](std::size_t part) {
    const std::int64_t first = panels_ * static_cast<std::int64_t>(part) / team;
    const std::int64_t last = panels_ * static_cast<std::int64_t>(part + 1) / team;
    for (std::int64_t row = 0; row < rows; row += kBlockRows) {
      PanelProduct product;
      product.rows = x + row * x_stride;
      product.row_stride_in = x_stride;
      product.row_count = std::min(kBlockRows, rows - row);
      product.panel_stride = width * in_;
      product.row_stride = width;
      product.panel_count = last - first;
      product.depth = in_;
      product.out = y + row * y_stride + first * width;
      product.row_stride_out = y_stride;
      if (narrow_.empty()) {
        kernel.product(product, wide_.data() + first * width * in_);
      } else {
        kernel.product_bf16(product, narrow_.data() + first * width * in_);
      }
    }
  });
  if (bias_.empty()) return;
  for (std::int64_t row = 0; row < rows; ++row) kernel.add(y + row * y_stride, bias_.data(), out_);
}

}  // namespace assay::models
