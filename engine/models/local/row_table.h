#pragma once
#include <cstdint>
#include <vector>

#include "models/local/weight_rows.h"

namespace assay::models {

/// Rows that are looked up one at a time (embeddings, learned positions). They stay where the file has them: the packed
/// head holds a tied embedding already, and a prompt touches few rows. Only what an adapter changed is copied.
class RowTable {
 public:
  RowTable() = default;
  /// `rounded`: values are rounded to bfloat16. REQUIRES that the weights outlive it; the adapter need not.
  RowTable(const WeightRows& rows, bool rounded);

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  void read(std::int64_t row, float* to) const;

 private:
  std::vector<WeightRows> rows_;  // one or none
  std::vector<float> copy_;       // of an adapted table
  bool rounded_ = false;
};

}  // namespace assay::models
