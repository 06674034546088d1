#pragma once
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "assay/sdk/json.h"

namespace assay::store {

/// The connection with its prepared statements.
class Database {
 public:
  /// Opens or makes the file: WAL, busy time-out, schema. @throws SQLite::Exception; Corrupted when a check finds damage.
  explicit Database(const std::filesystem::path& file);

  /// The prepared statement, reset and unbound.
  SQLite::Statement& prepare(const char* sql);

  /// Prepares, binds `values` in order and runs to the end. Doubles that are NaN and empty optionals become NULL.
  template <class... Values>
  void execute(const char* sql, const Values&... values) {
    SQLite::Statement& statement = prepare(sql);
    int index = 0;
    (bind(statement, ++index, values), ...);
    statement.exec();
  }

  [[nodiscard]] bool has_schema_of_this_version();
  void make_schema();
  SQLite::Database& connection() { return database_; }

  static void bind(SQLite::Statement& statement, int index, double value);
  static void bind(SQLite::Statement& statement, int index, std::int64_t value);
  static void bind(SQLite::Statement& statement, int index, int value) { bind(statement, index, std::int64_t{value}); }
  static void bind(SQLite::Statement& statement, int index, bool value) { bind(statement, index, std::int64_t{value}); }
  static void bind(SQLite::Statement& statement, int index, const std::string& value);
  static void bind(SQLite::Statement& statement, int index, const std::optional<double>& value);
  static void bind(SQLite::Statement& statement, int index, const std::optional<std::string>& value);

 private:
  SQLite::Database database_;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

/// Opens the database of a results folder. A torn one is renamed (*.corrupt-N, reported in `warning`) and an empty one
/// made; `empty` tells that it must be filled from the files.
std::unique_ptr<Database> open_database(const std::filesystem::path& results, bool& empty, std::string& warning);

}  // namespace assay::store
