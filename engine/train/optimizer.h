#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/parameters.h"

namespace assay::train {

struct AdamWSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  ///< per unit of learning rate, on slots that decay
  double clip_norm = 1.0;     ///< gradients longer than this are scaled to it; 0: never
};

/// AdamW (arXiv 1711.05101) over the slots that train, in the accumulating type.
class AdamW {
 public:
  /// What the update of one set of parameters remembers, flat like its master values.
  struct State {
    FlatParameters* parameters;
    at::Tensor gradient;
    at::Tensor mean;
    at::Tensor variance;
  };

  /// Sets in which nothing trains are passed over; the others outlive this.
  AdamW(const std::vector<FlatParameters*>& sets, const AdamWSettings& settings);

  /// Adds the gradients of one backward pass.
  void accumulate();
  /// One update from what was accumulated; returns the gradient's norm, over all sets, before clipping.
  double step(double learning_rate);

  [[nodiscard]] const std::vector<State>& states() const { return states_; }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  AdamWSettings settings_;
  std::vector<State> states_;
  std::int64_t steps_ = 0;
};

}  // namespace assay::train
