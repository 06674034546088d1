#include "report/economics_json.h"

#include <cmath>

namespace assay::report {
namespace {

using When = stats::BreakEven::When;

Json known(double value) { return std::isfinite(value) ? Json(value) : Json(); }

const char* word(const Repayment& row) {
  if (!row.at) return "unknown";
  switch (row.at->when) {
    case When::at_once:
      return "at_once";
    case When::from:
      return "from";
    case When::until:
      return "until";
    case When::above_rate:
      return "above_rate";
    case When::never:
      break;
  }
  return "never";
}

/// Total cost against volume, for a plot: half decades from one request to a billion.
Json curve(const Way& way, double requests_per_hour) {
  Json points = Json::array();
  for (int half = 0; half <= 18; ++half) {
    const double volume = std::round(std::pow(10.0, half / 2.0));
    points.push_back({volume, known(way.spending.total(volume, requests_per_hour))});
  }
  return points;
}

Json to_json(const Way& way, double requests_per_hour) {
  return {{"group", way.group},
          {"label", way.label},
          {"family", to_string(way.family)},
          {"once", known(way.spending.once)},
          {"per_request", known(way.spending.per_request)},
          {"low", known(way.low)},
          {"high", known(way.high)},
          {"per_hour", way.spending.per_hour},
          {"total", known(way.total)},
          {"value", known(way.value)},
          {"per_right_answer", known(way.per_right)},
          {"curve", curve(way, requests_per_hour)}};
}

Json to_json(const DatasetEconomics& dataset, const Repayment& row) {
  const auto is = [&](When when) { return row.at && row.at->when == when; };
  return {{"tuned", dataset.ways[row.tuned].label},
          {"prompted", dataset.ways[row.prompted].label},
          {"when", word(row)},
          {"requests", is(When::from) || is(When::until) ? known(row.at->requests) : Json()},
          {"requests_per_hour", is(When::above_rate) ? known(row.at->requests_per_hour) : Json()},
          {"low", is(When::from) ? known(row.interval.low) : Json()},
          {"high", is(When::from) ? known(row.interval.high) : Json()},
          {"never", is(When::from) ? Json(row.interval.never) : Json()},
          {"price_low", known(row.low)},
          {"price_high", known(row.high)}};
}

}  // namespace

Json economics_json(const std::vector<DatasetEconomics>& datasets, const Json& prices,
                    const EconomicsSettings& settings) {
  Json out{{"volume", settings.volume},
           {"requests_per_hour", settings.requests_per_hour},
           {"utilisation", settings.utilisation},
           {"price_range", settings.price_range},
           {"prices", prices},
           {"datasets", Json::array()}};
  for (const DatasetEconomics& dataset : datasets) {
    Json one{
        {"dataset", dataset.name}, {"output", dataset.output}, {"ways", Json::array()}, {"break_even", Json::array()}};
    for (const Way& way : dataset.ways) one["ways"].push_back(to_json(way, settings.requests_per_hour));
    for (const Repayment& row : dataset.repayments) one["break_even"].push_back(to_json(dataset, row));
    out["datasets"].push_back(std::move(one));
  }
  return out;
}

}  // namespace assay::report
