#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/adapter_weights.h"
#include "models/local/packed_linear.h"
#include "models/model_weights.h"

namespace assay::models {

/// A weight as rows [out, in] of floats, read from the mapped file whenever they are asked for, so that no float copy
/// of a matrix is ever held: whichever way and in whichever type the file has it, what an adapter does to it included.
///
/// REQUIRES that the weights, and the adapter (null for none), outlive it. Thread-safe.
class WeightRows {
 public:
  WeightRows(const ModelWeights& weights, const WeightSpec& spec, const AdapterWeights* adapter);

  [[nodiscard]] std::int64_t out() const noexcept { return out_; }
  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  /// Whether an adapter changes it.
  [[nodiscard]] bool adapted() const noexcept { return replacement_ != nullptr || !changes_.empty(); }
  /// The type that every value is known to be one of.
  [[nodiscard]] DType values() const noexcept { return adapted() ? DType::F32 : tensor_->dtype; }

  /// Rows first to first + count - 1, `in()` floats each.
  void read(std::int64_t first, std::int64_t count, float* to) const;

 private:
  void read_stored(std::int64_t at, std::int64_t count, float* to) const;

  const TensorView* tensor_;
  const std::vector<float>* replacement_ = nullptr;
  RowChanges changes_;
  bool transposed_;
  std::int64_t out_, in_;
};

/// The rows of `parts`, one after the other: matrices that read the same input are one product.
[[nodiscard]] RowSource stacked(std::vector<WeightRows> parts);

/// Rows [head: q, k, v; …] in the order [all q; all k; all v].
[[nodiscard]] RowSource by_kind(RowSource by_head, std::int64_t heads);

}  // namespace assay::models
