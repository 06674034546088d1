#pragma once
#include <map>
#include <string>

#include "config/experiment.h"
#include "plan/plan.h"

namespace assay::plan {

/// Rough figures for planning: tokens from the files' bytes a row (four bytes a token), seconds from what a small model
/// does on one core. They steer `budget:` and the ETA before anything has been measured; results replace them.
class Estimates {
 public:
  explicit Estimates(const config::Experiment& experiment) : experiment_(experiment) {}
  void adapt(Stage&, const config::DatasetSpec&, const config::ModelSpec&, const Json& params);
  void generate(Stage&, const config::DatasetSpec&, const config::ModelSpec&, const Cell&, std::size_t requests);
  std::size_t rows(const config::DatasetSpec&, bool train);

 private:
  struct Size {
    std::size_t rows = 0;
    double tokens_a_row = 0;
  };
  const Size& size(const config::DatasetSpec&, bool train);

  const config::Experiment& experiment_;
  std::map<std::pair<std::string, bool>, Size> sizes_;
};

}  // namespace assay::plan
