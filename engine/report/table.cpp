#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"

namespace assay::report {

std::vector<Column> cost_columns(const Dataset& dataset) {
  std::vector<Column> columns;
  const auto add = [&](const char* title, const char* hint, const auto& known, const auto& text) {
    Column column{title, hint, {}};
    bool any = false;
    for (const Group& g : dataset.groups) {
      any = any || known(g);
      column.cells.push_back(known(g) ? text(g) : "–");
    }
    if (any) columns.push_back(std::move(column));
  };
  const auto has_value = [&](const Group& g) { return g.rank > 0; };
  add("seeds", "how many seeds, with their standard deviation; “any” where the result does not depend on the seed",
      has_value,
      [&](const Group& g) { return seeds_text(dataset.outputs[dataset.primary], g, g.values[dataset.primary]); });
  const auto number_of = [&](const char* title, const char* hint, double Costs::*member, const auto& text) {
    add(
        title, hint, [=](const Group& g) { return !std::isnan(g.costs.*member); },
        [=](const Group& g) { return text(g.costs.*member); });
  };
  number_of("adapting", "time to train or to prepare prompts, a mean over seeds", &Costs::adapt_seconds, seconds_text);
  number_of("trained", "trained parameters", &Costs::trained_parameters,
            [](double n) { return n == 0 ? std::string("–") : parameters_text(n); });
  number_of("answering", "time for the whole test set, in batches", &Costs::generate_seconds, seconds_text);
  add(
      "tokens", "prompt and completion tokens a request", [](const Group& g) { return !std::isnan(g.costs.tokens()); },
      [](const Group& g) { return significant(g.costs.tokens()); });
  number_of("per 1,000", "US dollars for 1,000 requests", &Costs::dollars_per_1k, dollars_text);
  number_of("p95", "95th percentile of latency, measured alone", &Costs::latency_p95_ms,
            [](double ms) { return significant(ms) + " ms"; });
  return columns;
}

std::string rank_text(const Group& group) {
  return group.rank == 0 ? "–" : fmt::format("{}{}", group.rank, group.tied ? " =" : "");
}

std::string missing_text(const Group& group) {
  if (group.rank == 0 || group.failures.empty()) return "";
  return fmt::format("{} of {} seeds without a result", group.failures.size(), group.cells.size());
}

std::string primary_title(const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  const std::string label = unit(output);
  return label.empty() ? output.name : output.name + ", " + label;
}

std::string difference_unit(const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  return output.share ? "points" : unit(output);
}

std::string interval_note(const ReportData& report, const Dataset& dataset) {
  const bool any = std::any_of(dataset.groups.begin(), dataset.groups.end(),
                               [](const Group& g) { return g.rank > 0 && g.seeds.size() > 1 && g.distinct == 1; });
  return fmt::format(
      "In brackets: {:g} % bootstrap intervals over the {} test examples ({} resamples, percentile), paired for "
      "differences; the "
      "spread between seeds stands apart. Rank 1 holds every cell whose paired difference to the best includes 0, and "
      "so on. "
      "Intervals are not adjusted for the number of comparisons.{}",
      report.confidence * 100, whole(static_cast<double>(dataset.examples)), whole(report.resamples),
      any ? " Seeds “any”: nothing in the cell depends on the seed." : "");
}

std::string extent(const ReportData& report) {
  std::size_t cells = 0, done = 0;
  for (const Dataset& dataset : report.datasets)
    for (const Group& g : dataset.groups) {
      cells += g.cells.size();
      done += g.cells.size() - std::min(g.cells.size(), g.failures.size());
    }
  const std::size_t n = report.datasets.size();
  return done == cells ? fmt::format("{} cells on {} dataset{}", cells, n, n == 1 ? "" : "s")
                       : fmt::format("{} of {} cells on {} dataset{}", done, cells, n, n == 1 ? "" : "s");
}

}  // namespace assay::report
