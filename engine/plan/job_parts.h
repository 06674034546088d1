#pragma once
#include <optional>

#include "config/experiment.h"
#include "config/load.h"
#include "data/dataset.h"
#include "plan/identity.h"
#include "plan/job.h"

namespace assay::plan {

/// What an experiment says, in the words of a stage's job: paths absolute, prompts found, flags those of one setting.
class JobParts {
 public:
  /// Both outlive this.
  JobParts(const config::Experiment& experiment, const Identities& identities)
      : experiment_(experiment), identities_(identities) {}

  [[nodiscard]] static ModelJob model(const config::ModelSpec&);
  [[nodiscard]] static std::optional<PriceJob> price(const config::ModelSpec&);
  [[nodiscard]] PartJob part(const config::PluginManifest&, const Json& params) const;
  [[nodiscard]] MetricJob metric(const config::PluginManifest&, const Json& params) const;
  [[nodiscard]] PromptJob prompt(const config::Perturbation& how = {}) const;

  /// A dataset for stages about that split: the test split's rows are known to those about the test split alone.
  [[nodiscard]] static data::DatasetSource dataset(const config::DatasetSpec&, data::Split);

 private:
  const config::Experiment& experiment_;
  const Identities& identities_;
};

}  // namespace assay::plan
