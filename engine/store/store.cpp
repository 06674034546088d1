#include "store/store.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "store/bundle.h"
#include "store/ingest.h"
#include "store/paths.h"
#include "store/rep.h"

namespace assay::store {

namespace fs = std::filesystem;

std::string now() {
  const auto time = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     milliseconds);
}

double seconds_of(const std::string& time) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(time.c_str(), "%d-%d-%dT%d:%d:%lfZ", &year, &month, &day, &hour, &minute, &second) != 6)
    return std::nan("");
  const std::chrono::sys_days date = std::chrono::year(year) / month / day;
  return std::chrono::duration<double>(date.time_since_epoch()).count() + hour * 3600.0 + minute * 60.0 + second;
}

void write_file(const fs::path& file, const std::string& text) {
  const fs::path temporary = fmt::format("{}.tmp-{}", file.string(), ::getpid());
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  // Synced before it takes its name: after a power cut the name must not lead to an empty file.
  const int descriptor = out ? ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) {
    std::error_code ignored;  // what counts is the first error
    fs::remove(temporary, ignored);
    throw Error(fmt::format("{}: cannot be written; is the disk full?", file.string()));
  }
  fs::rename(temporary, file);
}

Store::Store(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const fs::path& results) {
  auto rep = std::make_unique<Rep>();
  rep->results = fs::absolute(results).lexically_normal();
  std::error_code error;
  for (const char* folder : {"bundles", "runs", "locks"}) {
    fs::create_directories(rep->results / folder, error);
    if (error) {
      throw BadInput(fmt::format("{}: the results folder cannot be made: {}; choose another with --results",
                                 rep->results.string(), error.message()));
    }
  }
  // One process at a time decides whether the database is torn; the others find it whole again.
  const FileLock lock = FileLock::acquire(rep->results / "locks", "store");
  bool empty = false;
  std::string warning;
  rep->database = open_database(rep->results, empty, warning);
  if (!warning.empty()) rep->warnings.push_back(warning);
  if (empty) rep->rebuild();
  return Store(std::move(rep));
}

const fs::path& Store::folder() const { return rep_->results; }
fs::path Store::lock_folder() const { return rep_->results / "locks"; }
std::vector<std::string> Store::warnings() const { return rep_->warnings; }

fs::path Store::bundle(const plan::Stage& stage) const {
  return rep_->results / "bundles" / plan::to_string(stage.kind) / stage.key.substr(0, 2) / stage.key;
}

fs::path Store::checkpoints(const plan::Stage& stage) const { return rep_->results / "checkpoints" / stage.key; }

void Store::remove_leftovers() {
  const std::string mark = BundleWriter::folder_prefix("");
  std::error_code error;
  for (fs::recursive_directory_iterator it(rep_->results / "bundles", error), end; !error && it != end;
       it.increment(error)) {
    if (it.depth() < 2) continue;
    it.disable_recursion_pending();
    const std::string name = it->path().filename().string();
    const auto at = name.find(mark);
    if (at == std::string::npos) continue;
    if (const auto owned = FileLock::try_acquire(lock_folder(), name.substr(0, at))) {
      std::error_code ignored;  // tried again by the next run
      fs::remove_all(it->path(), ignored);
    }
  }
  for (fs::directory_iterator it(rep_->results / "checkpoints", error), end; !error && it != end; it.increment(error)) {
    const std::string key = it->path().filename().string();
    const auto is_made = [&](const char* kind) {
      return Bundle::exists(rep_->results / "bundles" / kind / key.substr(0, 2) / key);
    };
    if (!is_made("adapt") && !is_made("score")) continue;
    std::error_code ignored;  // tried again by the next run
    fs::remove_all(it->path(), ignored);
  }
}

std::uint64_t Store::Rep::identity_of(const fs::path& bundle) {
  struct stat about {};
  return ::stat(bundle.c_str(), &about) == 0 ? about.st_ino : 0;
}

void Store::Rep::set_aside(const fs::path& bundle, std::uint64_t identity, const std::string& why) {
  warnings.push_back(why);
  const FileLock lock = FileLock::acquire(results / "locks", "repair");
  if (identity == 0 || identity_of(bundle) != identity) return;
  const fs::path aside = bundle.string() + ".corrupt";
  fs::remove_all(aside);
  fs::rename(bundle, aside);
}

void Store::Rep::insert_run(std::int64_t run, const std::string& experiment, const std::string& started,
                            const plan::Plan& plan) {
  database->execute("INSERT INTO runs(run, experiment, plan_hash, status, started) VALUES (?,?,?,'running',?)", run,
                    experiment, plan.hash, started);
  std::int64_t position = 0;
  for (const plan::Cell& cell : plan.cells) {
    database->execute("INSERT INTO cells VALUES (?,?,?,?,?,?,?,?,?,?)", run, cell.id, position++, cell.model,
                      cell.dataset, cell.strategy_label, plan::to_json(cell.strategy).dump(),
                      static_cast<std::int64_t>(cell.seed & 0x7fffffffffffffffULL), cell.group, cell.is_baseline);
    const auto link = [&](const char* role, const std::string& stage) {
      if (stage.empty()) return;
      database->execute("INSERT OR IGNORE INTO cell_stages VALUES (?,?,?,?)", run, cell.id, std::string(role), stage);
    };
    for (const std::string& key : cell.adapt) link("adapt", key);
    link("generate", cell.generate);
    link("measure", cell.measure);
    for (const std::string& key : cell.score) link("score", key);
    link("choose", cell.choose);
    for (const plan::Trial& trial : cell.trials) insert_trial(run, cell, trial);
    for (const std::string& key : cell.fragility) link("fragility", key);
    for (const plan::Variant& variant : cell.variants) insert_variant(run, cell, variant);
  }
  position = 0;
  for (const plan::Stage& stage : plan.stages) {
    database->execute("INSERT INTO run_stages VALUES (?,?,?,?,?)", run, stage.key, position++,
                      plan::to_string(stage.kind), stage.label);
  }
}

void Store::Rep::insert_trial(std::int64_t run, const plan::Cell& cell, const plan::Trial& trial) {
  const auto number = static_cast<std::int64_t>(trial.number);
  database->execute("INSERT INTO trials VALUES (?,?,?,?,?)", run, cell.id, number, trial.label,
                    plan::to_json(trial.strategy).dump());
  const auto link = [&](const char* role, const std::string& stage) {
    if (!stage.empty())
      database->execute("INSERT OR IGNORE INTO trial_stages VALUES (?,?,?,?,?)", run, cell.id, number,
                        std::string(role), stage);
  };
  for (const std::string& key : trial.adapt) link("adapt", key);
  link("generate", trial.generate);
  link("score", trial.score);
}

void Store::Rep::insert_variant(std::int64_t run, const plan::Cell& cell, const plan::Variant& variant) {
  const auto link = [&](const char* role, const std::string& stage) {
    database->execute("INSERT OR IGNORE INTO variant_stages VALUES (?,?,?,?,?)", run, cell.id, variant.name,
                      std::string(role), stage);
  };
  link("generate", variant.generate);
  for (const std::string& key : variant.score) link("score", key);
}

void Store::Rep::mark_dead_runs() {
  SQLite::Statement& query = database->prepare("SELECT run FROM runs WHERE status='running'");
  std::vector<std::int64_t> running;
  while (query.executeStep()) running.push_back(query.getColumn(0).getInt64());
  for (const std::int64_t run : running) {
    if (own_runs.contains(run)) continue;
    if (const auto free = FileLock::try_acquire(results / "locks", fmt::format("run-{}", run))) {
      database->execute("UPDATE runs SET status='interrupted' WHERE run=? AND status='running'", run);
    }
  }
}

std::int64_t Store::begin_run(const config::Experiment& experiment, const plan::Plan& plan) {
  rep_->mark_dead_runs();
  const std::string started = now();
  SQLite::Transaction transaction(rep_->database->connection(), SQLite::TransactionBehavior::IMMEDIATE);
  const std::int64_t run =
      rep_->database->connection().execAndGet("SELECT coalesce(max(run), 0) + 1 FROM runs").getInt64();
  rep_->own_runs.emplace(run, FileLock::acquire(lock_folder(), fmt::format("run-{}", run)));
  rep_->insert_run(run, experiment.name, started, plan);
  const fs::path folder = rep_->run_folder(run);
  fs::remove_all(folder);  // of a host that died before its run was recorded
  fs::create_directories(folder);
  write_file(folder / "plan.json", Json{{"run", run},
                                        {"experiment", experiment.name},
                                        {"started", started},
                                        {"plan", plan::to_json(plan)},
                                        {"resolved", ShortPaths(rep_->results)(experiment.resolved)}}
                                       .dump(-1, ' ', false, Json::error_handler_t::replace));
  transaction.commit();
  return run;
}

void Store::replace_stages(std::int64_t run, const std::map<std::string, plan::Stage>& by_old_key) {
  const fs::path file = rep_->run_folder(run) / "plan.json";
  std::ifstream in(file);
  Json about = Json::parse(in);
  plan::Plan plan = plan::plan_from_json(about.at("plan"));
  const auto rename = [&](std::string& key) {
    if (const auto found = by_old_key.find(key); found != by_old_key.end()) key = found->second.key;
  };
  for (plan::Stage& old : plan.stages) {
    if (const auto found = by_old_key.find(old.key); found != by_old_key.end()) old = found->second;
  }
  for (plan::Cell& cell : plan.cells) {
    for (std::string* key : {&cell.generate, &cell.measure, &cell.choose}) rename(*key);
    for (std::vector<std::string>* keys : {&cell.score, &cell.fragility}) {
      for (std::string& key : *keys) rename(key);
    }
    for (plan::Variant& variant : cell.variants) {
      rename(variant.generate);
      for (std::string& key : variant.score) rename(key);
    }
  }
  for (std::string& key : plan.compare) rename(key);
  about["plan"] = plan::to_json(plan);
  SQLite::Transaction transaction(rep_->database->connection(), SQLite::TransactionBehavior::IMMEDIATE);
  for (const auto& [key, stage] : by_old_key) {
    rep_->database->execute("UPDATE run_stages SET stage=?, label=? WHERE run=? AND stage=?", stage.key, stage.label,
                            run, key);
    rep_->database->execute("UPDATE cell_stages SET stage=? WHERE run=? AND stage=?", stage.key, run, key);
    rep_->database->execute("UPDATE variant_stages SET stage=? WHERE run=? AND stage=?", stage.key, run, key);
  }
  write_file(file, about.dump(-1, ' ', false, Json::error_handler_t::replace));
  transaction.commit();
}

void Store::set_seconds(std::int64_t run, double wall_seconds) {
  rep_->database->execute("UPDATE runs SET wall_seconds=? WHERE run=?", wall_seconds, run);
}

void Store::finish_run(std::int64_t run, const std::string& status, const std::string& report) {
  const std::string finished = now();
  rep_->database->execute("UPDATE runs SET status=?, finished=?, report=? WHERE run=?", status, finished, report, run);
  SQLite::Statement& query = rep_->database->prepare("SELECT wall_seconds FROM runs WHERE run=?");
  query.bind(1, run);
  const double seconds = query.executeStep() ? query.getColumn(0).getDouble() : 0;
  query.reset();
  write_file(rep_->run_folder(run) / "end.json",
             Json{{"status", status}, {"finished", finished}, {"wall_seconds", seconds}, {"report", report}}.dump());
  rep_->own_runs.erase(run);
}

bool Store::finished(const plan::Stage& stage) { return !finished(std::vector<plan::Stage>{stage}).empty(); }

std::vector<std::string> Store::finished(const std::vector<plan::Stage>& stages) {
  std::vector<std::string> keys;
  std::optional<SQLite::Transaction> transaction;
  const auto write = [&] {
    if (!transaction) transaction.emplace(rep_->database->connection(), SQLite::TransactionBehavior::IMMEDIATE);
  };
  for (const plan::Stage& stage : stages) {
    const fs::path place = bundle(stage);
    SQLite::Statement& query = rep_->database->prepare("SELECT signature FROM stages WHERE stage=?");
    query.bind(1, stage.key);
    const std::string recorded = query.executeStep() ? query.getColumn(0).getString() : "";
    query.reset();
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      if (recorded.empty()) continue;
      rep_->warnings.push_back(fmt::format("{}: this result is gone; it will be made again", place.string()));
      write();
      forget(*rep_->database, stage.key);
      continue;
    }
    const std::uint64_t identity = Rep::identity_of(place);
    try {
      Bundle found = Bundle::open(place, stage.key);
      if (recorded != found.signature()) {
        found = Bundle::open(place, stage.key, true);
        write();
        ingest(*rep_->database, found, rep_->results);
      }
      keys.push_back(stage.key);
    } catch (const Corrupted& damage) {
      rep_->set_aside(place, identity, damage.what());
      write();
      forget(*rep_->database, stage.key);
    } catch (const Json::exception& damage) {
      rep_->set_aside(
          place, identity,
          fmt::format("{}: this result is damaged ({}); it will be made again", place.string(), damage.what()));
      write();
      forget(*rep_->database, stage.key);
    }
  }
  if (transaction) transaction->commit();
  return keys;
}

void Store::Rep::insert_attempt(std::int64_t run, const AttemptRow& a) {
  database->execute("INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", run, a.stage, a.number, a.started,
                    a.finished, a.outcome, a.error, a.signal, a.log_tail, a.worker, a.seconds, a.peak_rss);
}

void Store::record(std::int64_t run, std::span<const AttemptRow> attempts, std::span<const plan::Stage> finished) {
  if (attempts.empty() && finished.empty()) return;
  SQLite::Transaction transaction(rep_->database->connection(), SQLite::TransactionBehavior::IMMEDIATE);
  const ShortPaths short_paths(rep_->results);
  std::string lines;
  for (AttemptRow attempt : attempts) {
    attempt.error = short_paths(std::move(attempt.error));
    attempt.log_tail = short_paths(std::move(attempt.log_tail));
    rep_->insert_attempt(run, attempt);
    lines += to_json(attempt).dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  }
  for (const plan::Stage& stage : finished) {
    ingest(*rep_->database, Bundle::open(bundle(stage), stage.key), rep_->results);
  }
  // The files hold everything, so they are written first; what a rolled back transaction leaves there is told twice at worst.
  const fs::path file = rep_->run_folder(run) / "attempts.jsonl";
  std::ofstream journal(file, std::ios::app | std::ios::binary);
  journal << lines;
  journal.close();
  if (!journal) throw Error(fmt::format("{}: cannot be written; is the disk full?", file.string()));
  transaction.commit();
}

}  // namespace assay::store
