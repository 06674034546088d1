#include "models/local/packed_linear.h"

#include <algorithm>
#include <bit>
#include <cmath>

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

PackedLinear::PackedLinear(std::span<const float> weight, std::int64_t out, std::int64_t in, std::span<const float> bias,
                           WeightForm form)
    : in_(in), out_(out), panels_((out + kernels().panel - 1) / kernels().panel), bias_(bias.begin(), bias.end()) {
  const std::int64_t width = kernels().panel;
  if (form == WeightForm::bf16) {
    const std::int64_t words = (in + 1) / 2;
    pairs_.resize(static_cast<std::size_t>(panels_ * width * words));
    std::vector<std::uint32_t> row(static_cast<std::size_t>(words));
    for (std::int64_t o = 0; o < out; ++o) {
      kernels().round_pairs(weight.data() + o * in, in, row.data());
      std::uint32_t* to = pairs_.data() + (o / width) * width * words + o % width;
      for (std::int64_t k = 0; k < words; ++k) to[k * width] = row[static_cast<std::size_t>(k)];
    }
  } else if (form == WeightForm::int8) {
    scales_.resize(static_cast<std::size_t>(panels_ * width));
    whole_.resize(static_cast<std::size_t>(panels_ * width * in));
    for (std::int64_t o = 0; o < out; ++o) {
      const std::span<const float> row = weight.subspan(static_cast<std::size_t>(o * in), static_cast<std::size_t>(in));
      float largest = 0;
      for (const float w : row) largest = std::max(largest, std::abs(w));
      const float scale = largest / 127.0F;
      scales_[static_cast<std::size_t>(o)] = scale;
      std::int8_t* to = whole_.data() + (o / width) * width * in + o % width;
      for (std::int64_t k = 0; k < in; ++k) {
        const float w = row[static_cast<std::size_t>(k)];
        const float whole = scale == 0.0F ? 0.0F : std::nearbyint(w / scale);
        to[k * width] = static_cast<std::int8_t>(whole);
        const double off = static_cast<double>(w) - static_cast<double>(whole) * static_cast<double>(scale);
        rounding_.error += off * off;
        rounding_.total += static_cast<double>(w) * static_cast<double>(w);
      }
    }
  } else if (std::all_of(weight.begin(), weight.end(), [](float w) { return (std::bit_cast<std::uint32_t>(w) & 0xffffU) == 0; })) {
    narrow_ = pack<std::uint16_t>(weight, out, in, width, [](float w) { return to_bfloat16(w); });
  } else {
    wide_ = pack<float>(weight, out, in, width, [](float w) { return w; });
  }
}

void PackedLinear::apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
                         ThreadPool& threads) const {
  const Kernels& kernel = kernels();
  const std::int64_t width = kernel.panel;
  const std::int64_t words = (in_ + 1) / 2;
  if (!pairs_.empty()) {
    rounded_.resize(std::max(rounded_.size(), static_cast<std::size_t>(rows * words)));
    for (std::int64_t row = 0; row < rows; ++row) kernel.round_pairs(x + row * x_stride, in_, rounded_.data() + row * words);
  }
  const std::int64_t depth = pairs_.empty() ? in_ : words;
  const std::int64_t team = std::min<std::int64_t>(threads.size(), panels_);
  threads.run(static_cast<std::size_t>(team), [&](std::size_t part) {
    const std::int64_t first = panels_ * static_cast<std::int64_t>(part) / team;
    const std::int64_t last = panels_ * static_cast<std::int64_t>(part + 1) / team;
    const std::int64_t skipped = first * width * depth;
    for (std::int64_t row = 0; row < rows; row += kBlockRows) {
      PanelProduct product;
      product.rows = x + row * x_stride;
      product.row_stride_in = pairs_.empty() ? x_stride : words;
      product.row_count = std::min(kBlockRows, rows - row);
      product.panel_stride = width * depth;
      product.row_stride = width;
      product.panel_count = last - first;
      product.depth = depth;
      product.out = y + row * y_stride + first * width;
      product.row_stride_out = y_stride;
      if (!pairs_.empty()) {
        kernel.product_pairs(product, rounded_.data() + row * words, pairs_.data() + skipped);
      } else if (!whole_.empty()) {
        kernel.product_int8(product, whole_.data() + skipped);
        for (std::int64_t r = 0; r < product.row_count; ++r) {
          kernel.multiply(product.out + r * y_stride, scales_.data() + first * width, (last - first) * width);
        }
      } else if (!narrow_.empty()) {
        kernel.product_bf16(product, narrow_.data() + skipped);
      } else {
        kernel.product(product, wide_.data() + skipped);
      }
    }
  });
  if (bias_.empty()) return;
  for (std::int64_t row = 0; row < rows; ++row) kernel.add(y + row * y_stride, bias_.data(), out_);
}

}  // namespace assay::models
