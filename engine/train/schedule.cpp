#include "train/schedule.h"

#include <assay/sdk/error.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace assay::train {

double Schedule::at(std::int64_t step) const {
  if (step < warmup_steps) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const auto left = static_cast<double>(std::max<std::int64_t>(1, total_steps - warmup_steps));
  const double done = std::min(1.0, static_cast<double>(step - warmup_steps) / left);
  switch (kind) {
    case Kind::constant:
      return peak;
    case Kind::linear:
      return peak * (final_share + (1 - final_share) * (1 - done));
    case Kind::cosine:
      return peak * (final_share + (1 - final_share) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
  }
  return peak;
}

Schedule::Kind Schedule::parse(const std::string& name) {
  if (name == "constant") return Kind::constant;
  if (name == "linear") return Kind::linear;
  if (name == "cosine") return Kind::cosine;
  throw BadInput("schedule '" + name + "' is not one of constant, linear, cosine");
}

}  // namespace assay::train
