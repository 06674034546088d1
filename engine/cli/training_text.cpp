#include "cli/training_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "store/bundle.h"
#include "store/choice.h"

namespace assay::cli {
namespace {

constexpr std::size_t kPoints = 10;  // of a curve, on one line

/// "2.31 … 0.4": points evenly along the curve, its ends among them.
std::string curve(const std::vector<double>& values) {
  std::string text;
  const std::size_t n = values.size(), points = std::min(n, kPoints);
  for (std::size_t i = 0; i < points; ++i) {
    text += fmt::format("{}{:.4g}", i == 0 ? "" : " ", values[points == 1 ? 0 : i * (n - 1) / (points - 1)]);
  }
  return text;
}

std::vector<double> numbers(const Json& values) {
  std::vector<double> list;
  for (const Json& value : values) list.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return list;
}

/// What a fine-tuning job at a provider made, and the checkpoints that answer by names of their own.
std::string job_text(const Json& state) {
  std::string text = fmt::format("  job {} made {} of {}\n", state.at("job").get<std::string>(),
                                 state.at("model").get<std::string>(), state.at("from").get<std::string>());
  for (const Json& one : state.at("checkpoints")) {
    text += fmt::format("    checkpoint at step {}: {}\n", one.at("step").get<std::int64_t>(),
                        one.at("model").get<std::string>());
  }
  return text;
}

std::string run_text(const store::Bundle& bundle) {
  const Json training = bundle.json("training.json");
  const Json kpis = bundle.header().value("kpis", Json::object());
  std::string text = fmt::format("  loss by step ({} steps): {}\n", training.at("losses").size(),
                                 curve(numbers(training.at("losses"))));
  std::vector<double> losses, scores;
  for (const Json& point : training.at("validation")) {
    losses.push_back(point.at("loss").is_number() ? point.at("loss").get<double>() : std::nan(""));
    if (point.contains("score")) scores.push_back(point.at("score").get<double>());
  }
  if (!losses.empty()) {
    text += fmt::format("  validation loss: {}; the weights of step {} were kept\n", curve(losses),
                        training.at("best_step").get<std::int64_t>());
  }
  if (!scores.empty()) text += fmt::format("  validation score: {}\n", curve(scores));
  const auto kpi = [&](const char* name, const char* words) {
    const auto found = kpis.find(name);
    if (found == kpis.end() || !found->at("value").is_number()) return;
    const auto unit = found->value("unit", std::string());
    text += fmt::format("  {}: {:.6g}{}\n", words, found->at("value").get<double>(), unit.empty() ? "" : " " + unit);
  };
  kpi("trained_parameters", "trained parameters"), kpi("trained_share", "share of all");
  kpi("generalisation_gap", "validation minus training loss over equally many rows");
  kpi("generalisation_gap.score", "training minus validation score over equally many rows");
  kpi("forgetting", "rise of the loss on the known text");
  kpi("training_tokens_per_second", "speed"), kpi("train_seconds", "time"), kpi("training_dollars", "price");
  if (bundle.header().at("files").contains("state.json")) text += job_text(bundle.json("state.json"));
  for (const Json& warning : training.value("warnings", Json::array())) {
    text += fmt::format("  warning: {}: {}\n", warning.at("kind").get<std::string>(),
                        warning.at("text").get<std::string>());
  }
  return text;
}

}  // namespace

std::string training_text(store::Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  std::string text;
  for (const std::string& key : store::adapters_of(store, plan, cell)) {
    const plan::Stage& stage = plan.stage(key);
    if (!stage.trains || !store::Bundle::exists(store.bundle(stage))) continue;
    text += stage.label + "\n" + run_text(store::Bundle::open(store.bundle(stage), key));
  }
  return text;
}

std::string failure_text(store::Store& store, std::int64_t run, const plan::Plan& plan, const plan::Cell& cell) {
  std::map<std::string, store::AttemptRow> last;
  for (store::AttemptRow& attempt : store.attempts(run)) {
    if (cell.uses(attempt.stage)) last[attempt.stage] = std::move(attempt);
  }
  std::string text;
  for (const plan::Stage& stage : plan.stages) {
    const auto found = last.find(stage.key);
    if (found == last.end() || found->second.outcome == "done" || found->second.outcome == "reused") continue;
    text += fmt::format("{}: {}: {}\n", stage.label, found->second.outcome, found->second.error);
    std::istringstream lines(found->second.log_tail);
    for (std::string line; std::getline(lines, line);) text += "    | " + line + "\n";
  }
  return text;
}

}  // namespace assay::cli
