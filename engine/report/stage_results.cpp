#include "report/stage_results.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "assay/sdk/error.h"
#include "config/price.h"
#include "report/json_values.h"
#include "store/choice.h"

namespace assay::report {
namespace {

double kpi_of(const store::Bundle& b, const char* name) {
  return number_or_unknown(b.header().value("kpis", Json::object()).value(name, Json::object()), "value");
}

/// By the price of training; without one by the machine's, whose hours are counted apart. Unknown where tokens alone have a price.
double training_dollars(const Json& model, double tokens) {
  const Json price = model.value("price", Json());
  if (!price.is_object()) return 0;
  if (price.contains("training")) return tokens * price.at("training").get<double>() / 1e6;
  return model.value("dollars_per_hour", 0.0) > 0 ? 0 : kUnknown;
}

/// The stages that adapting a cell took: of a tuned cell all its trials', each once.
std::set<std::string> adapting(const plan::Cell& cell) {
  std::set<std::string> keys(cell.adapt.begin(), cell.adapt.end());
  for (const plan::Trial& trial : cell.trials) {
    const auto stages = trial.stages();
    keys.insert(stages.begin(), stages.end());
  }
  return keys;
}

}  // namespace

StageResults::StageResults(const store::Store& store, const plan::Plan& plan, const Json& settings, Warn warn)
    : store_(store), settings_(settings), warn_(std::move(warn)) {
  for (const plan::Stage& stage : plan.stages) stages_[stage.key] = &stage;
}

const store::Bundle* StageResults::bundle(const std::string& key) {
  if (const auto found = bundles_.find(key); found != bundles_.end()) return found->second ? &*found->second : nullptr;
  auto& slot = bundles_[key];
  const auto place = store_.bundle(stage(key));
  if (!store::Bundle::exists(place)) return nullptr;
  try {
    slot = store::Bundle::open(place, key);
  } catch (const Corrupted& error) {
    warn_(fmt::format("{}: {} Running the experiment again makes it anew.", stage(key).label, error.what()));
    return nullptr;
  }
  return &*slot;
}

void StageResults::add_failure(const std::string& key, std::string reason) { reasons_[key] = std::move(reason); }

void StageResults::add_attempts(const std::vector<store::AttemptRow>& attempts) {
  for (const store::AttemptRow& attempt : attempts) {
    if (attempt.outcome != "done" && attempt.outcome != "reused" && attempt.outcome != "skipped")
      failed_seconds_[attempt.stage] += attempt.seconds;
  }
}

StageResults::Taken StageResults::taken(const plan::Cell& cell, const std::string& key) {
  Taken sum;
  const std::string& asked = stage(key).model.empty() ? cell.model : stage(key).model;  // a judge may be another model
  const Json model = settings_.value("models", Json::object()).value(asked, Json::object());
  if (const store::Bundle* b = bundle(key)) {
    const Json timing = b->header().value("timing", Json::object());
    const Json usage = timing.value("usage", Json::object());
    const auto count = [&](const char* name) { return usage.value(name, 0.0); };
    const double trained = kpi_of(*b, "training_tokens");
    sum.seconds = timing.value("seconds", 0.0);
    sum.tokens = count("prompt_tokens") + count("completion_tokens") + (std::isnan(trained) ? 0 : trained);
    if (const auto price = config::token_price(model.value("price", Json()))) {
      sum.dollars =
          config::dollars(*price, count("prompt_tokens"), count("cached_prompt_tokens"), count("completion_tokens"));
    }
    if (trained > 0) sum.dollars += training_dollars(model, trained);
  }
  if (const auto lost = failed_seconds_.find(key); lost != failed_seconds_.end()) sum.seconds += lost->second;
  // Scores are computed beside the model unless a judge is asked; choosing costs next to nothing.
  if (!stage(key).model.empty()) sum.dollars += model.value("dollars_per_hour", 0.0) * sum.seconds / 3600;
  return sum;
}

Tuning StageResults::tuning(const plan::Cell& cell) {
  Tuning result{cell.id, cell.seed, "", true, cell.settings, {}};
  result.output = stage(cell.choose).inputs.value("output", "");
  Json choice;
  if (const store::Bundle* done = bundle(cell.choose)) {
    choice = done->json("choice.json");
    result.output = choice.at("name").get<std::string>();
    result.higher_is_better = choice.at("higher_is_better").get<bool>();
  }
  for (const plan::Trial& trial : cell.trials) {
    TrialRow row{trial.number, trial.label, kUnknown, false, kUnknown, kUnknown, kUnknown, ""};
    Taken sum;
    bool any = false;
    for (const std::string& key : trial.stages()) {
      any = any || bundle(key) || failed_seconds_.contains(key);
      sum += taken(cell, key);
      if (const auto reason = reasons_.find(key); reason != reasons_.end()) row.failure = reason->second;
    }
    if (any) row.seconds = sum.seconds, row.tokens = sum.tokens, row.dollars = sum.dollars;
    for (const Json& one : choice.is_object() ? choice.at("trials") : Json::array())
      if (one.at("number").get<std::size_t>() == trial.number) row.value = number_or_unknown(one, "value");
    row.chosen = choice.is_object() && choice.at("chosen").get<std::size_t>() == trial.number;
    result.trials.push_back(std::move(row));
  }
  return result;
}

namespace {

/// What asking a remote model took: answers given again, from the journal or by an equal request, cost nothing. What
/// they would have cost is told where the model has a price.
void add_remote(const Json& remote, const Json& price, std::map<std::string, Finding>& found) {
  for (const char* name : {"answered", "cached", "retries", "filtered"}) {
    const double count = number_or_unknown(remote, name);
    if (count > 0) found[std::string("remote.") + name] = {count, "requests"};
  }
  const Json saved = remote.value("saved", Json::object());
  const double tokens = saved.value("prompt_tokens", 0.0) + saved.value("completion_tokens", 0.0);
  if (tokens > 0) {
    found["remote.saved_tokens"] = {tokens, "tokens"};
    if (const auto by = config::token_price(price)) {
      const double dollars =
          config::dollars(*by, saved.value("prompt_tokens", 0.0), saved.value("cached_prompt_tokens", 0.0),
                          saved.value("completion_tokens", 0.0));
      found["remote.saved_dollars"] = {dollars, "USD"};
    }
  }
  const double answers = remote.value("answered", 0.0) + remote.value("cached", 0.0);
  if (const double reasoning = remote.value("reasoning_tokens", 0.0); reasoning > 0)
    found["remote.reasoning_tokens"] = {reasoning / answers, "tokens"};
  if (const double first = number_or_unknown(remote, "first_token_ms"); !std::isnan(first))
    found["remote.first_token_ms"] = {first, "ms"};
}

}  // namespace

std::map<std::string, Finding> StageResults::findings(const plan::Cell& cell) {
  std::map<std::string, Finding> found;
  const store::Bundle* done = bundle(cell.generate);
  const Json kpis = done ? done->header().value("kpis", Json::object()) : Json::object();
  for (const auto& [name, kpi] : kpis.items()) {
    // Means over examples say of how many; that everything could be read goes without saying.
    if (!kpi.contains("examples") || name.starts_with("step.")) continue;
    const double value = number_or_unknown(kpi, "value");
    if (name != "unreadable" || value > 0) found[name] = {value, kpi.value("unit", "")};
  }
  if (done) {
    const Json model = settings_.value("models", Json::object()).value(cell.model, Json::object());
    add_remote(done->header().value("timing", Json::object()).value("remote", Json::object()),
               model.value("price", Json()), found);
  }
  for (const std::string& key : cell.fragility) {
    const store::Bundle* moved = bundle(key);
    const Json kpi =
        moved ? moved->header().value("kpis", Json::object()).value("fragility.agreement", Json()) : Json();
    if (kpi.is_object()) found["fragility.agreement"] = {number_or_unknown(kpi, "value"), ""};
  }
  add_judging(cell, found);
  return found;
}

/// A judge's price is no part of what a request to the cell costs, so it stands apart.
void StageResults::add_judging(const plan::Cell& cell, std::map<std::string, Finding>& found) {
  for (const std::string& key : cell.score) {
    const plan::Stage& score = stage(key);
    const store::Bundle* done = score.model.empty() ? nullptr : bundle(key);
    if (!done) continue;
    const Taken sum = taken(cell, key);
    const double examples = done->json("scores.json").at("examples").get<double>();
    found[score.metric + ".judge_tokens"] = {sum.tokens / examples, "tokens"};
    found[score.metric + ".judge_dollars"] = {sum.dollars / examples, "USD"};
    found[score.metric + ".judge_seconds"] = {sum.seconds / examples, "s"};
  }
}

std::vector<std::string> StageResults::adapters(const plan::Cell& cell) {
  if (cell.choose.empty()) return cell.adapt;
  const store::Bundle* done = bundle(cell.choose);
  const plan::Trial* trial = done ? store::trial_of(cell, done->json("choice.json")) : nullptr;
  return trial ? trial->adapt : std::vector<std::string>{};
}

std::vector<Fragility> StageResults::fragility(const plan::Cell& cell) {
  std::vector<Fragility> all;
  for (const std::string& key : cell.fragility) {
    const store::Bundle* done = bundle(key);
    if (!done) continue;
    const Json found = done->json("fragility.json");
    for (const Json& output : found.at("outputs")) {
      const auto number = [&](const char* name) { return number_or_unknown(output, name); };
      Fragility one{cell.id,
                    cell.seed,
                    output.at("name").get<std::string>(),
                    number("mean"),
                    number("std"),
                    number("worst"),
                    number("spread"),
                    number("spread_low"),
                    number("spread_high"),
                    text_or(output, "worst_variant"),
                    {},
                    found.at("failed").get<std::vector<std::string>>()};
      for (const Json& variant : output.at("variants")) {
        one.variants.push_back({variant.at("name").get<std::string>(),
                                number_or_unknown(variant, "value"),
                                {number_or_unknown(variant, "difference"), number_or_unknown(variant, "low"),
                                 number_or_unknown(variant, "high"), kUnknown}});
      }
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::map<std::string, double> StageResults::counts(const plan::Cell& cell) {
  std::map<std::string, double> out;
  for (const std::string& key : adapting(cell)) {
    const bool known = bundle(key) || (!cell.choose.empty() && failed_seconds_.contains(key));
    const Taken sum = taken(cell, key);
    out["adapt_seconds"] += known ? sum.seconds : kUnknown;
    out["adapt_tokens"] += known ? sum.tokens : kUnknown;
    out["adapt_dollars"] += known ? sum.dollars : kUnknown;
  }
  const Json model = settings_.value("models", Json::object()).value(cell.model, Json::object());
  if (model.contains("fine_tuned")) {
    const double tokens = number_or_unknown(model.at("fine_tuned"), "training_tokens");
    out["adapt_tokens"] += tokens;
    out["adapt_dollars"] += tokens * number_or_unknown(model.value("price", Json::object()), "training") / 1e6;
  }
  for (const std::string& key : adapters(cell)) {
    const store::Bundle* b = bundle(key);
    if (const double n = b ? kpi_of(*b, "trained_parameters") : kUnknown; !std::isnan(n))
      out["trained_parameters"] += n;
  }
  if (const store::Bundle* b = bundle(cell.generate)) {
    out["generate_seconds"] = number_or_unknown(b->header().value("timing", Json::object()), "seconds");
    out["prompt_tokens"] = kpi_of(*b, "prompt_tokens");
    out["completion_tokens"] = kpi_of(*b, "completion_tokens");
  }
  return out;
}

}  // namespace assay::report
