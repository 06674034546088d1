#include "plan/comparison_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/metric_name.h"
#include "data/dataset.h"
#include "plan/grid.h"
#include "plan/job.h"
#include "plan/perturbing.h"

namespace assay::plan {
namespace {

constexpr int kStatisticsVersion = 3;  // raised when comparisons compute something else of the same scores

/// Gives a job that resamples examples what tells which of them belong together.
void label_rows(const config::DatasetSpec& dataset, Job& job) {
  job.cluster = dataset.cluster;
  const bool sliced = job.compare && !job.compare->by.empty();
  if (!job.cluster.empty() || sliced) job.dataset = JobParts::dataset(dataset, data::Split::test);
}

/// Whether its rows are the test examples, which have clusters and slices; timings are of requests.
bool is_over_examples(const config::PluginManifest& metric) { return !metric.measures && !metric.throughput; }

}  // namespace

bool is_stable(const config::PluginManifest& metric) {
  return !metric.measures && !metric.throughput && !metric.prices;
}

void ComparisonStages::add_fragility(Cell& cell, std::size_t metric) {
  const auto& setting = experiment_.metrics[metric];
  const auto& manifest = manifest_of(plugins_, "metric", setting.name);
  const bool draws = std::any_of(experiment_.perturb.begin(), experiment_.perturb.end(), is_random);
  const auto& dataset = dataset_of(experiment_, cell.dataset);
  FragilityJob fragility{cell.score.at(metric), {}, {}, experiment_.report.confidence, experiment_.report.resamples};
  const bool tells_agreement = cell.fragility.empty();  // of answers, which is the same whatever metric looks at them
  if (tells_agreement) fragility.answers = cell.generate;
  Stage stage{};
  Json variants = Json::array();
  const auto await = [&](const std::string& key, const std::string& needed) {
    if (key != needed && std::find(stage.awaits.begin(), stage.awaits.end(), key) == stage.awaits.end())
      stage.awaits.push_back(key);
  };
  for (const Variant& variant : cell.variants) {
    const std::string& score = variant.score.at(cell.fragility.size());
    fragility.variants.push_back({variant.name, score, tells_agreement ? variant.generate : ""});
    variants.push_back({variant.name, score});
    await(score, fragility.base);
    if (tells_agreement) await(variant.generate, fragility.answers);
  }
  stage.kind = StageKind::fragility;
  stage.inputs = {{"stage", "fragility"},
                  {"statistics", kStatisticsVersion},
                  {"metric", identities_.plugin(manifest, setting.params)},
                  {"base", fragility.base},
                  {"variants", std::move(variants)},
                  {"confidence", fragility.confidence},
                  {"resamples", fragility.resamples},
                  {"cluster", dataset.cluster},
                  {"answers", fragility.answers}};
  stage.needs = {fragility.base};
  if (tells_agreement) stage.needs.push_back(fragility.answers);
  stage.dataset = cell.dataset;
  stage.metric = config::called(setting);
  stage.label = fmt::format("fragility of {} by {} on {} · {}{}", cell.strategy_label, stage.metric, cell.model,
                            cell.dataset, seed_label(cell, draws || !needs_no_seed(cell, plugins_)));
  Job job;
  job.metric = jobs_.metric(manifest, setting.params);
  job.fragility = std::move(fragility);
  label_rows(dataset, job);
  cell.fragility.push_back(stages_.add(std::move(stage), std::move(job)));
}

/// Whether reports draw fronts by it: of quality, or of what it costs.
bool ComparisonStages::is_drawn(const config::MetricSetting& metric, const config::PluginManifest& manifest) const {
  const std::string primary =
      experiment_.report.primary.empty() ? config::called(experiment_.metrics.front()) : experiment_.report.primary;
  return primary == config::called(metric) || primary.starts_with(config::called(metric) + ".") || manifest.prices ||
         manifest.measures;
}

void ComparisonStages::add_compare(Plan& plan, const std::string& dataset, std::size_t metric) {
  const auto& setting = experiment_.metrics[metric];
  const auto& manifest = manifest_of(plugins_, "metric", setting.name);
  CompareJob compare;
  compare.dataset = dataset;
  compare.confidence = experiment_.report.confidence;
  compare.resamples = experiment_.report.resamples;
  compare.test = experiment_.statistics.test;
  compare.random_seeds = experiment_.statistics.random_seeds;
  compare.keeps_resampled = is_drawn(setting, manifest);
  const auto& rows = dataset_of(experiment_, dataset);
  if (is_over_examples(manifest)) compare.by = rows.by;
  Json cells = Json::array();
  Stage stage{};
  std::set<std::string> needed;
  for (const Cell& cell : plan.cells) {
    if (cell.dataset != dataset) continue;
    if (cell.is_baseline) compare.baseline = cell.group;
    compare.cells.push_back({cell.id, cell.group, cell.seed, cell.score.at(metric)});
    cells.push_back({cell.group, cell.seed, cell.score.at(metric)});
    if (needed.insert(cell.score.at(metric)).second) stage.needs.push_back(cell.score.at(metric));
  }
  if (compare.cells.empty()) return;
  stage.kind = StageKind::compare;
  stage.inputs = {{"stage", "compare"},
                  {"statistics", kStatisticsVersion},
                  {"metric", identities_.plugin(manifest, setting.params)},
                  {"cells", std::move(cells)},
                  {"baseline", compare.baseline},
                  {"confidence", compare.confidence},
                  {"resamples", compare.resamples},
                  {"test", compare.test},
                  {"random_seeds", compare.random_seeds},
                  {"keeps_resampled", compare.keeps_resampled},
                  {"by", compare.by},
                  {"cluster", is_over_examples(manifest) ? rows.cluster : ""}};
  stage.dataset = dataset;
  stage.metric = config::called(setting);
  stage.stable = is_stable(manifest);
  stage.label = fmt::format("compare {} · {}", stage.metric, dataset);
  Job job;
  job.metric = jobs_.metric(manifest, setting.params);
  job.compare = std::move(compare);
  if (is_over_examples(manifest)) label_rows(rows, job);
  plan.compare.push_back(stages_.add(std::move(stage), std::move(job)));
}

/// Comparisons of one value on a dataset that are corrected together; those of other datasets come on top.
std::size_t ComparisonStages::comparisons(const Plan& plan) const {
  std::size_t count = 0;
  for (const std::string& dataset : experiment_.matrix_datasets) {
    std::set<std::string> groups;
    for (const Cell& cell : plan.cells) {
      if (cell.dataset == dataset) groups.insert(cell.group);
    }
    if (!groups.empty())
      count +=
          experiment_.statistics.family == "baseline" ? groups.size() - 1 : groups.size() * (groups.size() - 1) / 2;
  }
  return count;
}

void ComparisonStages::add_reach(Plan& plan, const std::string& name) {
  const auto& dataset = dataset_of(experiment_, name);
  Reach reach;
  reach.dataset = name;
  reach.examples = identities_.rows(dataset, data::Split::test).rows;
  if (!dataset.cluster.empty()) {
    const auto labels = data::labels(source_of(dataset), data::Split::test, "cluster", dataset.cluster);
    reach.clusters = std::set<std::string>(labels.begin(), labels.end()).size();
  }
  reach.comparisons = comparisons(plan);
  reach.alpha = 1 - experiment_.report.confidence;
  const auto& statistics = experiment_.statistics;
  reckon(reach, statistics.correction != "none", statistics.detect);
  const Reach::Assumption& alike = reach.shares.back();
  if (alike.needed && *alike.needed > static_cast<double>(reach.units())) {
    plan.warnings.push_back(
        fmt::format("dataset '{}': to find a difference of {:g} in a share four times in five takes {:.0f} test {} "
                    "even where answers differ on only {:.0f} % of "
                    "them, and it has {}",
                    name, *statistics.detect, *alike.needed, reach.clusters > 0 ? "clusters" : "examples",
                    alike.discordant * 100, reach.units()));
  }
  plan.reach.push_back(std::move(reach));
}

}  // namespace assay::plan
