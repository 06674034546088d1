#pragma once
#include <map>

#include "store/database.h"
#include "store/lock.h"
#include "store/store.h"

namespace assay::store {

struct Store::Rep {
  std::filesystem::path results;
  std::unique_ptr<Database> database;
  std::vector<std::string> warnings;
  std::map<std::int64_t, FileLock> own_runs;  ///< tells other processes that these runs are alive

  [[nodiscard]] std::filesystem::path run_folder(std::int64_t run) const {
    return results / "runs" / std::to_string(run);
  }

  /// Fills an empty database from bundles/ and runs/.
  void rebuild();
  void insert_run(std::int64_t run, const std::string& experiment, const std::string& started, const plan::Plan&);
  void insert_trial(std::int64_t run, const plan::Cell&, const plan::Trial&);
  void insert_variant(std::int64_t run, const plan::Cell&, const plan::Variant&);
  void insert_attempt(std::int64_t run, const AttemptRow&);
  /// Moves a damaged bundle out of the way, keeping one of its kind to look at. `identity` is what `identity_of` gave
  /// before the bundle was read: another process may have found the same damage and made the bundle anew meanwhile.
  void set_aside(const std::filesystem::path& bundle, std::uint64_t identity, const std::string& why);
  static std::uint64_t identity_of(const std::filesystem::path& bundle);  ///< 0 when it is absent
  /// Runs that say "running" though nobody owns them were killed.
  void mark_dead_runs();
};

Json to_json(const AttemptRow&);
AttemptRow attempt_from_json(const Json&);

/// Writes a small file whole or not at all.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace assay::store
