#pragma once
#include <cstddef>

#include "config/experiment.h"
#include "plan/identity.h"
#include "plan/plan.h"

namespace assay::plan {

/// Rough figures for planning: tokens from the words of a rendered row (four tokens for three words), seconds from what
/// a small model does on one core. They steer `budget:` and the ETA before anything has been measured; results replace them.
class Estimates {
 public:
  Estimates(const config::Experiment& experiment, Identities& identities)
      : experiment_(experiment), identities_(identities) {}
  void adapt(Stage&, const config::DatasetSpec&, const config::ModelSpec&, const config::PluginManifest&,
             const Json& params, std::size_t train_size);
  void generate(Stage&, const config::DatasetSpec&, const config::ModelSpec&,
                const std::vector<config::StrategySetting>&, data::Split, std::size_t requests);
  /// `params` are the metric's that asks.
  void judge(Stage&, const config::DatasetSpec&, const config::ModelSpec&, const Json& params, data::Split);

 private:
  void ask(Stage&, const config::ModelSpec&, double requests, double prompt, double completion) const;

  /// What passes once through training.
  struct Epoch {
    double rows = 0, tokens = 0;
  };
  Epoch epoch(const config::DatasetSpec&, const config::PluginManifest&, const Json& params, std::size_t train_size);

  const config::Experiment& experiment_;
  Identities& identities_;
};

}  // namespace assay::plan
