#include "models/local/weight_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay::models {

WeightRows::WeightRows(const ModelWeights& weights, const WeightSpec& spec, const AdapterWeights* adapter)
    : tensor_(&weights.at(spec.name)),
      transposed_(spec.transposed),
      out_(spec.shape.front()),
      in_(spec.shape.size() > 1 ? spec.shape[1] : 1) {
  if (transposed_) std::swap(out_, in_);
  if (adapter == nullptr) return;
  replacement_ = adapter->replacement_of(spec.name);
  changes_ = adapter->changes_of(spec.name);
}

void WeightRows::read_stored(std::int64_t at, std::int64_t count, float* to) const {
  const auto values = static_cast<std::size_t>(count);
  if (replacement_ != nullptr) {
    std::memcpy(to, replacement_->data() + at, values * sizeof(float));
    return;
  }
  const std::byte* from = tensor_->bytes.data() + at * static_cast<std::int64_t>(size_of(tensor_->dtype));
  switch (tensor_->dtype) {
    case DType::BF16:
      kernels().widen_bf16(from, count, to);
      break;
    case DType::F16:
      kernels().widen_half(from, count, to);
      break;
    case DType::F64:
      for (std::size_t i = 0; i < values; ++i) {
        double value;
        std::memcpy(&value, from + 8 * i, sizeof value);
        to[i] = static_cast<float>(value);
      }
      break;
    default:
      std::memcpy(to, from, values * sizeof(float));
      break;  // ModelWeights lets no other type pass
  }
}

void WeightRows::read(std::int64_t first, std::int64_t count, float* to) const {
  if (!transposed_) {
    read_stored(first * in_, count * in_, to);
  } else {
    // A few rows of the file at a time are read across the wanted columns, then turned.
    constexpr std::int64_t kTurned = 16;
    std::vector<float> block(static_cast<std::size_t>(kTurned * count));
    for (std::int64_t k = 0; k < in_; k += kTurned) {
      const std::int64_t taken = std::min(kTurned, in_ - k);
      for (std::int64_t i = 0; i < taken; ++i) read_stored((k + i) * out_ + first, count, block.data() + i * count);
      for (std::int64_t o = 0; o < count; ++o) {
        for (std::int64_t i = 0; i < taken; ++i) to[o * in_ + k + i] = block[static_cast<std::size_t>(i * count + o)];
      }
    }
  }
  changes_.apply(first, count, in_, to);
}

RowSource stacked(std::vector<WeightRows> parts) {
  RowSource source;
  source.in = parts.front().in();
  const DType values = parts.front().values();
  if (std::all_of(parts.begin(), parts.end(), [&](const WeightRows& part) { return part.values() == values; }))
    source.values = values;
  for (const WeightRows& part : parts) source.out += part.out();
  source.read = [parts = std::move(parts)](std::int64_t first, std::int64_t count, float* to) {
    for (const WeightRows& part : parts) {
      if (first < part.out() && count > 0) {
        const std::int64_t here = std::min(count, part.out() - first);
        part.read(first, here, to);
        to += here * part.in();
        count -= here;
        first = 0;
      } else {
        first -= part.out();
      }
    }
  };
  return source;
}

RowSource by_kind(RowSource by_head, std::int64_t heads) {
  RowSource source = by_head;
  const std::int64_t block = by_head.out / (3 * heads);
  source.read = [by_head = std::move(by_head), heads, block](std::int64_t first, std::int64_t count, float* to) {
    while (count > 0) {
      const std::int64_t kind = first / (heads * block), head = first / block % heads, row = first % block;
      const std::int64_t here = std::min(count, block - row);
      by_head.read((head * 3 + kind) * block + row, here, to);
      to += here * by_head.in;
      first += here;
      count -= here;
    }
  };
  return source;
}

}  // namespace assay::models
