#include "report/economics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "assay/sdk/error.h"
#include "config/price.h"
#include "report/json_values.h"
#include "report/read.h"
#include "report/stage_results.h"
#include "stats/bootstrap.h"
#include "stats/resampled.h"
#include "stats/summary.h"

namespace assay::report {
namespace {

constexpr std::uint64_t kSeed = 0;

const std::vector<std::string> kPriced{
    "price.input",  "price.cached_input", "price.cache_write",      "price.batch_discount",
    "price.output", "price.training",     "price.hosting_per_hour", "dollars_per_hour"};

/// The experiment with other prices.
Json with_prices(Json experiment, const EconomicsSettings& settings) {
  for (auto& [unused, model] : experiment["models"].items()) {
    if (settings.batch && model.contains("price")) model["price"]["batch"] = true;
  }
  for (const std::string& written : settings.prices) {
    const auto dot = written.find('.'), equals = written.find('=');
    if (dot == std::string::npos || equals == std::string::npos || dot > equals) {
      throw BadInput(
          fmt::format("--set {}: expected MODEL.KEY=DOLLARS, with KEY one of {}", written, fmt::join(kPriced, ", ")));
    }
    const std::string model = written.substr(0, dot), key = written.substr(dot + 1, equals - dot - 1),
                      value = written.substr(equals + 1);
    if (!experiment["models"].contains(model)) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : experiment["models"].items()) known.push_back(name);
      throw BadInput(
          fmt::format("--set {}: the run has no model '{}'; it has {}", written, model, fmt::join(known, ", ")));
    }
    if (std::find(kPriced.begin(), kPriced.end(), key) == kPriced.end()) {
      throw BadInput(fmt::format("--set {}: '{}' is no price; known are {}", written, key, fmt::join(kPriced, ", ")));
    }
    std::size_t read = 0;
    double dollars = -1;
    try {
      dollars = std::stod(value, &read);
    } catch (const std::exception&) {
      read = 0;
    }
    if (read != value.size() || value.empty() || !(dollars >= 0) || !std::isfinite(dollars)) {
      throw BadInput(fmt::format("--set {}: '{}' is no amount of US dollars", written, value));
    }
    if (key == "price.batch_discount" && dollars > 1)
      throw BadInput(fmt::format("--set {}: a discount is a share, at most 1", written));
    Json& spec = experiment["models"][model];
    if (key == "dollars_per_hour") {
      spec[key] = dollars;
    } else {
      spec["price"][key.substr(key.find('.') + 1)] = dollars;
    }
  }
  return experiment;
}

class Reader {
 public:
  Reader(store::Store& store, std::int64_t run, const EconomicsSettings& settings)
      : settings_(settings),
        plan_(store.plan(run)),
        experiment_(with_prices(store.experiment(run), settings)),
        report_(report::read(store, run)),
        stages_(store, plan_, experiment_,
                [](const std::string&) {}) {  // reading the report has told of damaged bundles
    stages_.add_attempts(store.attempts(run));
  }

  std::vector<DatasetEconomics> read() {
    std::vector<DatasetEconomics> all;
    for (const Dataset& dataset : report_.datasets) {
      if (dataset.outputs.empty()) continue;
      DatasetEconomics one{dataset.name, dataset.outputs[dataset.primary].name, {}, {}};
      for (const Group& group : dataset.groups) {
        if (group.rank > 0) one.ways.push_back(way(dataset, group));
      }
      for (std::size_t a = 0; a < one.ways.size(); ++a) {
        for (std::size_t b = 0; b < one.ways.size(); ++b) {
          if (one.ways[a].family != Family::prompting && one.ways[b].family == Family::prompting) {
            one.repayments.push_back(repayment(one.ways, a, b));
          }
        }
      }
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  /// What each example's request cost in one cell; none where that is not known.
  std::vector<double> requests(const plan::Cell& cell) {
    const store::Bundle* done = stages_.bundle(cell.generate);
    const Json model = experiment_["models"].value(cell.model, Json::object());
    const auto price = config::token_price(model.value("price", Json()));
    if (!done || (!price && model.value("dollars_per_hour", 0.0) == 0)) return {};
    std::vector<double> dollars;
    done->rows("predictions.jsonl", [&](const Json& row) {
      const Json& usage = row.at("usage");
      dollars.push_back(config::dollars(price.value_or(config::Price{}), usage.value("prompt_tokens", 0.0),
                                        usage.value("cached_prompt_tokens", 0.0),
                                        usage.value("completion_tokens", 0.0)));
    });
    // A machine is paid for the time that it stands by as well.
    const double seconds = number_or_unknown(done->header().value("timing", Json::object()), "seconds");
    const double machine = model.value("dollars_per_hour", 0.0) * seconds / 3600 / settings_.utilisation /
                           static_cast<double>(dollars.size());
    if (std::isfinite(machine)) {
      for (double& one : dollars) one += machine;
    }
    return dollars;
  }

  Way way(const Dataset& dataset, const Group& group) {
    Way made;
    made.group = group.id, made.label = group.label, made.family = group.family;
    made.value = group.values[dataset.primary].value;
    made.spending = {kUnknown, kUnknown, 0};
    double once = 0;
    std::size_t seeds = 0;
    for (const std::string& id : group.cells) {
      const plan::Cell& cell = plan_.cell(id);
      const std::vector<double> dollars = requests(cell);
      if (dollars.empty()) continue;
      made.requests.resize(dollars.size());
      for (std::size_t i = 0; i < dollars.size(); ++i) made.requests[i] += dollars[i];
      const auto counts = stages_.counts(cell);
      if (const auto found = counts.find("adapt_dollars"); found != counts.end()) once += found->second;
      ++seeds;
      if (cell.trains) {
        made.spending.per_hour = experiment_["models"][cell.model].value("/price/hosting_per_hour"_json_pointer, 0.0);
      }
    }
    if (seeds == 0) return made;
    for (double& one : made.requests) one /= static_cast<double>(seeds);
    made.spending.once = once / static_cast<double>(seeds);
    made.spending.per_request = stats::mean(made.requests);
    interval(made);
    const bool hosted_for_nothing_known = made.spending.per_hour > 0 && settings_.requests_per_hour <= 0;
    made.total =
        hosted_for_nothing_known ? kUnknown : made.spending.total(settings_.volume, settings_.requests_per_hour);
    if (dataset.outputs[dataset.primary].share && made.value > 0)
      made.per_right = made.total / settings_.volume / made.value;
    return made;
  }

  void interval(Way& made) const {
    const std::vector<double> means =
        stats::bootstrap({made.requests, 1}, 1, stats::mean_from_sums, {.resamples = report_.resamples, .seed = kSeed});
    const stats::Interval found = stats::percentile_interval(means, report_.confidence, made.requests.size());
    made.low = found.low, made.high = found.high;
  }

  [[nodiscard]] Repayment repayment(const std::vector<Way>& ways, std::size_t tuned, std::size_t prompted) const {
    const Way &a = ways[tuned], &b = ways[prompted];
    Repayment made{tuned, prompted, std::nullopt, {}, kUnknown, kUnknown};
    if (std::isnan(a.spending.total(1, 1)) || std::isnan(b.spending.total(1, 1))) return made;
    made.at = stats::break_even(a.spending, b.spending, settings_.requests_per_hour);
    if (made.at->when != stats::BreakEven::When::from || a.requests.size() != b.requests.size()) return made;
    made.interval =
        stats::break_even_interval(a.spending, a.requests, b.spending, b.requests, settings_.requests_per_hour,
                                   report_.confidence, report_.resamples, kSeed);
    // What is spent once and what a request saves may each turn out lower or higher: the volume is their ratio.
    const double less = 1 - settings_.price_range, more = 1 + settings_.price_range;
    made.low = made.at->requests * less / more;
    made.high = made.at->requests * more / less;
    return made;
  }

  EconomicsSettings settings_;
  plan::Plan plan_;
  Json experiment_;
  ReportData report_;
  StageResults stages_;
};

}  // namespace

std::vector<DatasetEconomics> economics(store::Store& store, std::int64_t run, const EconomicsSettings& settings) {
  return Reader(store, run, settings).read();
}

Json prices_of(store::Store& store, std::int64_t run, const EconomicsSettings& settings) {
  const Json experiment = with_prices(store.experiment(run), settings);
  Json prices = Json::object();
  for (const auto& [name, model] : experiment.at("models").items()) {
    prices[name] = {{"price", model.value("price", Json())},
                    {"dollars_per_hour", model.value("dollars_per_hour", 0.0)}};
  }
  return prices;
}

}  // namespace assay::report
