#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <fstream>

#include "store/bundle.h"
#include "store/ingest.h"
#include "store/rep.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory()) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Json read_json(const fs::path& file) {
  std::ifstream in(file);
  return Json::parse(in, nullptr, false);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void Store::Rep::rebuild() {
  SQLite::Transaction transaction(database->connection());
  database->make_schema();
  for (const fs::path& kind : folders_in(results / "bundles")) {
    for (const fs::path& shelf : folders_in(kind)) {
      for (const fs::path& place : folders_in(shelf)) {
        const std::string key = place.filename().string();
        if (key.find('.') != std::string::npos) continue;  // unfinished, or set aside
        const std::uint64_t identity = identity_of(place);
        try {
          ingest(*database, Bundle::open(place, key, true), results);
        } catch (const Error& error) {
          set_aside(place, identity, error.what());
          forget(*database, key);
        }
      }
    }
  }
  for (const fs::path& folder : folders_in(results / "runs")) {
    if (!is_number(folder.filename().string())) continue;
    const std::int64_t run = std::stoll(folder.filename().string());
    try {
      const Json about = read_json(folder / "plan.json");
      const plan::Plan plan = plan::plan_from_json(about.at("plan"));
      insert_run(run, about.at("experiment").get<std::string>(), about.at("started").get<std::string>(), plan);
    } catch (const Json::exception&) {
      warnings.push_back(fmt::format("{}: the plan of this run is torn; the run is left out", folder.string()));
      continue;
    } catch (const Corrupted& error) {
      warnings.push_back(
          fmt::format("{}: the plan of this run is torn ({}); the run is left out", folder.string(), error.what()));
      continue;
    }
    std::ifstream attempts(folder / "attempts.jsonl");
    for (std::string line; std::getline(attempts, line);) {
      const Json row = Json::parse(line, nullptr, false);
      if (row.is_object()) insert_attempt(run, attempt_from_json(row));  // a killed host may leave its last line torn
    }
    const fs::path end_file = folder / "end.json";
    if (!fs::exists(end_file)) continue;
    try {
      const Json end = read_json(end_file);
      database->execute("UPDATE runs SET status=?, finished=?, wall_seconds=?, report=? WHERE run=?",
                        end.at("status").get<std::string>(), end.at("finished").get<std::string>(),
                        end.at("wall_seconds").get<double>(), end.at("report").get<std::string>(), run);
    } catch (const Json::exception&) {
      warnings.push_back(fmt::format("{}: is torn; how this run ended is not known", end_file.string()));
    }
  }
  transaction.commit();
}

}  // namespace assay::store
