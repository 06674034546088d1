#include "plan/adapt_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/axes.h"
#include "config/job_training.h"
#include "plan/grid.h"
#include "plan/selecting.h"

namespace assay::plan {
namespace {

/// A training that ends by the clock: what comes out depends on how fast the machine was.
bool ends_by_time(const Json& params) {
  const Json time = params.value("max_time", Json());
  return time.is_string() || (time.is_number() && time.get<double>() > 0);
}

/// The setting without what only asking looks at, which is not the stage's.
config::StrategySetting adapting(config::StrategySetting setting, const config::PluginManifest& manifest) {
  const Json known = manifest.params.value("properties", Json::object());
  for (const auto& [name, schema] : known.items()) {
    if (schema.is_object() && schema.value("x-decides", "") == "asking") setting.params.erase(name);
  }
  return setting;
}

}  // namespace

std::vector<std::string> AdaptStages::add(const Cell& cell, const std::vector<config::StrategySetting>& strategy) {
  List list{strategy, std::vector<std::string>(strategy.size())};
  // What is trained with the list's prompt comes after what makes the prompt, what tries prompts after everything.
  const auto turn_of = [&](const config::StrategySetting& setting) {
    const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
    return manifest.tries ? 2 : trains_with_prompt(manifest, setting.params) ? 1 : 0;
  };
  for (const int turn : {0, 1, 2}) {
    for (std::size_t part = 0; part < strategy.size(); ++part) {
      const auto& manifest = manifest_of(plugins_, "strategy", strategy[part].name);
      if ((!manifest.adapts && !manifest.trains) || turn_of(strategy[part]) != turn) continue;
      list.adapt[part] = add(cell, list, part);
    }
  }
  std::erase(list.adapt, "");
  return list.adapt;
}

std::string AdaptStages::add(const Cell& cell, const List& list, std::size_t place) {
  const config::StrategySetting& setting = list.strategy[place];
  const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
  const auto& model = model_of(experiment_, cell.model);
  const auto& dataset = dataset_of(experiment_, cell.dataset);
  const bool asks = manifest.asks_in_adapt_of(setting.params);
  const bool uses_model = manifest.trains || asks || manifest.tries;
  bool seeded = manifest.trains || manifest.is_random(setting.params);
  const std::size_t train_size = train_size_of(manifest, setting.params);
  Stage stage{};
  stage.kind = StageKind::adapt;
  stage.trains = manifest.trains;
  stage.inputs = {
      {"stage", "adapt"},
      {"part", identities_.plugin(manifest, setting.params, true)},
      {"train",
       manifest.reads_training_rows() ? identities_.rows(dataset, data::Split::train, train_size).fingerprint : ""},
      {"validation", manifest.reads_no_rows ? "" : identities_.rows(dataset, data::Split::validation).fingerprint}};
  Job job;
  if (manifest.tries || trains_with_prompt(manifest, setting.params))
    seeded = describe_list(list, place, stage, job) || seeded;
  if (seeded) stage.inputs["seed"] = cell.seed, job.seed = cell.seed;
  if (uses_model) {
    stage.inputs["model"] = identities_.model(model);
    stage.inputs["prompt"] = identities_.prompt(dataset);
    if (!config::trains_by_job(manifest)) stage.inputs["numerics"] = identities_.numerics(manifest.trains);
    if (asks) stage.inputs["generation"] = to_json(experiment_.generation);
    stage.model = model.name;
    job.model = JobParts::model(model);
    job.prompt = jobs_.prompt();
    job.generation = experiment_.generation;
  }
  if (manifest.trains) describe_training(setting, model, stage, job);
  if (manifest.tries && model.price && setting.params.value("/budget/dollars"_json_pointer, 0.0) > 0) {
    job.price = JobParts::price(model);
    stage.inputs["price"] = {model.price->input, model.price->cached_input, model.price->output};
  }
  describe_selecting(setting, manifest, stage, job);
  std::set<std::pair<std::size_t, std::string>> shown;
  // What is tuned is named even where it is the plugin's default.
  for (const std::string& name : config::axis_names(cell.strategy[place].params, config::AxisKind::tune))
    shown.emplace(0, name);
  stage.label = fmt::format("adapt {}{} · {}{}", label_of({adapting(setting, manifest)}, plugins_, shown),
                            uses_model ? " on " + model.name : "", dataset.name, seed_label(cell, seeded));
  stage.dataset = dataset.name;
  estimates_.adapt(stage, dataset, model, manifest, setting.params, train_size);
  job.part = jobs_.part(manifest, setting.params);
  job.dataset = JobParts::dataset(dataset, data::Split::train);
  job.dataset->train_size = train_size;
  job.instruction = dataset.instruction;
  return stages_.add(std::move(stage), std::move(job));
}

/// What composes the list's prompts while its strategy at `place` adapts: for one that tries prompts all of the list, for
/// one that is trained with the prompt all that trains nothing. True where draws decide in it.
bool AdaptStages::describe_list(const List& list, std::size_t place, Stage& stage, Job& job) {
  const bool tries = manifest_of(plugins_, "strategy", list.strategy[place].name).tries;
  bool random = tries && experiment_.generation.temperature > 0;
  Json described = Json::array();
  for (std::size_t i = 0; i < list.strategy.size(); ++i) {
    const auto& setting = list.strategy[i];
    const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
    if (manifest.trains && !tries) continue;
    PartJob part = jobs_.part(manifest, setting.params);
    part.adapt = list.adapt[i];
    described.push_back({i == place ? Json() : identities_.plugin(manifest, setting.params), part.adapt});
    if (!part.adapt.empty()) stage.needs.push_back(part.adapt);
    random = random || (part.random && !manifest.adapts);
    job.parts.push_back(std::move(part));
  }
  stage.inputs["list"] = std::move(described);
  if (!tries && !experiment_.prompt.fit.empty()) stage.inputs["fit"] = experiment_.prompt.fit;
  return random;
}

/// What a training depends on beside what every stage with a model does.
void AdaptStages::describe_training(const config::StrategySetting& setting, const config::ModelSpec& model,
                                    Stage& stage, Job& job) {
  job.dollars_per_hour = model.dollars_per_hour;
  if (!experiment_.known_text.empty()) {
    job.known_text = experiment_.known_text.string();
    stage.inputs["known_text"] = identities_.file(experiment_.known_text);
  }
  if (ends_by_time(setting.params)) {
    stage.stable = false;
    stage.inputs["once"] = environment_.once;
  }
}

/// The metric that selects weights or prompts, with all that its values rest on.
void AdaptStages::describe_selecting(const config::StrategySetting& setting, const config::PluginManifest& strategy,
                                     Stage& stage, Job& job) {
  const Selecting by = selecting(experiment_, plugins_, strategy, setting.params);
  if (by.metric == nullptr) return;
  const auto& manifest = manifest_of(plugins_, "metric", by.metric->name);
  job.metric = jobs_.metric(manifest, by.metric->params);
  job.select = by.value;
  stage.inputs["select"] = {{"metric", identities_.plugin(manifest, by.metric->params)},
                            {"generation", to_json(experiment_.generation)}};
  if (strategy.tries) stage.inputs["select"]["value"] = by.value;
  if (!experiment_.prompt.read.is_null()) stage.inputs["select"]["read"] = experiment_.prompt.read;
  if (!experiment_.prompt.fit.empty()) stage.inputs["select"]["fit"] = experiment_.prompt.fit;
}

}  // namespace assay::plan
