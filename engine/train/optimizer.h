#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/parameters.h"

namespace assay::train {

struct OptimizerSettings {
  enum class Kind { adamw, sgd };
  Kind kind = Kind::adamw;
  double momentum = 0.9;  ///< SGD's
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay =
      0.0;                 ///< on slots that decay; AdamW's is per unit of learning rate, SGD's is added to gradients
  double clip_norm = 1.0;  ///< gradients longer than this are scaled to it; 0: never

  /// @throws BadInput naming what is allowed.
  static Kind parse(const std::string& name);
};

/// AdamW (arXiv 1711.05101), or gradient descent with momentum as torch.optim.SGD writes it (v ← momentum · v + g,
/// p ← p - rate · v), over the slots that train, in the accumulating type.
class Optimizer {
 public:
  /// What the update of one set of parameters remembers, flat like its master values.
  struct State {
    FlatParameters* parameters;
    at::Tensor gradient;
    at::Tensor mean;      ///< SGD's velocity
    at::Tensor variance;  ///< AdamW's alone
  };

  /// Sets in which nothing trains are passed over; the others outlive this.
  Optimizer(const std::vector<FlatParameters*>& sets, const OptimizerSettings& settings);

  /// Adds the gradients of one backward pass.
  void accumulate();
  /// One update from what was accumulated; returns the gradient's norm, over all sets, before clipping.
  double step(double learning_rate);

  [[nodiscard]] const std::vector<State>& states() const { return states_; }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  [[nodiscard]] double gradient_norm() const;

  OptimizerSettings settings_;
  std::vector<State> states_;
  std::int64_t steps_ = 0;
};

}  // namespace assay::train
