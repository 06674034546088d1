#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "assay/sdk/error.h"
#include "config/axes.h"
#include "config/metric_name.h"
#include "plan/adapt_stages.h"
#include "plan/check.h"
#include "plan/comparison_stages.h"
#include "plan/estimate.h"
#include "plan/grid.h"
#include "plan/identity.h"
#include "plan/job.h"
#include "plan/job_parts.h"
#include "plan/judging.h"
#include "plan/perturbing.h"
#include "plan/stage_list.h"

namespace assay::plan {

std::vector<std::string> Trial::stages() const {
  std::vector<std::string> all = adapt;
  if (!generate.empty()) all.push_back(generate);
  if (!score.empty()) all.push_back(score);
  return all;
}

bool Cell::uses(const std::string& key) const {
  const auto holds = [&](const std::vector<std::string>& keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  return generate == key || measure == key || choose == key || holds(adapt) || holds(score) ||
         std::any_of(trials.begin(), trials.end(), [&](const Trial& trial) { return holds(trial.stages()); });
}

bool Cell::perturbs(const std::string& key) const {
  const auto holds = [&](const std::vector<std::string>& keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  return holds(fragility) || std::any_of(variants.begin(), variants.end(), [&](const Variant& variant) {
           return variant.generate == key || holds(variant.score);
         });
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

/// Makes the stages of one plan.
class Planner {
 public:
  Planner(const config::Experiment& experiment, const config::PluginManifests& plugins, const Environment& environment,
          data::FileHashes& hashes)
      : experiment_(experiment),
        plugins_(plugins),
        environment_(environment),
        identities_(experiment, plugins, environment, hashes),
        jobs_(experiment, identities_),
        estimates_(experiment, identities_),
        stages_(experiment),
        adapts_(experiment, plugins, environment, identities_, jobs_, estimates_, stages_),
        comparisons_(experiment, plugins, identities_, jobs_, stages_) {}

  Plan make() {
    check_inputs(experiment_, plugins_, identities_);
    plan_.experiment = experiment_.name;
    Grid grid = expand_grid(experiment_, plugins_);
    plan_.cells = std::move(grid.cells);
    plan_.warnings = std::move(grid.warnings);
    plan_.selection = std::move(grid.selection);
    entries_ = std::move(grid.entries);
    warn_of_small_splits();
    for (Cell& cell : plan_.cells) add_cell(cell);
    for (Cell& cell : plan_.cells) add_comparing_scores(cell);
    for (const std::string& dataset : experiment_.matrix_datasets) {
      for (std::size_t metric = 0; metric < experiment_.metrics.size(); ++metric)
        comparisons_.add_compare(plan_, dataset, metric);
    }
    // Last, so that a budget is spent on results before it is on their fragility.
    for (Cell& cell : plan_.cells) add_variants(cell);
    for (std::string& warning : perturbing_warnings(experiment_, plugins_, identities_, plan_.cells))
      plan_.warnings.push_back(std::move(warning));
    plan_.stages = stages_.take();
    Json everything{{"cells", Json::array()}, {"stages", Json::array()}};
    for (const Cell& cell : plan_.cells)
      everything["cells"].push_back({cell.id, cell.generate, cell.measure, cell.score});
    for (const Stage& stage : plan_.stages) everything["stages"].push_back(stage.key);
    plan_.hash = data::sha256(everything);
    plan_.prompts = identities_.prompts();
    for (const std::string& dataset : experiment_.matrix_datasets) comparisons_.add_reach(plan_, dataset);
    return std::move(plan_);
  }

 private:
  void warn_of_small_splits() {
    for (const std::string& name : experiment_.matrix_datasets) {
      const auto& dataset = dataset_of(experiment_, name);
      for (const auto& [split, what] : {std::pair{data::Split::train, "train"},
                                        {data::Split::validation, "validation"},
                                        {data::Split::test, "test"}}) {
        if (identities_.rows(dataset, split).rows == 1) {
          plan_.warnings.push_back(
              fmt::format("dataset '{}': the {} split has one example; what is found on it means little", name, what));
        }
      }
    }
  }

  /// Who is asked about which split: a cell's own setting, or one that is tried for it.
  struct Asked {
    const std::vector<config::StrategySetting>& strategy;
    const std::vector<std::string>& adapt;  ///< keys
    data::Split split = data::Split::test;
    config::Perturbation how = {};  ///< of a variant; else nothing is changed
  };

  static std::string name_of(data::Split split) { return split == data::Split::validation ? "validation" : "test"; }
  static std::string variant_label(const config::Perturbation& how) { return how.name.empty() ? "" : " · " + how.name; }
  static std::string split_label(data::Split split) { return split == data::Split::validation ? " · validation" : ""; }

  std::vector<PartJob> part_jobs(const Asked& asked) const {
    std::vector<PartJob> parts;
    std::size_t adapted = 0;
    for (const auto& setting : asked.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      PartJob part = jobs_.part(manifest, setting.params);
      if (manifest.adapts || manifest.trains) part.adapt = asked.adapt.at(adapted++);
      parts.push_back(std::move(part));
    }
    return parts;
  }

  /// What generate and measure have in common: who is asked, how, about which rows.
  void describe_asking(const Cell& cell, const Asked& asked, const std::string& label, Stage& stage, Job& job) {
    const auto& model = model_of(experiment_, cell.model);
    const auto& dataset = dataset_of(experiment_, cell.dataset);
    const bool chosen = !cell.choose.empty() && asked.split == data::Split::test;
    bool seeded = experiment_.generation.temperature > 0;
    Json parts = Json::array();
    for (const auto& setting : asked.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      if (!chosen) parts.push_back(identities_.plugin(manifest, setting.params));
      if (manifest.is_random(setting.params) && !manifest.adapts && !manifest.trains) seeded = true;
    }
    stage.inputs = {{"model", identities_.model(model)},
                    {name_of(asked.split), identities_.rows(dataset, asked.split).fingerprint},
                    {"prompt", identities_.prompt(dataset, asked.how)},
                    {"generation", to_json(experiment_.generation)},
                    {"numerics", identities_.numerics(false)}};
    job.perturb = perturb_job(asked.how, cell.seed);
    if (job.perturb) stage.inputs["perturb"] = identity_of(*job.perturb);
    if (chosen) {
      // What the choice names is known when it is made; the key rests on all that it is made from.
      stage.inputs["choice"] = cell.choose;
      stage.needs = {cell.choose};
      ChoiceJob choice{cell.choose, {}};
      for (const Trial& trial : cell.trials) {
        choice.trials[trial.number] = part_jobs({trial.strategy, trial.adapt});
        for (const std::string& key : trial.adapt) {
          if (std::find(stage.awaits.begin(), stage.awaits.end(), key) == stage.awaits.end())
            stage.awaits.push_back(key);
        }
      }
      job.choice = std::move(choice);
    } else {
      stage.inputs["adapt"] = asked.adapt;
      stage.inputs["parts"] = std::move(parts);
      stage.needs = asked.adapt;
      job.parts = part_jobs(asked);
    }
    if (!experiment_.prompt.read.is_null()) stage.inputs["read"] = experiment_.prompt.read;
    if (!experiment_.prompt.fit.empty()) stage.inputs["fit"] = experiment_.prompt.fit;
    if (seeded) stage.inputs["seed"] = cell.seed, job.seed = cell.seed;
    stage.model = model.name;
    stage.dataset = dataset.name;
    stage.label = fmt::format("{} on {} · {}{}{}{}", label, model.name, dataset.name, split_label(asked.split),
                              variant_label(asked.how),
                              seed_label(cell, seeded || is_random(asked.how) || !needs_no_seed(cell, plugins_)));
    job.model = JobParts::model(model);
    job.dataset = JobParts::dataset(dataset, asked.split);
    job.split = name_of(asked.split);
    job.instruction = asked.how.instruction.empty() ? dataset.instruction : asked.how.instruction;
    job.prompt = jobs_.prompt(asked.how);
    job.generation = experiment_.generation;
    job.price = JobParts::price(model);
    job.dollars_per_hour = model.dollars_per_hour;
  }

  /// What a cell is asked with on the test split; of a tuned cell its first trial stands for all in labels and estimates.
  static Asked asked_of(const Cell& cell, config::Perturbation how = {}) {
    return {cell.trials.empty() ? cell.strategy : cell.trials.front().strategy, cell.adapt, data::Split::test,
            std::move(how)};
  }

  std::string add_generate(const Cell& cell, const Asked& asked, const std::string& label) {
    Stage stage{};
    Job job;
    stage.kind = StageKind::generate;
    describe_asking(cell, asked, label, stage, job);
    stage.inputs["stage"] = "generate";
    stage.label = "generate " + stage.label;
    const auto& dataset = dataset_of(experiment_, cell.dataset);
    estimates_.generate(stage, dataset, model_of(experiment_, cell.model), asked.strategy, asked.split,
                        identities_.rows(dataset, asked.split).rows);
    return stages_.add(std::move(stage), std::move(job));
  }

  std::string add_measure(const Cell& cell, bool latency, bool throughput) {
    Stage stage{};
    Job job;
    stage.kind = StageKind::measure;
    stage.stable = false;
    const Asked asked = asked_of(cell);
    describe_asking(cell, asked, cell.strategy_label, stage, job);
    const auto& settings = experiment_.measure;
    stage.inputs["stage"] = "measure";
    stage.inputs["machine"] = environment_.machine;
    stage.inputs["measure"] = {{"requests", settings.requests},
                               {"concurrency", settings.concurrency},
                               {"throughput_batch", settings.throughput_batch},
                               {"latency", latency},
                               {"throughput", throughput}};
    stage.label = "measure " + stage.label;
    const std::size_t requests =
        static_cast<std::size_t>((latency ? settings.requests : 0) + (throughput ? settings.throughput_batch : 0));
    estimates_.generate(stage, dataset_of(experiment_, cell.dataset), model_of(experiment_, cell.model), asked.strategy,
                        asked.split, requests);
    job.measure = MeasureJob{settings.requests, settings.concurrency, settings.throughput_batch, latency, throughput};
    return stages_.add(std::move(stage), std::move(job));
  }

  /// Scores the predictions or timings of the stage `upstream`.
  std::string add_score(const Cell& cell, const config::MetricSetting& setting, const std::string& upstream,
                        data::Split split, const std::string& what, const config::Perturbation& how = {}) {
    const auto& manifest = manifest_of(plugins_, "metric", setting.name);
    const auto& model = model_of(experiment_, cell.model);
    const bool timed = manifest.measures || manifest.throughput;
    Stage stage{};
    Job job;
    stage.kind = StageKind::score;
    stage.inputs = {
        {"stage", "score"}, {"metric", identities_.plugin(manifest, setting.params)}, {"predictions", upstream}};
    if (manifest.prices) {
      stage.inputs["price"] =
          model.price ? Json{model.price->input, model.price->cached_input, model.price->output} : Json();
      stage.inputs["dollars_per_hour"] = model.dollars_per_hour;
    }
    stage.needs = {upstream};
    stage.dataset = cell.dataset;
    stage.metric = config::called(setting);
    stage.stable = is_stable(manifest);
    stage.label =
        fmt::format("score {} of {} on {} · {}{}{}{}", stage.metric, what, cell.model, cell.dataset, split_label(split),
                    variant_label(how), seed_label(cell, is_random(how) || !needs_no_seed(cell, plugins_)));
    job.metric = jobs_.metric(manifest, setting.params);
    job.dataset = JobParts::dataset(dataset_of(experiment_, cell.dataset), split);
    job.split = name_of(split);
    (timed ? job.measured : job.predictions) = upstream;
    job.price = JobParts::price(model);
    job.dollars_per_hour = model.dollars_per_hour;
    if (const auto judge = judge_of(manifest, setting.params, cell.model))
      add_judge(cell, setting, model_of(experiment_, *judge), split, stage, job);
    return stages_.add(std::move(stage), std::move(job));
  }

  /// Who judges, and whose answers the cell's are held against.
  void add_judge(const Cell& cell, const config::MetricSetting& setting, const config::ModelSpec& judge,
                 data::Split split, Stage& stage, Job& job) {
    const auto& dataset = dataset_of(experiment_, cell.dataset);
    stage.inputs["judge"] = identities_.model(judge);
    stage.inputs["numerics"] = identities_.numerics(false);
    stage.model = judge.name;
    job.model = job.judge = JobParts::model(judge);
    job.instruction = dataset.instruction;
    const std::string against = against_of(manifest_of(plugins_, "metric", setting.name), setting.params);
    if (!against.empty()) {
      job.against = opponent_of(cell, against, plan_.cells, entries_, setting.position).generate;
      stage.inputs["against"] = job.against;
      if (job.against != job.predictions) stage.needs.push_back(job.against);
    }
    estimates_.judge(stage, dataset, judge, setting.params, split);
  }

  /// A setting that is tried: adapted, asked about the validation split, scored there.
  void add_trial(const Cell& cell, Trial& trial) {
    trial.adapt = adapts_.add(cell, trial.strategy);
    if (experiment_.tuning.metric.empty()) return;
    const auto setting = std::find_if(experiment_.metrics.begin(), experiment_.metrics.end(), [&](const auto& metric) {
      return config::called(metric) == experiment_.tuning.metric;
    });
    std::set<std::pair<std::size_t, std::string>> tuned;
    for (std::size_t part = 0; part < cell.strategy.size(); ++part) {
      for (const std::string& name : config::axis_names(cell.strategy[part].params, config::AxisKind::tune))
        tuned.emplace(part, name);
    }
    const std::string label = label_of(trial.strategy, plugins_, tuned);
    trial.generate = add_generate(cell, {trial.strategy, trial.adapt, data::Split::validation}, label);
    trial.score = add_score(cell, *setting, trial.generate, data::Split::validation, label);
  }

  /// The trained part whose validation loss tells a cell's trials apart: the one that is tuned.
  std::string trained_key(const Cell& cell, const Trial& trial) const {
    std::size_t adapted = 0;
    std::string key;
    for (std::size_t part = 0; part < trial.strategy.size(); ++part) {
      const auto& manifest = manifest_of(plugins_, "strategy", trial.strategy[part].name);
      if (!manifest.adapts && !manifest.trains) continue;
      const std::string& candidate = trial.adapt.at(adapted++);
      if (manifest.trains && trial.strategy[part] != cell.strategy[part]) key = candidate;
    }
    return key;
  }

  std::string add_choose(const Cell& cell) {
    Stage stage{};
    stage.kind = StageKind::choose;
    ChooseJob choose{experiment_.tuning.metric, experiment_.tuning.output, {}};
    Json trials = Json::array();
    for (const Trial& trial : cell.trials) {
      const std::string value = trial.score.empty() ? trained_key(cell, trial) : trial.score;
      Json parts = Json::array();
      for (const auto& setting : trial.strategy)
        parts.push_back(identities_.plugin(manifest_of(plugins_, "strategy", setting.name), setting.params));
      trials.push_back(
          {{"number", trial.number}, {"parts", std::move(parts)}, {"adapt", trial.adapt}, {"value", value}});
      choose.trials.push_back({trial.number, trial.label, value, trial.stages()});
      for (const std::string& key : trial.stages()) {
        if (std::find(stage.needs.begin(), stage.needs.end(), key) == stage.needs.end()) stage.needs.push_back(key);
      }
    }
    stage.inputs = {{"stage", "choose"}, {"output", choose.output}, {"trials", std::move(trials)}};
    stage.dataset = cell.dataset;
    stage.metric = choose.metric;
    stage.label = fmt::format("choose {} by {} on {} · {}{}", cell.strategy_label, choose.output, cell.model,
                              cell.dataset, seed_label(cell, !needs_no_seed(cell, plugins_)));
    Job job;
    job.choose = std::move(choose);
    return stages_.add(std::move(stage), std::move(job));
  }

  void add_cell(Cell& cell) {
    const bool fine_tuned = model_of(experiment_, cell.model).fine_tuned;
    cell.trains = fine_tuned;
    for (const auto& setting : cell.strategy) {
      const auto& manifest = manifest_of(plugins_, "strategy", setting.name);
      cell.trains = cell.trains || manifest.trains;
      // A model that came fine-tuned has to be asked somehow: wording alone makes no hybrid of it.
      const bool words = manifest.composes && (!fine_tuned || manifest.adapts || manifest.consults_of(setting.params));
      cell.prompts = cell.prompts || (!manifest.trains && (words || manifest.drives || manifest.reads));
      if (!manifest.reads_training_rows()) continue;
      const auto& rows = identities_.rows(dataset_of(experiment_, cell.dataset), data::Split::train,
                                          train_size_of(manifest, setting.params));
      cell.train_rows = std::max(cell.train_rows, rows.rows);
    }
    if (cell.trials.empty()) {
      cell.adapt = adapts_.add(cell, cell.strategy);
    } else {
      for (Trial& trial : cell.trials) add_trial(cell, trial);
      cell.choose = add_choose(cell);
    }
    cell.generate = add_generate(cell, asked_of(cell), cell.strategy_label);
    bool latency = false, throughput = false;
    for (const auto& metric : experiment_.metrics) {
      const auto& manifest = manifest_of(plugins_, "metric", metric.name);
      latency = latency || manifest.measures;
      throughput = throughput || manifest.throughput;
    }
    if (latency || throughput) cell.measure = add_measure(cell, latency, throughput);
    for (const auto& metric : experiment_.metrics) {
      const auto& manifest = manifest_of(plugins_, "metric", metric.name);
      const bool timed = manifest.measures || manifest.throughput;
      const bool waits = !against_of(manifest, metric.params).empty();
      cell.score.push_back(waits ? ""
                                 : add_score(cell, metric, timed ? cell.measure : cell.generate, data::Split::test,
                                             cell.strategy_label));
    }
  }

  /// The scores that hold the cell's answers against another cell's, which is there by now.
  void add_comparing_scores(Cell& cell) {
    for (std::size_t metric = 0; metric < cell.score.size(); ++metric) {
      if (!cell.score[metric].empty()) continue;
      cell.score[metric] =
          add_score(cell, experiment_.metrics[metric], cell.generate, data::Split::test, cell.strategy_label);
    }
  }

  /// Whether it says how good answers are: neither timings nor prices nor a judge, whose asking would cost as much again.
  static bool tells_fragility(const config::PluginManifest& metric) { return is_stable(metric) && !metric.asks; }

  /// The cell asked once more by every variant, with the adapters that it has, and what that does to each metric.
  void add_variants(Cell& cell) {
    const auto& dataset = dataset_of(experiment_, cell.dataset);
    for (const config::Perturbation& written : experiment_.perturb) {
      const config::Perturbation how = reaching(written, cell.strategy, dataset, plugins_);
      Variant variant{written.name, add_generate(cell, asked_of(cell, how), cell.strategy_label), {}};
      for (const auto& metric : experiment_.metrics) {
        if (!tells_fragility(manifest_of(plugins_, "metric", metric.name))) continue;
        variant.score.push_back(add_score(cell, metric, variant.generate, data::Split::test, cell.strategy_label, how));
      }
      cell.variants.push_back(std::move(variant));
    }
    if (cell.variants.empty()) return;
    for (std::size_t metric = 0; metric < experiment_.metrics.size(); ++metric) {
      if (tells_fragility(manifest_of(plugins_, "metric", experiment_.metrics[metric].name)))
        comparisons_.add_fragility(cell, metric);
    }
  }

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  const Environment& environment_;
  Identities identities_;
  JobParts jobs_;
  Estimates estimates_;
  StageList stages_;
  AdaptStages adapts_;
  ComparisonStages comparisons_;
  std::map<std::string, std::string> entries_;  ///< Grid::entries
  Plan plan_;
};

}  // namespace

Plan make_plan(const config::Experiment& experiment, const config::PluginManifests& plugins,
               const Environment& environment, data::FileHashes& hashes) {
  return Planner(experiment, plugins, environment, hashes).make();
}

}  // namespace assay::plan
