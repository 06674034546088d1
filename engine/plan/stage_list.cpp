#include "plan/stage_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "assay/sdk/error.h"
#include "data/fingerprint.h"
#include "plan/grid.h"

namespace assay::plan {

std::string StageList::add(Stage stage, Job job) {
  const std::string key = data::sha256(stage.inputs);
  stage.key = key;
  const auto unstable = [&](const std::string& need) { return unstable_.contains(need); };
  if (std::any_of(stage.needs.begin(), stage.needs.end(), unstable)) stage.stable = false;
  if (!stage.stable) unstable_.insert(key);
  if (known_.insert(key).second) {
    job.kind = to_string(stage.kind);
    job.key = stage.key;
    job.label = stage.label;
    job.threads = experiment_.threads;
    job.limit_seconds = experiment_.limits.stage_seconds;
    job.limit_memory_mb = experiment_.limits.stage_memory_mb;
    stage.job = to_json(job);
    stages_.push_back(std::move(stage));
  }
  return key;
}

std::string seed_label(const Cell& cell, bool seeded) { return seeded ? fmt::format(" · seed {}", cell.seed) : ""; }

const config::ModelSpec& model_of(const config::Experiment& experiment, const std::string& name) {
  for (const auto& model : experiment.models) {
    if (model.name == name) return model;
  }
  throw BadInput("no model is named " + name);
}

const config::DatasetSpec& dataset_of(const config::Experiment& experiment, const std::string& name) {
  for (const auto& dataset : experiment.datasets) {
    if (dataset.name == name) return dataset;
  }
  throw BadInput("no dataset is named " + name);
}

bool needs_no_seed(const Cell& cell, const config::PluginManifests& plugins) {
  for (const auto& setting : cell.strategy) {
    const auto& manifest = manifest_of(plugins, "strategy", setting.name);
    if (manifest.trains || manifest.is_random(setting.params)) return false;
  }
  return true;
}

}  // namespace assay::plan
