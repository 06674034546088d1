#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "report/economics.h"
#include "report/format.h"

namespace assay::cli {
namespace {

using report::dollars_text;
using report::whole;
using When = stats::BreakEven::When;

std::string known_dollars(double dollars) { return std::isnan(dollars) ? "–" : dollars_text(dollars); }

std::string volume_text(double requests) { return std::isinf(requests) ? "never" : whole(std::ceil(requests)); }

std::string repaid_text(const report::Repayment& row, double price_range) {
  switch (row.at.when) {
    case When::at_once: return "at once: it costs no more to begin with, and no more a request";
    case When::never: return "never";
    case When::until: return fmt::format("it costs less up to {} requests", volume_text(row.at.requests));
    case When::above_rate: return fmt::format("only above {} requests an hour", whole(std::ceil(row.at.requests_per_hour)));
    case When::from: break;
  }
  std::string text = fmt::format("from {} requests on [{}, {}]", volume_text(row.at.requests), volume_text(row.interval.low), volume_text(row.interval.high));
  if (row.interval.never > 0) text += fmt::format("; in {:.0f} % of resamples never", 100 * row.interval.never);
  return text + fmt::format("; prices ±{:.0f} %: {} to {}", 100 * price_range, volume_text(row.low), volume_text(row.high));
}

Json known(double value) { return std::isfinite(value) ? Json(value) : Json(); }

const char* word(When when) {
  switch (when) {
    case When::at_once: return "at_once";
    case When::from: return "from";
    case When::until: return "until";
    case When::above_rate: return "above_rate";
    case When::never: break;
  }
  return "never";
}

/// Total cost against volume, for a plot: half decades from one request to a billion.
Json curve(const report::Way& way, double requests_per_hour) {
  Json points = Json::array();
  for (int half = 0; half <= 18; ++half) {
    const double volume = std::round(std::pow(10.0, half / 2.0));
    points.push_back({volume, known(way.spending.total(volume, requests_per_hour))});
  }
  return points;
}

Json to_json(const report::DatasetEconomics& dataset, const report::EconomicsSettings& settings) {
  Json out{{"dataset", dataset.name}, {"output", dataset.output}, {"ways", Json::array()}, {"break_even", Json::array()}};
  for (const report::Way& way : dataset.ways) {
    out["ways"].push_back({{"label", way.label}, {"family", report::to_string(way.family)}, {"once", way.spending.once},
                           {"per_request", way.spending.per_request}, {"low", known(way.low)}, {"high", known(way.high)},
                           {"per_hour", way.spending.per_hour}, {"total", known(way.total)}, {"value", known(way.value)},
                           {"per_right_answer", known(way.per_right)}, {"curve", curve(way, settings.requests_per_hour)}});
  }
  for (const report::Repayment& row : dataset.repayments) {
    const bool volume = row.at.when == When::from || row.at.when == When::until;
    out["break_even"].push_back({{"tuned", dataset.ways[row.tuned].label}, {"prompted", dataset.ways[row.prompted].label}, {"when", word(row.at.when)},
                                 {"requests", volume ? known(row.at.requests) : Json()},
                                 {"requests_per_hour", row.at.when == When::above_rate ? known(row.at.requests_per_hour) : Json()},
                                 {"low", row.at.when == When::from ? known(row.interval.low) : Json()},
                                 {"high", row.at.when == When::from ? known(row.interval.high) : Json()},
                                 {"never", row.at.when == When::from ? Json(row.interval.never) : Json()},
                                 {"price_low", known(row.low)}, {"price_high", known(row.high)}});
  }
  return out;
}

void print(const report::DatasetEconomics& dataset, const report::EconomicsSettings& settings) {
  std::size_t width = 8;
  for (const report::Way& way : dataset.ways) width = std::max(width, way.label.size());
  std::cout << fmt::format("\n{}\n  {:<{}}  {:>12}  {:>36}  {:>14}  {:>14}\n", dataset.name, "", width, "once", "1,000 requests",
                           whole(settings.volume) + " req.", "1,000 right");
  for (const report::Way& way : dataset.ways) {
    std::cout << fmt::format("  {:<{}}  {:>12}  {:>36}  {:>14}  {:>14}\n", way.label, width, dollars_text(way.spending.once),
                             fmt::format("{} [{}, {}]", dollars_text(1000 * way.spending.per_request), dollars_text(1000 * way.low), dollars_text(1000 * way.high)),
                             known_dollars(way.total), known_dollars(1000 * way.per_right));
  }
  if (dataset.repayments.empty()) return;
  std::cout << "  Training is repaid:\n";
  for (const report::Repayment& row : dataset.repayments) {
    std::cout << fmt::format("    {} against {}: {}\n", dataset.ways[row.tuned].label, dataset.ways[row.prompted].label, repaid_text(row, settings.price_range));
  }
}

}  // namespace

int cost_command(const std::vector<std::string>& args) {
  Arguments arguments({"cost", "assay cost [RUN] [OPTIONS]",
                       "What the cells of a run cost: once (training with its trials and failed attempts, searching a prompt), a thousand\n"
                       "requests, a volume, a thousand right answers; and from which volume on training is repaid against each way of\n"
                       "prompting, with an interval over the examples and a range over prices. Tokens and seconds are those that the run\n"
                       "counted, so other prices cost nothing to try.",
                       "assay cost latest --volume 1e6\nassay cost 3 --set mini.price.output=0.4 --set mini.price.hosting_per_hour=2 --rate 5000"});
  namespace po = boost::program_options;
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  arguments.add()("volume", po::value<double>()->default_value(1e6, "1e6")->value_name("N"), "requests that totals are for");
  arguments.add()("rate", po::value<double>()->default_value(0, "0")->value_name("N"), "requests an hour, for what is paid by the hour");
  arguments.add()("utilisation", po::value<double>()->default_value(1, "1")->value_name("SHARE"), "share of its paid time in which a machine answers");
  arguments.add()("price-range", po::value<double>()->default_value(0.25, "0.25")->value_name("SHARE"), "prices so much lower and higher are told as well");
  arguments.add()("set", po::value<std::vector<std::string>>()->value_name("MODEL.KEY=DOLLARS"),
                  "another price: MODEL.price.input, .cached_input, .output, .training (a million tokens), .hosting_per_hour; MODEL.dollars_per_hour");
  add_results_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  report::EconomicsSettings settings;
  settings.prices = arguments.list("set");
  settings.volume = arguments.get<double>("volume");
  settings.requests_per_hour = arguments.get<double>("rate");
  settings.utilisation = arguments.get<double>("utilisation");
  settings.price_range = arguments.get<double>("price-range");
  if (!(settings.volume > 0) || !std::isfinite(settings.volume)) throw BadInput("--volume must be a number of requests, above 0");
  if (!(settings.requests_per_hour >= 0) || !std::isfinite(settings.requests_per_hour)) throw BadInput("--rate must be a number of requests an hour");
  if (!(settings.utilisation > 0) || settings.utilisation > 1) throw BadInput("--utilisation must be above 0 and at most 1");
  if (!(settings.price_range >= 0) || settings.price_range >= 1) throw BadInput("--price-range must be at least 0 and below 1");
  auto store = open_store(arguments);
  const auto run = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest");
  const auto datasets = report::economics(store, run.id, settings);
  const Json prices = report::prices_of(store, run.id, settings);
  if (arguments.has("json")) {
    Json out{{"run", run.id}, {"volume", settings.volume}, {"requests_per_hour", settings.requests_per_hour}, {"utilisation", settings.utilisation},
             {"prices", prices}, {"datasets", Json::array()}};
    for (const auto& dataset : datasets) out["datasets"].push_back(to_json(dataset, settings));
    std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return all_done;
  }
  std::cout << fmt::format("run {} · US dollars · machines answer {:.0f} % of their paid time\n", run.id, 100 * settings.utilisation);
  for (const auto& [model, price] : prices.items()) std::cout << fmt::format("{}: {}\n", model, price.dump());
  for (const auto& dataset : datasets) print(dataset, settings);
  return all_done;
}

}  // namespace assay::cli
