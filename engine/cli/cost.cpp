#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "report/economics_json.h"
#include "report/economics_text.h"

namespace assay::cli {
namespace {

/// Characters of UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// As wide as the widest text of each column; all but the first stand right.
void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    std::cout << "  " << row.front() << std::string(widths.front() - width(row.front()), ' ');
    for (std::size_t i = 1; i < row.size(); ++i)
      std::cout << "  " << std::string(widths[i] - width(row[i]), ' ') << row[i];
    std::cout << "\n";
  }
}

void print_economics(const report::DatasetEconomics& dataset, const report::EconomicsSettings& settings) {
  std::cout << "\n" << dataset.name << "\n";
  auto rows = report::cost_rows(dataset);
  rows.insert(rows.begin(), report::cost_columns(settings));
  print_table(rows);
  if (dataset.repayments.empty()) return;
  std::cout << "  Training is repaid:\n";
  for (const report::Repayment& row : dataset.repayments) {
    std::cout << fmt::format("    {} against {}: {}\n", dataset.ways[row.tuned].label, dataset.ways[row.prompted].label,
                             report::repaid_text(row, settings.price_range));
  }
}

}  // namespace

int cost_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"cost", "assay cost [RUN] [OPTIONS]",
       "What the cells of a run cost: once (training with its trials and failed attempts, searching a prompt), a "
       "thousand\n"
       "requests, a volume, a thousand right answers; and from which volume on training is repaid against each way of\n"
       "prompting, with an interval over the examples and a range over prices. Tokens and seconds are those that the "
       "run\n"
       "counted, so other prices cost nothing to try.",
       "assay cost latest --volume 1e6\nassay cost 3 --set mini.price.output=0.4 --set mini.price.hosting_per_hour=2 "
       "--rate 5000"});
  namespace po = boost::program_options;
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  arguments.add()("volume", po::value<double>()->default_value(1e6, "1e6")->value_name("N"),
                  "requests that totals are for");
  arguments.add()("rate", po::value<double>()->default_value(0, "0")->value_name("N"),
                  "requests an hour, for what is paid by the hour");
  arguments.add()("utilisation", po::value<double>()->default_value(1, "1")->value_name("SHARE"),
                  "share of its paid time in which a machine answers");
  arguments.add()("batch", po::bool_switch(),
                  "as if requests were sent in batches, where a price has a batch_discount");
  arguments.add()("price-range", po::value<double>()->default_value(0.25, "0.25")->value_name("SHARE"),
                  "prices so much lower and higher are told as well");
  arguments.add()("set", po::value<std::vector<std::string>>()->value_name("MODEL.KEY=DOLLARS"),
                  "another price: MODEL.price.input, .cached_input, .cache_write, .output, .training (a million "
                  "tokens), .batch_discount, .hosting_per_hour; "
                  "MODEL.dollars_per_hour");
  add_results_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  report::EconomicsSettings settings;
  settings.prices = arguments.list("set");
  settings.volume = arguments.get<double>("volume");
  settings.requests_per_hour = arguments.get<double>("rate");
  settings.batch = arguments.get<bool>("batch");
  settings.utilisation = arguments.get<double>("utilisation");
  settings.price_range = arguments.get<double>("price-range");
  if (!(settings.volume > 0) || !std::isfinite(settings.volume))
    throw BadInput("--volume must be a number of requests, above 0");
  if (!(settings.requests_per_hour >= 0) || !std::isfinite(settings.requests_per_hour))
    throw BadInput("--rate must be a number of requests an hour");
  if (!(settings.utilisation > 0) || settings.utilisation > 1)
    throw BadInput("--utilisation must be above 0 and at most 1");
  if (!(settings.price_range >= 0) || settings.price_range >= 1)
    throw BadInput("--price-range must be at least 0 and below 1");
  auto store = open_store(arguments);
  const auto run = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest");
  const auto datasets = report::economics(store, run.id, settings);
  const Json prices = report::prices_of(store, run.id, settings);
  if (arguments.has("json")) {
    Json out = report::economics_json(datasets, prices, settings);
    out["run"] = run.id;
    std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return all_done;
  }
  std::cout << fmt::format("run {} · US dollars · machines answer {:.0f} % of their paid time\n", run.id,
                           100 * settings.utilisation);
  for (const auto& [model, price] : prices.items()) std::cout << fmt::format("{}: {}\n", model, price.dump());
  for (const auto& dataset : datasets) print_economics(dataset, settings);
  return all_done;
}

}  // namespace assay::cli
