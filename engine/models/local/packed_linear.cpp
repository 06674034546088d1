#include "models/local/packed_linear.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace assay::models {
namespace {

/// Rows that stay in the second-level cache while all panels pass over them.
constexpr std::int64_t kBlockRows = 192;

/// Whether every value is one of bfloat16. Random floats say no within the first rows.
bool all_bfloat16(const RowSource& weight) {
  const std::int64_t block = kernels().panel;
  AlignedArray<float> rows(static_cast<std::size_t>(block * weight.in));
  for (std::int64_t first = 0; first < weight.out; first += block) {
    const std::int64_t count = std::min(block, weight.out - first);
    weight.read(first, count, rows.data());
    std::uint32_t lower = 0;
    for (std::int64_t i = 0; i < count * weight.in; ++i)
      lower |= std::bit_cast<std::uint32_t>(rows.data()[i]) & 0xffffU;
    if (lower != 0) return false;
  }
  return true;
}

/// Rows [width, depth] to a panel [depth, width], by blocks that stay in the first-level cache.
template <class T>
void turn(const T* rows, std::int64_t depth, std::int64_t width, T* panel) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t begin = 0; begin < depth; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, depth);
    for (std::int64_t n = 0; n < width; ++n) {
      for (std::int64_t k = begin; k < end; ++k) panel[k * width + n] = rows[n * depth + k];
    }
  }
}

}  // namespace

/// `round(panel, row, values, to)` makes `depth` numbers of the packed form of a row's `in` floats.
template <class T, class Round>
void PackedLinear::pack(const RowSource& weight, ThreadPool& threads, AlignedArray<T>& packed, std::int64_t depth,
                        const Round& round) {
  const std::int64_t width = kernels().panel;
  packed = AlignedArray<T>(static_cast<std::size_t>(panels_ * width * depth));
  const std::int64_t team = std::min<std::int64_t>(threads.size(), panels_);
  threads.run(static_cast<std::size_t>(team), [&](std::size_t part) {
    AlignedArray<float> rows(static_cast<std::size_t>(width * in_));
    AlignedArray<T> rounded(static_cast<std::size_t>(width * depth));
    const std::int64_t last = panels_ * static_cast<std::int64_t>(part + 1) / team;
    for (std::int64_t panel = panels_ * static_cast<std::int64_t>(part) / team; panel < last; ++panel) {
      const std::int64_t count = std::min(width, out_ - panel * width);
      weight.read(panel * width, count, rows.data());
      std::fill(rows.data() + count * in_, rows.data() + width * in_, 0.0F);
      for (std::int64_t n = 0; n < width; ++n) round(panel, n, rows.data() + n * in_, rounded.data() + n * depth);
      turn(rounded.data(), depth, width, packed.data() + panel * width * depth);
    }
  });
}

PackedLinear::PackedLinear(const RowSource& weight, std::span<const float> bias, WeightForm form, ThreadPool& threads)
    : in_(weight.in),
      out_(weight.out),
      panels_((weight.out + kernels().panel - 1) / kernels().panel),
      bias_(bias.begin(), bias.end()) {
  const Kernels& kernel = kernels();
  const std::int64_t words = (in_ + 1) / 2;
  if (form == WeightForm::bf16) {
    pack(weight, threads, pairs_, words,
         [&](std::int64_t, std::int64_t, const float* row, std::uint32_t* to) { kernel.round_pairs(row, in_, to); });
  } else if (form == WeightForm::int8) {
    scales_ = AlignedArray<float>(static_cast<std::size_t>(panels_ * kernel.panel));
    std::vector<double> errors(
        static_cast<std::size_t>(2 * panels_));  // summed in the order of panels, whoever packed them
    pack(weight, threads, whole_, in_, [&](std::int64_t panel, std::int64_t n, const float* row, std::int8_t* to) {
      scales_[static_cast<std::size_t>(panel * kernel.panel + n)] =
          kernel.quantize(row, in_, to, errors.data() + 2 * panel);
    });
    for (std::size_t i = 0; i < errors.size(); i += 2) {
      rounding_.error += errors[i];
      rounding_.total += errors[i + 1];
    }
  } else if (weight.values == DType::BF16 || all_bfloat16(weight)) {
    pack(weight, threads, narrow_, in_, [&](std::int64_t, std::int64_t, const float* row, std::uint16_t* to) {
      for (std::int64_t k = 0; k < in_; ++k)
        to[k] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(row[k]) >> 16);
    });
  } else if (weight.values == DType::F16) {
    pack(weight, threads, half_, in_,
         [&](std::int64_t, std::int64_t, const float* row, Half* to) { kernel.round_half(row, in_, to); });
  } else {
    pack(weight, threads, wide_, in_, [&](std::int64_t, std::int64_t, const float* row, float* to) {
      std::memcpy(to, row, static_cast<std::size_t>(in_) * sizeof(float));
    });
  }
}

void PackedLinear::apply(const float* x, std::int64_t x_stride, std::int64_t rows, float* y, std::int64_t y_stride,
                         ThreadPool& threads) const {
  const Kernels& kernel = kernels();
  const std::int64_t width = kernel.panel;
  const std::int64_t words = (in_ + 1) / 2;
  if (!pairs_.empty()) {
    rounded_.reserve(static_cast<std::size_t>(rows * words));
    threads.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t row = first; row < first + count; ++row)
        kernel.round_pairs(x + row * x_stride, in_, rounded_.data() + row * words);
    });
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
      } else if (!half_.empty()) {
        kernel.product_half(product, half_.data() + skipped);
      } else {
        kernel.product(product, wide_.data() + skipped);
      }
    }
    if (bias_.empty()) return;
    const std::int64_t columns = std::min(last * width, out_) - first * width;
    for (std::int64_t row = 0; row < rows; ++row)
      kernel.add(y + row * y_stride + first * width, bias_.data() + first * width, columns);
  });
}

}  // namespace assay::models
