#include "report/junit.h"

#include <fmt/format.h>

#include <cmath>

#include "report/format.h"
#include "report/writers.h"

namespace assay::report {
namespace {

/// Enough digits to read the same number back; empty for NaN.
std::string plain_number(double x) { return std::isnan(x) ? "" : fmt::format("{}", x); }

JunitCase case_of(const ReportData& report, const Dataset& dataset, const Group& g) {
  JunitCase made{report.experiment + "." + dataset.name,
                 g.label,
                 std::isnan(g.costs.generate_seconds) ? 0 : g.costs.generate_seconds,
                 {},
                 {},
                 ""};
  const auto put = [&](const std::string& name, double value) {
    if (!std::isnan(value)) made.properties.emplace_back(name, plain_number(value));
  };
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    const Value& v = g.values[o];
    put(dataset.outputs[o].name, v.value);
    put(dataset.outputs[o].name + ".low", v.low);
    put(dataset.outputs[o].name + ".high", v.high);
  }
  put("dollars_per_1k", g.costs.dollars_per_1k);
  put("latency_p95_ms", g.costs.latency_p95_ms);
  std::string cells;
  for (const std::string& cell : g.cells) cells += (cells.empty() ? "" : " ") + cell;
  made.properties.emplace_back("cells", cells);
  if (g.rank > 0) made.properties.emplace_back("rank", fmt::format("{}", g.rank));
  for (const std::string& reason : g.failures)
    if (reason != kNotRun) made.failures.emplace_back("failed", reason);
  for (const std::string& violation : g.violations) made.failures.emplace_back("constraint", violation);
  if (g.rank == 0 && made.failures.empty())
    made.skipped = g.failures.empty() ? "nothing was measured" : g.failures.front();
  return made;
}

}  // namespace

std::string junit(const ReportData& report) {
  std::vector<JunitSuite> suites;
  for (const Dataset& dataset : report.datasets) {
    JunitSuite suite{dataset.name, {}};
    for (const Group& g : dataset.groups) suite.cases.push_back(case_of(report, dataset, g));
    suites.push_back(std::move(suite));
  }
  return junit_xml(report.experiment, suites);
}

}  // namespace assay::report
