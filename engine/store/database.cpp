#include "store/database.h"

#include <SQLiteCpp/Exception.h>
#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <cmath>

#include "store/schema.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;
constexpr int kBusyMilliseconds = 30'000;
constexpr std::uintmax_t kCheckedUpTo = 128U << 20U;  // bytes; beyond it a whole check would be felt

bool is_damage(const SQLite::Exception& error) {
  return error.getErrorCode() == SQLITE_CORRUPT || error.getErrorCode() == SQLITE_NOTADB;
}

fs::path set_aside(const fs::path& file) {
  for (int n = 1;; ++n) {
    const fs::path aside = fmt::format("{}.corrupt-{}", file.string(), n);
    if (fs::exists(aside)) continue;
    fs::rename(file, aside);
    for (const char* suffix : {"-wal", "-shm"}) {
      const fs::path companion = file.string() + suffix;
      if (fs::exists(companion)) fs::rename(companion, aside.string() + suffix);
    }
    return aside;
  }
}

}  // namespace

Database::Database(const fs::path& file)
    : database_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds) {
  database_.exec("PRAGMA journal_mode=WAL");
  database_.exec("PRAGMA synchronous=NORMAL");
  if (fs::file_size(file) <= kCheckedUpTo) {
    const std::string verdict = database_.execAndGet("PRAGMA quick_check(1)").getString();
    if (verdict != "ok") throw Corrupted(verdict);
  }
}

bool Database::has_schema_of_this_version() {
  return database_.execAndGet("PRAGMA user_version").getInt() == kSchemaVersion;
}

void Database::make_schema() {
  database_.exec(kSchema);
  database_.exec(fmt::format("PRAGMA user_version={}", kSchemaVersion));
}

SQLite::Statement& Database::prepare(const char* sql) {
  auto& statement = statements_[sql];
  if (statement) {
    statement->reset();
    statement->clearBindings();
  } else {
    statement = std::make_unique<SQLite::Statement>(database_, sql);
  }
  return *statement;
}

void Database::bind(SQLite::Statement& statement, int index, double value) {
  if (std::isnan(value)) {
    statement.bind(index);
  } else {
    statement.bind(index, value);
  }
}
void Database::bind(SQLite::Statement& statement, int index, std::int64_t value) { statement.bind(index, value); }
void Database::bind(SQLite::Statement& statement, int index, const std::string& value) { statement.bind(index, value); }
void Database::bind(SQLite::Statement& statement, int index, const std::optional<double>& value) {
  bind(statement, index, value.value_or(std::nan("")));
}
void Database::bind(SQLite::Statement& statement, int index, const std::optional<std::string>& value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

std::unique_ptr<Database> open_database(const fs::path& results, bool& empty, std::string& warning) {
  const fs::path file = results / "assay.sqlite";
  const auto fresh = [&](const std::string& why) {
    const fs::path aside = set_aside(file);
    warning = fmt::format("{}: the database {}; it was set aside as {} and is made anew from the bundles",
                          file.string(), why, aside.filename().string());
    return std::make_unique<Database>(file);
  };
  std::unique_ptr<Database> database;
  try {
    database = std::make_unique<Database>(file);
    const int version = database->connection().execAndGet("PRAGMA user_version").getInt();
    const bool has_tables = database->connection().tableExists("runs");
    if (version > kSchemaVersion) {
      throw BadInput(
          fmt::format("{}: was made by a newer assay (schema {}, this one knows {}); update assay or choose "
                      "another --results folder",
                      file.string(), version, kSchemaVersion));
    }
    if (has_tables && version < kSchemaVersion) {
      database.reset();
      database = fresh(fmt::format("has the older schema {}", version));
    }
  } catch (const Corrupted& error) {
    database.reset();
    database = fresh(fmt::format("is torn ({})", error.what()));
  } catch (const SQLite::Exception& error) {
    if (!is_damage(error)) {
      throw BadInput(fmt::format("{}: cannot be opened: {}; check the folder's permissions and free space",
                                 file.string(), error.what()));
    }
    database.reset();
    database = fresh(fmt::format("is torn ({})", error.what()));
  }
  empty = !database->has_schema_of_this_version();
  return database;
}

}  // namespace assay::store
