#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "train/backend.h"
#include "train/optimizer.h"

namespace assay::train {

/// How far a run has come, beside the optimizer's tensors. Everything else (batches, schedule, dropout) is a function
/// of the seed and the number of updates.
struct LoopState {
  std::int64_t updates = 0;
  std::vector<double> losses;  ///< an update
  std::vector<ValidationPoint> validation;
  bool higher_is_better = true;  ///< of the scores in `validation`
  double first_loss = 0;         ///< before the first update, over the sample of training rows
  std::int64_t tokens = 0;
  double seconds = 0;
  double step_seconds = 0;
  std::vector<at::Tensor> kept;  ///< the best weights so far, an optimizer state each; empty before there are any
};

/// One file, replaced whole: master values, the optimizer's moments, the best weights, and as metadata what LoopState
/// holds. A kill at any moment leaves the old file or the new one.
class Checkpoint {
 public:
  explicit Checkpoint(const CheckpointPlace& place) : place_(place) {}

  [[nodiscard]] bool wanted() const { return !place_.file.empty(); }

  /// @throws Error when the disk refuses; what was there before is still there then.
  void write(const LoopState& state, const Optimizer& optimizer) const;

  /// Takes up where the file was written; false where there is none. A file that is damaged or belongs to another run
  /// is left out, and `why` says so.
  bool read(LoopState& state, Optimizer& optimizer, std::string& why) const;

  void remove() const;

 private:
  CheckpointPlace place_;
};

}  // namespace assay::train
