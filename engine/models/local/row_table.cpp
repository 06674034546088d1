#include "models/local/row_table.h"

#include <cstring>

#include "models/dtype.h"

namespace assay::models {

RowTable::RowTable(const WeightRows& rows, bool rounded) : rows_{rows}, rounded_(rounded) {
  if (!rows.adapted()) return;
  copy_.resize(static_cast<std::size_t>(rows.out() * rows.in()));
  rows.read(0, rows.out(), copy_.data());
}

void RowTable::read(std::int64_t row, float* to) const {
  const std::int64_t width = rows_.front().in();
  if (copy_.empty()) {
    rows_.front().read(row, 1, to);
  } else {
    std::memcpy(to, copy_.data() + row * width, static_cast<std::size_t>(width) * sizeof(float));
  }
  if (!rounded_) return;
  for (std::int64_t i = 0; i < width; ++i) to[i] = from_bfloat16(to_bfloat16(to[i]));
}

}  // namespace assay::models
