#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

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
  AdamW(FlatParameters& parameters, const AdamWSettings& settings);

  /// Adds the gradients of one backward pass.
  void accumulate();
  /// One update from what was accumulated; returns the gradient's norm before clipping.
  double step(double learning_rate);

  /// State to be saved and restored with the master values.
  [[nodiscard]] const at::Tensor& mean() const { return mean_; }
  [[nodiscard]] const at::Tensor& variance() const { return variance_; }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  FlatParameters& parameters_;
  AdamWSettings settings_;
  at::Tensor gradient_;
  at::Tensor mean_;
  at::Tensor variance_;
  std::int64_t steps_ = 0;
};

}  // namespace assay::train
