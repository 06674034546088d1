#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::store {

/// A stage's result: a folder of plain files, whole or absent.
///   bundle.json        {"format":1,"key":…,"kind":…,"inputs":{…},"files":{name:{"size":…,"sha256":…}},"kpis":{…},"timing":{…}}
///   adapt:    state.json (prompt-side) | adapter/ (PEFT folder or full weights), training.json (curves), files of the plugin
///   generate: predictions.jsonl — a row an example, in order: {"id","index","prompt","outputs":[…],"answer","details","usage":{…},"ms"}
///             (gzip as predictions.jsonl.gz past 1 MB)
///   measure:  timings.jsonl — a row a request: {"id","ms","usage"}; KPIs hold throughput
///   score:    scores.json {"outputs":[{"name","unit","higher_is_better","per_example"}],"width":w,"values":[…]}, rows.jsonl — a row an example: [statistics…]
///   compare:  compare.json {"examples":n,"confidence":0.95,"resamples":2000,
///                           "cells":[{"group","cells":[…],"outputs":[{"name","unit","higher_is_better","value","low","high","seed_sd","by_seed":[…]}]}],
///                           "pairs":[{"a","b","outputs":[{"name","difference","low","high","p_value"}]}]}: a and b are groups, one row for
///             every unordered pair, a before b in "cells"; difference = value(a) - value(b), resampled with the same draws
///             for both; null stands for what could not be computed. Where all resamples are equal and the value is 0 or 1
///             (all right, all wrong), low and high are stats::wilson's over the n examples: no error bar has width 0.
///   log.txt   the worker's log of the stage
/// What timing, memory and money touch stands in bundle.json's "timing" and in "ms" only.
class BundleWriter {
 public:
  /// Writes into a fresh folder beside `place`; nothing is visible until commit.
  BundleWriter(std::filesystem::path place, std::string key, std::string kind, Json inputs);
  ~BundleWriter();  ///< removes what was not committed
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  Json kpis = Json::object();    ///< name → {"value","unit","higher_is_better"}
  Json timing = Json::object();  ///< seconds, peak_rss, …

  /// Hashes the files, writes bundle.json, syncs, renames into place. An equal bundle already there wins.
  void commit();

 private:
  std::filesystem::path place_, folder_;
  std::string key_, kind_;
  Json inputs_;
  bool committed_ = false;
};

/// A finished bundle, checked: bundle.json parses, names this key, every file has its size (and, with `deep`, its hash).
class Bundle {
 public:
  /// @throws Corrupted (torn or changed), BadInput (absent).
  static Bundle open(const std::filesystem::path& place, const std::string& key, bool deep = false);
  [[nodiscard]] static bool exists(const std::filesystem::path& place);
  [[nodiscard]] const Json& header() const { return header_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Calls for every row of a .jsonl or .jsonl.gz file, in order, holding one row at a time.
  void rows(const std::string& file, const std::function<void(const Json&)>& each) const;
  [[nodiscard]] Json json(const std::string& file) const;

 private:
  std::filesystem::path folder_;
  Json header_;
};

/// Writes rows to file (.jsonl), compressing to .jsonl.gz past 1 MB when closed.
class RowsWriter {
 public:
  explicit RowsWriter(std::filesystem::path file);
  ~RowsWriter();
  void write(const Json& row);
  void close();  ///< @throws Error when the disk is full

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::store
