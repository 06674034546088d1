#include "plan/plan.h"

#include <fmt/format.h>

#include <set>

#include "assay/sdk/error.h"
#include "plan/check.h"
#include "plan/estimate.h"
#include "plan/grid.h"
#include "plan/identity.h"
#include "plan/job.h"

namespace assay::plan {

std::string to_string(StageKind kind) {
  switch (kind) {
    case StageKind::adapt: return "adapt";
    case StageKind::generate: return "generate";
    case StageKind::measure: return "measure";
    case StageKind::score: return "score";
    case StageKind::compare: return "compare";
  }
  throw Error("no such kind of stage");
}

const Stage& Plan::stage(const std::string& key) const {
  for (const Stage& stage : stages) {
    if (stage.key == key) return stage;
  }
  throw BadInput("this plan has no stage " + key);
}

const Cell& Plan::cell(const std::string& id) const {
  for (const Cell& cell : cells) {
    if (cell.id == id) return cell;
  }
  throw BadInput("this plan has no cell " + id);
}

namespace {

/// Makes the stages of one plan; equal keys become one stage.
class Planner {
 public:
  Planner(const config::Experiment& experiment, const config::PluginManifests& plugins, const Environment& environment,
          data::FileHashes& hashes)
      : experiment_(experiment), plugins_(plugins), environment_(environment), identities_(experiment, plugins, environment, hashes), estimates_(experiment, identities_) {}

  Plan make() {
    check_inputs(experiment_, plugins_, identities_);
    plan_.experiment = experiment_.name;
    plan_.cells = expand_grid(experiment_, plugins_);
    for (Cell& cell : plan_.cells) add_cell(cell);
    for (const std::string& dataset : experiment_.matrix_datasets) {
      for (std::size_t metric = 0; metric < experiment_.metrics.size(); ++metric) add_compare(dataset, metric);
    }
    Json everything{{"cells", Json::array()}, {"stages", Json::array()}};
    for (const Cell& cell : plan_.cells) everything["cells"].push_back({cell.id, cell.generate, cell.measure, cell.score});
    for (const Stage& stage : plan_.stages) everything["stages"].push_back(stage.key);
    plan_.hash = data::sha256(everything);
    return std::move(plan_);
  }

 private:
  const config::ModelSpec& model_spec(const std::string& name) const {
    for (const auto& model : experiment_.models) {
      if (model.name == name) return model;
    }
    throw BadInput("no model is named " + name);
  }

  const config::DatasetSpec& dataset_spec(const std::string& name) const {
    for (const auto& dataset : experiment_.datasets) {
      if (dataset.name == name) return dataset;
    }
    throw BadInput("no dataset is named " + name);
  }

  /// Adds the stage unless its key is there; returns the key.
  std::string add(Stage stage, Job job) {
    const std::string key = data::sha256(stage.inputs);
    stage.key = key;
    if (known_.insert(key).second) {
      job.kind = to_string(stage.kind);
      job.key = stage.key;
      job.label = stage.label;
      job.threads = experiment_.threads;
      job.limit_seconds = experiment_.limits.stage_seconds;
      job.limit_memory_mb = experiment_.limits.stage_memory_mb;
      stage.job = to_json(job);
      plan_.stages.push_back(std::move(stage));
    }
    return key;
  }

  static ModelJob model_job(const config::ModelSpec& spec) {
    return {spec.name, spec.source, spec.path.string(), spec.dtype, spec.options};
  }

  PartJob part_job(const config::PluginManifest& manifest, const Json& params) const {
    PartJob part;
    part.name = manifest.name;
    part.version = manifest.version;
    part.library = manifest.library.string();
    part.params = identities_.job_params(manifest, params);
    part.adapts = manifest.adapts, part.trains = manifest.trains, part.composes = manifest.composes;
    part.drives = manifest.drives, part.random = manifest.random, part.asks_in_adapt = manifest.asks_in_adapt;
    return part;
  }

  PromptJob prompt_job() const { return {experiment_.prompt.template_file.string(), experiment_.prompt.answer}; }

  std::string seed_label(const Cell& cell, bool seeded) const { return seeded ? fmt::format(" · seed {}", cell.seed) : ""; }

  std::string add_adapt(const Cell& cell, const config::StrategySetting& setting, const config::PluginManifest& manifest) {
    const auto& model = model_spec(cell.model);
    const auto& dataset = dataset_spec(cell.dataset);
    const bool uses_model = manifest.trains || manifest.asks_in_adapt;
    const bool seeded = manifest.trains || manifest.random;
    Stage stage{};
    stage.kind = StageKind::adapt;
    stage.trains = manifest.trains;
    stage.inputs = {{"stage", "adapt"},
                    {"part", identities_.plugin(manifest, setting.params)},
                    {"train", identities_.rows(dataset, data::Split::train).fingerprint},
                    {"validation", identities_.rows(dataset, data::Split::validation).fingerprint}};
    Job job;
    if (seeded) stage.inputs["seed"] = cell.seed, job.seed = cell.seed;
    if (uses_model) {
      stage.inputs["model"] = identities_.model(model);
      stage.inputs["prompt"] = identities_.prompt(dataset);
      stage.inputs["numerics"] = identities_.numerics(manifest.trains);
      if (manifest.asks_in_adapt) stage.inputs["generation"] = to_json(experiment_.generation);
      stage.model = model.name;
      job.model = model_job(model);
      job.prompt = prompt_job();
      job.generation = experiment_.generation;
    }
    stage.label = fmt::format("adapt {}{} · {}{}", setting.name, uses_model ? " on " + model.name : "", dataset.name,
                              seed_label(cell, seeded));
    stage.dataset = dataset.name;
    estimates_.adapt(stage, dataset, model, setting.params);
    job.part = part_job(manifest, setting.params);
    job.dataset = source_of(dataset);
    job.instruction = dataset.instruction;
    return add(std::move(stage), std::move(job));
  }

  /// What generate and measure have in common: who is asked, how, about which rows.
  void describe_asking(const Cell& cell, Stage& stage, Job& job) {
    const auto& model = model_spec(cell.model);
    const auto& dataset = dataset_spec(cell.dataset);
    bool seeded = experiment_.generation.temperature > 0;
    Json parts = Json::array();
    std::size_t adapted = 0;
    for (const auto& setting : cell.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      parts.push_back(identities_.plugin(manifest, setting.params));
      PartJob part = part_job(manifest, setting.params);
      if (manifest.adapts || manifest.trains) part.adapt = cell.adapt.at(adapted++);
      if (manifest.random && !manifest.adapts && !manifest.trains) seeded = true;
      job.parts.push_back(std::move(part));
    }
    stage.inputs = {{"model", identities_.model(model)},
                    {"adapt", cell.adapt},
                    {"parts", std::move(parts)},
                    {"test", identities_.rows(dataset, data::Split::test).fingerprint},
                    {"prompt", identities_.prompt(dataset)},
                    {"generation", to_json(experiment_.generation)},
                    {"numerics", identities_.numerics(false)}};
    if (seeded) stage.inputs["seed"] = cell.seed, job.seed = cell.seed;
    stage.needs = cell.adapt;
    stage.model = model.name;
    stage.dataset = dataset.name;
    stage.label = fmt::format("{} on {} · {}{}", cell.strategy_label, model.name, dataset.name,
                              seed_label(cell, seeded || !stage_needs_no_seed(cell)));
    job.model = model_job(model);
    job.dataset = source_of(dataset);
    job.instruction = dataset.instruction;
    job.prompt = prompt_job();
    job.generation = experiment_.generation;
    if (model.price) job.price = PriceJob{model.price->input, model.price->cached_input, model.price->output};
    job.dollars_per_hour = model.dollars_per_hour;
  }

  /// Whether nothing in the cell depends on its seed (for the label).
  bool stage_needs_no_seed(const Cell& cell) const {
    for (const auto& setting : cell.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      if (manifest.trains || manifest.random) return false;
    }
    return true;
  }

  std::string add_generate(const Cell& cell) {
    Stage stage{};
    Job job;
    stage.kind = StageKind::generate;
    describe_asking(cell, stage, job);
    stage.inputs["stage"] = "generate";
    stage.label = "generate " + stage.label;
    const auto& dataset = dataset_spec(cell.dataset);
    estimates_.generate(stage, dataset, model_spec(cell.model), cell, identities_.rows(dataset, data::Split::test).rows);
    return add(std::move(stage), std::move(job));
  }

  std::string add_measure(const Cell& cell, bool latency, bool throughput) {
    Stage stage{};
    Job job;
    stage.kind = StageKind::measure;
    stage.stable = false;
    describe_asking(cell, stage, job);
    const auto& settings = experiment_.measure;
    stage.inputs["stage"] = "measure";
    stage.inputs["machine"] = environment_.machine;
    stage.inputs["measure"] = {{"requests", settings.requests}, {"concurrency", settings.concurrency},
                               {"throughput_batch", settings.throughput_batch}, {"latency", latency}, {"throughput", throughput}};
    stage.label = "measure " + stage.label;
    const std::size_t requests = static_cast<std::size_t>((latency ? settings.requests : 0) + (throughput ? settings.throughput_batch : 0));
    estimates_.generate(stage, dataset_spec(cell.dataset), model_spec(cell.model), cell, requests);
    job.measure = MeasureJob{settings.requests, settings.concurrency, settings.throughput_batch, latency, throughput};
    return add(std::move(stage), std::move(job));
  }

  MetricJob metric_job(const config::PluginManifest& manifest, const Json& params) const {
    MetricJob metric;
    metric.name = manifest.name, metric.version = manifest.version, metric.library = manifest.library.string();
    metric.params = identities_.job_params(manifest, params);
    metric.measures = manifest.measures, metric.throughput = manifest.throughput, metric.asks = manifest.asks;
    metric.prices = manifest.prices;
    return metric;
  }

  /// Timings and prices differ from machine to machine and from day to day.
  static bool is_stable(const config::PluginManifest& metric) { return !metric.measures && !metric.throughput && !metric.prices; }

  std::string add_score(const Cell& cell, const config::MetricSetting& setting) {
    const auto& manifest = manifest_of(plugins_, "metric", setting.name);
    const auto& model = model_spec(cell.model);
    const bool timed = manifest.measures || manifest.throughput;
    const std::string& upstream = timed ? cell.measure : cell.generate;
    Stage stage{};
    Job job;
    stage.kind = StageKind::score;
    stage.inputs = {{"stage", "score"}, {"metric", identities_.plugin(manifest, setting.params)}, {"predictions", upstream}};
    if (manifest.prices) {
      stage.inputs["price"] = model.price ? Json{model.price->input, model.price->cached_input, model.price->output} : Json();
      stage.inputs["dollars_per_hour"] = model.dollars_per_hour;
    }
    stage.needs = {upstream};
    stage.dataset = cell.dataset;
    stage.metric = setting.name;
    stage.stable = is_stable(manifest);
    stage.label = fmt::format("score {} of {} on {} · {}{}", setting.name, cell.strategy_label, cell.model, cell.dataset,
                              seed_label(cell, !stage_needs_no_seed(cell)));
    job.metric = metric_job(manifest, setting.params);
    job.dataset = source_of(dataset_spec(cell.dataset));
    (timed ? job.measured : job.predictions) = upstream;
    if (model.price) job.price = PriceJob{model.price->input, model.price->cached_input, model.price->output};
    job.dollars_per_hour = model.dollars_per_hour;
    if (manifest.asks) job.model = job.judge = model_job(model), stage.model = model.name;
    return add(std::move(stage), std::move(job));
  }

  void add_cell(Cell& cell) {
    for (const auto& setting : cell.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      if (manifest.adapts || manifest.trains) cell.adapt.push_back(add_adapt(cell, setting, manifest));
      cell.trains = cell.trains || manifest.trains;
      cell.prompts = cell.prompts || (!manifest.trains && (manifest.composes || manifest.drives));
    }
    cell.generate = add_generate(cell);
    bool latency = false, throughput = false;
    for (const auto& metric : experiment_.metrics) {
      const auto& manifest = manifest_of(plugins_, "metric", metric.name);
      latency = latency || manifest.measures;
      throughput = throughput || manifest.throughput;
    }
    if (latency || throughput) cell.measure = add_measure(cell, latency, throughput);
    for (const auto& metric : experiment_.metrics) cell.score.push_back(add_score(cell, metric));
  }

  void add_compare(const std::string& dataset, std::size_t metric) {
    const auto& setting = experiment_.metrics[metric];
    const auto& manifest = manifest_of(plugins_, "metric", setting.name);
    CompareJob compare;
    compare.dataset = dataset;
    compare.confidence = experiment_.report.confidence;
    compare.resamples = experiment_.report.resamples;
    Json cells = Json::array();
    Stage stage{};
    std::set<std::string> needed;
    for (const Cell& cell : plan_.cells) {
      if (cell.dataset != dataset) continue;
      if (cell.is_baseline) compare.baseline = cell.group;
      compare.cells.push_back({cell.id, cell.group, cell.seed, cell.score.at(metric)});
      cells.push_back({cell.group, cell.seed, cell.score.at(metric)});
      if (needed.insert(cell.score.at(metric)).second) stage.needs.push_back(cell.score.at(metric));
    }
    if (compare.cells.empty()) return;
    stage.kind = StageKind::compare;
    stage.inputs = {{"stage", "compare"}, {"metric", identities_.plugin(manifest, setting.params)}, {"cells", std::move(cells)},
                    {"baseline", compare.baseline}, {"confidence", compare.confidence}, {"resamples", compare.resamples}};
    stage.dataset = dataset;
    stage.metric = setting.name;
    stage.stable = is_stable(manifest);
    stage.label = fmt::format("compare {} · {}", setting.name, dataset);
    Job job;
    job.metric = metric_job(manifest, setting.params);
    job.compare = std::move(compare);
    plan_.compare.push_back(add(std::move(stage), std::move(job)));
  }

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  const Environment& environment_;
  Identities identities_;
  Estimates estimates_;
  Plan plan_;
  std::set<std::string> known_;
};

}  // namespace

Plan make_plan(const config::Experiment& experiment, const config::PluginManifests& plugins, const Environment& environment,
               data::FileHashes& hashes) {
  return Planner(experiment, plugins, environment, hashes).make();
}

}  // namespace assay::plan
