#include "cli/metric_text.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "assay/sdk/error.h"
#include "report/format.h"
#include "report/terminal_table.h"

namespace assay::cli {
namespace {

constexpr std::size_t kNoLimit = 100'000;

struct SeedKpi {
  const plan::Cell* cell;
  store::Kpi kpi;
};

struct Rows {
  std::vector<SeedKpi> kpis;  ///< the cell's own first
  std::vector<store::GroupValue> groups;
};

bool matches(const std::string& metric, const std::string& name, const std::string& wanted) {
  return name == wanted || metric == wanted;
}

Rows rows_of(store::Store& store, std::int64_t run, const plan::Plan& plan, const plan::Cell& cell,
             const std::string& wanted) {
  Rows rows;
  std::set<std::string> known;
  const auto add = [&](const plan::Cell& one) {
    for (const store::Kpi& kpi : store.kpis(run, one.id)) {
      known.insert(kpi.name);
      if (matches(kpi.metric, kpi.name, wanted)) rows.kpis.push_back({&one, kpi});
    }
  };
  add(cell);
  for (const plan::Cell& other : plan.cells)
    if (other.group == cell.group && other.id != cell.id) add(other);
  for (const store::GroupValue& value : store.group_values(run, cell.group))
    if (matches(value.metric, value.name, wanted)) rows.groups.push_back(value);
  if (rows.kpis.empty()) {
    throw BadInput(fmt::format(
        "cell {} has no value '{}'{}", cell.id, wanted,
        known.empty() ? "; nothing was measured of it" : "; it has " + report::joined({known.begin(), known.end()})));
  }
  return rows;
}

/// As many digits as it takes to read the same number back; SQL's NULL.
std::string text(const std::optional<double>& x) { return x && !std::isnan(*x) ? fmt::format("{}", *x) : "NULL"; }

Json json(const std::optional<double>& x) { return x && !std::isnan(*x) ? Json(*x) : Json(nullptr); }

/// As an SQL literal.
std::string quoted(const std::string& data) {
  std::string out = "'";
  for (const char c : data) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string metric_text(store::Store& store, std::int64_t run, const plan::Plan& plan, const plan::Cell& cell,
                        const std::string& metric) {
  const Rows rows = rows_of(store, run, plan, cell, metric);
  const std::string condition = fmt::format("(name = {0} OR metric = {0})", quoted(metric));
  std::string out = fmt::format(
      "{} · {} · {}\n\nSELECT * FROM kpi WHERE run = {} AND {} AND cell IN (SELECT cell FROM cells WHERE cell_group = "
      "{});\n",
      cell.model, cell.dataset, cell.strategy_label, run, condition, quoted(cell.group));
  std::vector<std::vector<std::string>> table{{"cell", "seed", "metric", "name", "unit", "value", "low", "high"}};
  for (const auto& [of, kpi] : rows.kpis)
    table.push_back({of->id, fmt::format("{}", of->seed), kpi.metric, kpi.name, kpi.unit, text(kpi.value),
                     text(kpi.low), text(kpi.high)});
  out += report::terminal_table(table, 5, kNoLimit);
  if (rows.groups.empty()) return out;
  out += fmt::format("\nSELECT * FROM cell_groups WHERE run = {} AND cell_group = {} AND {};\n", run,
                     quoted(cell.group), condition);
  std::vector<std::vector<std::string>> groups{{"cell_group", "metric", "name", "value", "low", "high", "seed_sd"}};
  for (const store::GroupValue& g : rows.groups)
    groups.push_back({cell.group, g.metric, g.name, text(g.value), text(g.low), text(g.high), text(g.seed_sd)});
  return out + report::terminal_table(groups, 3, kNoLimit);
}

std::string metric_json(store::Store& store, std::int64_t run, const plan::Plan& plan, const plan::Cell& cell,
                        const std::string& metric) {
  const Rows rows = rows_of(store, run, plan, cell, metric);
  Json out{{"run", run}, {"cell", cell.id}, {"kpi", Json::array()}, {"cell_groups", Json::array()}};
  for (const auto& [of, kpi] : rows.kpis)
    out["kpi"].push_back({{"cell", of->id},
                          {"seed", of->seed},
                          {"metric", kpi.metric},
                          {"name", kpi.name},
                          {"unit", kpi.unit},
                          {"value", json(kpi.value)},
                          {"low", json(kpi.low)},
                          {"high", json(kpi.high)}});
  for (const store::GroupValue& g : rows.groups)
    out["cell_groups"].push_back({{"cell_group", cell.group},
                                  {"metric", g.metric},
                                  {"name", g.name},
                                  {"value", json(g.value)},
                                  {"low", json(g.low)},
                                  {"high", json(g.high)},
                                  {"seed_sd", json(g.seed_sd)}});
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay::cli
