#pragma once
#include <cstdint>
#include <string>

namespace assay::train {

/// The learning rate of each step: a linear warm-up, then a curve down to a share of the peak.
struct Schedule {
  enum class Kind { constant, linear, cosine };
  Kind kind = Kind::cosine;
  double peak = 1e-3;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
  double final_share = 0.0;  ///< of the peak, at the last step

  /// `step` counts from 0; the warm-up's first step already moves.
  [[nodiscard]] double at(std::int64_t step) const;

  /// @throws BadInput naming what is allowed.
  static Kind parse(const std::string& name);
};

}  // namespace assay::train
