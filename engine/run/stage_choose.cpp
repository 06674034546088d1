#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>
#include <optional>
#include <set>

#include "run/stage.h"

namespace assay::run {
namespace {

/// What decides, and one trial's value of it; NaN where it has none.
struct Found {
  std::string name;
  bool higher_is_better = true;
  double value = std::nan("");
};

Found validation_loss(const store::Bundle& training) {
  const Json kpi = training.header().at("kpis").value("validation_loss", Json::object());
  const Json value = kpi.value("value", Json());
  return {"validation_loss", false, value.is_number() ? value.get<double>() : std::nan("")};
}

/// The value of that name, or the metric's first where the metric itself is named.
Found scored(const store::Bundle& score, const plan::ChooseJob& choose) {
  const Json scores = score.json("scores.json");
  const Json& outputs = scores.at("outputs");
  std::string known;
  std::optional<std::size_t> at;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto name = outputs[i].at("name").get<std::string>();
    known += (known.empty() ? "" : ", ") + name;
    if (name == choose.output) at = i;
  }
  if (!at && choose.output == choose.metric && !outputs.empty()) at = 0;
  if (!at) {
    throw BadInput(fmt::format("tuning asks for '{}', but the metric '{}' has {}; name one of these in `tuning.metric`",
                               choose.output, choose.metric, known));
  }
  const Json& value = scores.at("values").at(*at);
  return {outputs[*at].at("name").get<std::string>(), outputs[*at].at("higher_is_better").get<bool>(),
          value.is_number() ? value.get<double>() : std::nan("")};
}

/// What finding the setting took: the work of every trial, what they share counted once.
void count_costs(StageWork& work, const plan::ChooseJob& choose) {
  std::set<std::string> keys;
  for (const plan::TrialJob& trial : choose.trials) keys.insert(trial.stages.begin(), trial.stages.end());
  double seconds = 0;
  sdk::Usage usage;
  for (const std::string& key : keys) {
    const Json timing = work.glance(key).header().value("timing", Json::object());
    seconds += timing.value("seconds", 0.0);
    usage += usage_from_json(timing.value("usage", Json::object()));
  }
  work.kpi("adapt_seconds", seconds, "s");
  work.kpi("tuning_trials", static_cast<double>(choose.trials.size()), "");
  work.kpi("tuning_tokens", static_cast<double>(usage.prompt_tokens + usage.completion_tokens), "tokens");
}

}  // namespace

void do_choose(StageWork& work) {
  const plan::ChooseJob& choose = work.job.choose.value();
  if (choose.trials.empty()) throw Error("every trial failed, so none can be chosen");
  Json trials = Json::array();
  const plan::TrialJob* best = nullptr;
  Found best_found;
  for (const plan::TrialJob& trial : choose.trials) {
    const Found found =
        choose.metric.empty() ? validation_loss(work.glance(trial.value)) : scored(work.bundle(trial.value), choose);
    trials.push_back({{"number", trial.number}, {"label", trial.label}, {"value", number(found.value)}});
    if (std::isnan(found.value)) continue;
    // The first of equals stays.
    const bool better =
        best == nullptr || (found.higher_is_better ? found.value > best_found.value : found.value < best_found.value);
    if (better) best = &trial, best_found = found;
  }
  if (best == nullptr) {
    throw Error(fmt::format("none of the {} trials has a value of '{}' on the validation split, so none can be chosen",
                            choose.trials.size(), choose.output));
  }
  work.write("choice.json", {{"metric", choose.metric},
                             {"name", best_found.name},
                             {"higher_is_better", best_found.higher_is_better},
                             {"chosen", best->number},
                             {"label", best->label},
                             {"trials", trials}});
  count_costs(work, choose);
  work.log(fmt::format("chose {}: {} {:.6g} on the validation split, the best of {}", best->label, best_found.name,
                       best_found.value, choose.trials.size()));
}

}  // namespace assay::run
