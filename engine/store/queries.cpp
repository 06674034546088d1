#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "store/rep.h"
#include "store/store.h"

namespace assay::store {
namespace {

std::optional<double> optional_number(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional<double>(column.getDouble());
}
double number(const SQLite::Column& column) { return column.isNull() ? std::nan("") : column.getDouble(); }

RunRow run_row(SQLite::Statement& query) {
  RunRow row;
  row.id = query.getColumn(0).getInt64();
  row.experiment = query.getColumn(1).getString();
  row.plan_hash = query.getColumn(2).getString();
  row.status = query.getColumn(3).getString();
  row.started = query.getColumn(4).getString();
  row.finished = query.getColumn(5).getString();
  row.wall_seconds = number(query.getColumn(6));
  row.report = query.getColumn(7).getString();
  return row;
}

}  // namespace

Json to_json(const AttemptRow& a) {
  return {{"stage", a.stage},     {"number", a.number},   {"started", a.started},  {"finished", a.finished},
          {"outcome", a.outcome}, {"error", a.error},     {"signal", a.signal},    {"log_tail", a.log_tail},
          {"worker", a.worker},   {"seconds", a.seconds}, {"peak_rss", a.peak_rss}};
}

AttemptRow attempt_from_json(const Json& row) {
  AttemptRow a;
  a.stage = row.value("stage", "");
  a.number = row.value("number", 1);
  a.started = row.value("started", "");
  a.finished = row.value("finished", "");
  a.outcome = row.value("outcome", "");
  a.error = row.value("error", "");
  a.signal = row.value("signal", 0);
  a.log_tail = row.value("log_tail", "");
  a.worker = row.value("worker", "");
  a.seconds = row.value("seconds", 0.0);
  a.peak_rss = row.value("peak_rss", std::int64_t{0});
  return a;
}

std::vector<RunRow> Store::runs() {
  rep_->mark_dead_runs();
  SQLite::Statement& query = rep_->database->prepare(
      "SELECT run, experiment, plan_hash, status, started, finished, wall_seconds, report FROM runs ORDER BY run");
  std::vector<RunRow> rows;
  while (query.executeStep()) rows.push_back(run_row(query));
  return rows;
}

RunRow Store::run(const std::string& id_or_latest, const std::string& experiment) {
  const std::vector<RunRow> all = runs();
  for (auto row = all.rbegin(); row != all.rend(); ++row) {
    if (!experiment.empty() && row->experiment != experiment) continue;
    if (id_or_latest == "latest" || std::to_string(row->id) == id_or_latest) return *row;
  }
  if (all.empty()) {
    throw BadInput(
        fmt::format("{}: there are no runs here yet; start one with assay run EXPERIMENT", folder().string()));
  }
  throw BadInput(fmt::format("there is no run '{}'{} in {}; the runs there are 1 to {}, or 'latest'", id_or_latest,
                             experiment.empty() ? "" : " of " + experiment, folder().string(), all.back().id));
}

namespace {
Json run_file(const std::filesystem::path& folder) {
  std::ifstream in(folder / "plan.json");
  Json about = Json::parse(in, nullptr, false);
  if (!about.is_object()) throw Corrupted(fmt::format("{}: the plan of this run is torn or missing", folder.string()));
  return about;
}
}  // namespace

plan::Plan Store::plan(std::int64_t run) { return plan::plan_from_json(run_file(rep_->run_folder(run)).at("plan")); }

Json Store::experiment(std::int64_t run) { return run_file(rep_->run_folder(run)).at("resolved"); }

std::vector<Kpi> Store::kpis(std::int64_t run, const std::string& cell) {
  SQLite::Statement& query = rep_->database->prepare(
      "SELECT metric, name, unit, value, low, high, higher_is_better FROM kpi WHERE run=? AND cell=?");
  query.bind(1, run);
  query.bind(2, cell);
  std::vector<Kpi> rows;
  while (query.executeStep()) {
    rows.push_back({.metric = query.getColumn(0).getString(),
                    .name = query.getColumn(1).getString(),
                    .unit = query.getColumn(2).getString(),
                    .value = number(query.getColumn(3)),
                    .low = optional_number(query.getColumn(4)),
                    .high = optional_number(query.getColumn(5)),
                    .higher_is_better = query.getColumn(6).getInt() != 0});
  }
  return rows;
}

std::vector<GroupValue> Store::group_values(std::int64_t run, const std::string& group) {
  SQLite::Statement& query = rep_->database->prepare(
      "SELECT metric, name, value, low, high, seed_sd FROM cell_groups WHERE run=? AND cell_group=?");
  query.bind(1, run);
  query.bind(2, group);
  std::vector<GroupValue> rows;
  while (query.executeStep()) {
    rows.push_back({query.getColumn(0).getString(), query.getColumn(1).getString(), number(query.getColumn(2)),
                    optional_number(query.getColumn(3)), optional_number(query.getColumn(4)),
                    optional_number(query.getColumn(5))});
  }
  return rows;
}

std::vector<Comparison> Store::comparisons(std::int64_t run) {
  SQLite::Statement& query = rep_->database->prepare(
      "SELECT dataset, metric, name, cell_group, baseline, difference, low, high, p_value FROM comparisons WHERE "
      "run=?");
  query.bind(1, run);
  std::vector<Comparison> rows;
  while (query.executeStep()) {
    rows.push_back({.dataset = query.getColumn(0).getString(),
                    .metric = query.getColumn(1).getString(),
                    .name = query.getColumn(2).getString(),
                    .group = query.getColumn(3).getString(),
                    .baseline = query.getColumn(4).getString(),
                    .difference = number(query.getColumn(5)),
                    .low = optional_number(query.getColumn(6)),
                    .high = optional_number(query.getColumn(7)),
                    .p_value = optional_number(query.getColumn(8))});
  }
  return rows;
}

std::vector<AttemptRow> Store::attempts(std::int64_t run) {
  SQLite::Statement& query = rep_->database->prepare(
      "SELECT stage, number, started, finished, outcome, error, signal, log_tail, worker, seconds, peak_rss FROM "
      "attempts "
      "WHERE run=? ORDER BY rowid");
  query.bind(1, run);
  std::vector<AttemptRow> rows;
  while (query.executeStep()) {
    AttemptRow a;
    a.stage = query.getColumn(0).getString();
    a.number = query.getColumn(1).getInt();
    a.started = query.getColumn(2).getString();
    a.finished = query.getColumn(3).getString();
    a.outcome = query.getColumn(4).getString();
    a.error = query.getColumn(5).getString();
    a.signal = query.getColumn(6).getInt();
    a.log_tail = query.getColumn(7).getString();
    a.worker = query.getColumn(8).getString();
    a.seconds = query.getColumn(9).getDouble();
    a.peak_rss = query.getColumn(10).getInt64();
    rows.push_back(std::move(a));
  }
  return rows;
}

}  // namespace assay::store
