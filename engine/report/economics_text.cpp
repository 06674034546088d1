#include "report/economics_text.h"

#include <fmt/format.h>

#include <cmath>

#include "report/format.h"

namespace assay::report {
namespace {

std::string volume_text(double requests) { return std::isinf(requests) ? "never" : whole(std::ceil(requests)); }

}  // namespace

std::vector<std::string> cost_columns(const EconomicsSettings& settings) {
  return {"cell", "once", "1,000 requests", whole(settings.volume) + " requests", "1,000 right answers"};
}

std::vector<std::vector<std::string>> cost_rows(const DatasetEconomics& dataset) {
  std::vector<std::vector<std::string>> rows;
  for (const Way& way : dataset.ways) {
    const std::string thousand = dollars_text(1000 * way.spending.per_request);
    rows.push_back({way.label, dollars_text(way.spending.once),
                    std::isnan(way.low) ? thousand
                                        : fmt::format("{} [{}, {}]", thousand, dollars_text(1000 * way.low),
                                                      dollars_text(1000 * way.high)),
                    dollars_text(way.total), dollars_text(1000 * way.per_right)});
  }
  return rows;
}

std::string repaid_text(const Repayment& row, double price_range) {
  using When = stats::BreakEven::When;
  if (!row.at) return "not known: a price is missing";
  switch (row.at->when) {
    case When::at_once:
      return "at once: it costs no more to begin with, and no more a request";
    case When::never:
      return "never";
    case When::until:
      return fmt::format("it costs less up to {} requests", volume_text(row.at->requests));
    case When::above_rate:
      return fmt::format("only above {} requests an hour", whole(std::ceil(row.at->requests_per_hour)));
    case When::from:
      break;
  }
  std::string text = fmt::format("from {} requests on [{}, {}]", volume_text(row.at->requests),
                                 volume_text(row.interval.low), volume_text(row.interval.high));
  if (row.interval.never > 0) text += fmt::format("; in {:.0f} % of resamples never", 100 * row.interval.never);
  return text +
         fmt::format("; prices ±{:.0f} %: {} to {}", 100 * price_range, volume_text(row.low), volume_text(row.high));
}

std::string cost_note(const EconomicsSettings& settings) {
  return fmt::format(
      "US dollars. Once: training with its trials and failed attempts, searching a prompt. Machines answer {:.0f} % of "
      "their paid time. "
      "Intervals are over the test examples; – is not known. Other prices and volumes: `assay cost`.",
      100 * settings.utilisation);
}

}  // namespace assay::report
