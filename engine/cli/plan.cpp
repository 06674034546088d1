#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "cli/experiment_input.h"

namespace assay::cli {
namespace {

/// Keys of stages whose bundles are there; empty where no results folder is.
std::set<std::string> finished_stages(const plan::Plan& plan, const std::filesystem::path& results) {
  if (!std::filesystem::exists(results / "assay.sqlite")) return {};
  auto store = store::Store::open(results);
  const auto keys = store.finished(plan.stages);
  for (const std::string& warning : store.warnings()) std::cerr << "warning: " << warning << "\n";
  return {keys.begin(), keys.end()};
}

struct Totals {
  std::size_t stages = 0, reused = 0;
  double seconds = 0, dollars = 0;
  std::int64_t tokens = 0;
};

std::map<std::string, Totals> totals_by_kind(const plan::Plan& plan, const std::set<std::string>& finished) {
  std::map<std::string, Totals> totals;
  for (const auto& stage : plan.stages) {
    for (Totals* t : {&totals[plan::to_string(stage.kind)], &totals["total"]}) {
      ++t->stages;
      if (finished.count(stage.key) != 0) {
        ++t->reused;
        continue;
      }
      t->seconds += stage.estimate_seconds;
      t->dollars += stage.estimate_dollars;
      t->tokens += stage.estimate_tokens;
    }
  }
  return totals;
}

void print_text(const plan::Plan& plan, const std::set<std::string>& finished, bool stages) {
  std::cout << fmt::format("plan {} of {}\n\n{}\n", plan.hash.substr(0, 12), plan.experiment,
                           plan.selection.empty() ? fmt::format("{} cells", plan.cells.size()) : plan.selection);
  for (const auto& cell : plan.cells) {
    std::cout << fmt::format("  {}  {} · {} · {} · seed {}{}{}\n", cell.id, cell.model, cell.dataset,
                             cell.strategy_label, cell.seed, cell.is_baseline ? "  (baseline)" : "",
                             cell.trials.empty() ? "" : fmt::format("  ({} trials)", cell.trials.size()));
  }
  if (!plan.prompts.empty()) std::cout << "\nprompts\n";
  for (const auto& prompt : plan.prompts) std::cout << "  " << prompt.text() << "\n";
  if (stages) {
    std::cout << fmt::format("\n{} stages\n", plan.stages.size());
    for (const auto& stage : plan.stages) {
      std::cout << fmt::format("  {}  {:<6}  {}\n", stage.key.substr(0, 12),
                               finished.count(stage.key) ? "reused" : "new", stage.label);
    }
  }
  std::cout << fmt::format("\n{:<10}{:>8}{:>8}{:>12}{:>14}{:>12}\n", "stages", "all", "reused", "seconds", "tokens",
                           "dollars");
  const auto totals = totals_by_kind(plan, finished);
  for (const char* kind : {"adapt", "generate", "measure", "score", "choose", "compare", "fragility", "total"}) {
    if (const auto it = totals.find(kind); it != totals.end()) {
      const Totals& t = it->second;
      std::cout << fmt::format("{:<10}{:>8}{:>8}{:>12.0f}{:>14}{:>12.2f}\n", kind, t.stages, t.reused, t.seconds,
                               t.tokens, t.dollars);
    }
  }
  std::cout << "(seconds, tokens and dollars are estimates of what is new)\n";
  if (!plan.reach.empty()) std::cout << "\nwhat comparisons can tell\n";
  for (const plan::Reach& reach : plan.reach) {
    for (const std::string& line : plan::text_of(reach)) std::cout << "  " << line << "\n";
  }
}

Json known(double x) { return std::isfinite(x) ? Json(x) : Json(); }

Json reach_json(const plan::Reach& reach) {
  Json out{
      {"dataset", reach.dataset},
      {"examples", reach.examples},
      {"clusters", reach.clusters == 0 ? Json() : Json(reach.clusters)},
      {"comparisons", reach.comparisons},
      {"alpha", reach.alpha},
      {"shares", Json::array()},
      {"deviations", {{"alone", known(reach.deviations_alone)}, {"corrected", known(reach.deviations_corrected)}}}};
  for (const plan::Reach::Assumption& made : reach.shares) {
    out["shares"].push_back({{"discordant", made.discordant},
                             {"alone", known(made.alone)},
                             {"corrected", known(made.corrected)},
                             {"needed", made.needed ? known(*made.needed) : Json()}});
  }
  return out;
}

void print_json(const plan::Plan& plan, const std::set<std::string>& finished) {
  Json out{{"hash", plan.hash},         {"experiment", plan.experiment},          {"selection", plan.selection},
           {"warnings", plan.warnings}, {"prompts", plan::to_json(plan.prompts)}, {"cells", Json::array()},
           {"stages", Json::array()}};
  for (const auto& cell : plan.cells) {
    out["cells"].push_back({{"id", cell.id},
                            {"model", cell.model},
                            {"dataset", cell.dataset},
                            {"strategy", cell.strategy_label},
                            {"seed", cell.seed},
                            {"baseline", cell.is_baseline},
                            {"adapt", cell.adapt},
                            {"generate", cell.generate},
                            {"measure", cell.measure},
                            {"score", cell.score}});
    if (!cell.choose.empty()) {
      Json& row = out["cells"].back();
      row["choose"] = cell.choose;
      row["trials"] = plan::to_json(cell.trials);
    }
    if (!cell.variants.empty()) {
      out["cells"].back()["variants"] = plan::to_json(cell.variants);
      out["cells"].back()["fragility"] = cell.fragility;
    }
  }
  for (const auto& stage : plan.stages) {
    out["stages"].push_back({{"key", stage.key},
                             {"kind", plan::to_string(stage.kind)},
                             {"label", stage.label},
                             {"needs", stage.needs},
                             {"reused", finished.count(stage.key) != 0},
                             {"estimate",
                              {{"seconds", stage.estimate_seconds},
                               {"tokens", stage.estimate_tokens},
                               {"dollars", stage.estimate_dollars}}}});
  }
  out["reach"] = Json::array();
  for (const plan::Reach& reach : plan.reach) out["reach"].push_back(reach_json(reach));
  for (const auto& [kind, t] : totals_by_kind(plan, finished)) {
    out["totals"][kind] = {{"stages", t.stages},
                           {"reused", t.reused},
                           {"seconds", t.seconds},
                           {"tokens", t.tokens},
                           {"dollars", t.dollars}};
  }
  std::cout << out.dump(2) << "\n";
}

}  // namespace

int plan_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"plan", "assay plan FILE [OPTIONS]",
       "Expands the experiment's grid and names every stage by the content that it depends on, without running\n"
       "any: shows which results are there already and what the rest will take. Writes nothing.",
       "assay plan experiments/quickstart.yaml --stages\nassay plan my.yaml --only strategy=lora,seed=1\nassay plan "
       "my.yaml --json | jq .totals"});
  add_experiment_options(arguments);
  add_results_option(arguments);
  add_json_option(arguments);
  arguments.add()("stages", "list every stage");
  if (!arguments.parse(args)) return all_done;
  const auto loaded = load_experiment(arguments);
  const auto plan = make_plan(loaded, results_folder(arguments));
  const auto finished = finished_stages(plan, results_folder(arguments));
  if (arguments.has("json")) {
    print_json(plan, finished);
  } else {
    print_text(plan, finished, arguments.has("stages"));
  }
  return all_done;
}

}  // namespace assay::cli
