#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "train/backend.h"

namespace assay::train {

/// Which examples each update of a run takes: a function of the seed, the settings and the examples' lengths, so that
/// any update can be asked for, in any process.
///
/// An epoch is a shuffle of the examples, cut into batches of `batch_size` examples or, with `batch_tokens`, of as many
/// as fit (one at least). Sequences lie end to end, so that a batch is full of tokens whatever their lengths are. An
/// update takes `gradient_accumulation` batches; no batch reaches over an epoch's end.
class UpdatePlan {
 public:
  /// Both outlive it.
  UpdatePlan(std::span<const TrainingExample> examples, const TrainingSettings& settings);

  /// At least one.
  [[nodiscard]] std::int64_t updates() const { return updates_; }
  /// Whether an epoch ends with this update; numbers count from 0.
  [[nodiscard]] bool ends_epoch(std::int64_t number) const;
  /// The examples of an update, valid until another epoch's are asked for.
  [[nodiscard]] std::span<const std::size_t> examples(std::int64_t number);

 private:
  struct Epoch {
    std::vector<std::size_t> order;
    std::vector<std::size_t> ends;  ///< of each update, in `order`
  };
  [[nodiscard]] Epoch cut(std::int64_t epoch) const;

  std::span<const TrainingExample> examples_;
  const TrainingSettings& settings_;
  std::vector<std::int64_t> first_ = {0};  ///< update of each epoch, and one past the last
  std::int64_t updates_ = 0;
  std::int64_t current_ = -1;
  Epoch epoch_;
};

}  // namespace assay::train
