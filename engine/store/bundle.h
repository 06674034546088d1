#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::store {

/// A stage's result: a folder of plain files, whole or absent.
///   bundle.json        {"format":1,"key":…,"kind":…,"inputs":{…},"files":{name:{"size":…,"sha256":…}},"kpis":{…},"timing":{…}}
///   adapt:    state.json (prompt-side) | adapter/ (PEFT folder or full weights), training.json (curves, warnings), files of the plugin
///   generate: predictions.jsonl — a row an example, in order: {"id","index","input","prompt","outputs":[…],"answer","target","references":[…],
///             "choices":[…] (absent for free text),"details","usage":{…},"ms"}: a bundle needs no dataset to be read or scored
///             ("prompt" is the text of the example's first request; with several requests "prompts" holds all; choices asked for
///             by log-probability stand in "choice_scores"; of a variant that asks with another order of them, that one stands in
///             "asked_choices"; requests that were fitted to the window stand in "fitted":
///             [{"request","shots_dropped","passages_dropped","input_tokens_cut","prompt_tokens"}]; a driver's names of its requests
///             in "steps"; what strategies found in numbers in "numbers", whose means are KPIs that name how many "examples" they
///             are of)
///             (gzip as predictions.jsonl.gz past 1 MB)
///   measure:  timings.jsonl — a row a request: {"part":"latency"|"throughput","id","index","ms","usage"}; a throughput row's ms is
///             its equal share of the batches' wall time
///   score:    scores.json {"metric","outputs":[{"name","unit","higher_is_better","per_example"}],"width":w,"examples":n,"values":[…], where the metric has one "signature"},
///             rows.jsonl — a row an example: [statistics…]; values.jsonl — a row an example: [a value an output with per_example]
///             context.json {"choices","targets","wall_seconds","concurrency"} — what the metric was told at its beginning
///   choose:   choice.json {"metric","name","higher_is_better","chosen","label","trials":[{"number","label","value"}]}: what decided, on
///             the validation split, and the number of the trial whose adapters and parameters a tuned cell is asked with
///   compare:  compare.json {"metric","dataset","examples","clusters","confidence","resamples","baseline",
///                           "cells":[{"group","cells":[…],"outputs":[{"name","unit","higher_is_better","value","low","high",
///                             "seed_sd","over_seeds","by_seed":[…],"by_cell":[{"cell","seed","value","low","high"}]}]}],
///                           "pairs":[{"a","b","outputs":[{"name","difference","low","high","narrow_low","narrow_high","p_value","test",
///                             "detectable","needed","over_seeds"}]}],
///                           "slices":[{"by","slices":[{"name","examples"}],"groups":[{"group","outputs":[{"name","worst",
///                             "slices":[{"value","low","high","gap","gap_low","gap_high"}]}]}]}]}
///             resampled.jsonl — where reports draw fronts by it, a row a group and output: {"group","output","values":[…]}
///             A group's value is the mean over its seeds, in the order of "cells"; a difference is value(a) - value(b); numbers
///             that are undefined are null. Pairs: all groups with each other; past 40 groups those with the baseline and
///             with the best group of each output.
///   fragility: fragility.json {"metric","examples","confidence","resamples","failed":[names],
///              of one metric a cell "agreement":[{"name","value"}], how often a variant's answer is the cell's;
///              "outputs":[{"name","unit","higher_is_better","value","mean","spread","spread_low","spread_high","std","worst",
///              "worst_variant","variants":[{"name","value","difference","low","high"}]}]}: "value" is the cell's as it is asked, the
///              rest is over it and its variants; "worst_variant" is null where the cell itself is worst; a difference is the
///              variant's value - the cell's, in pairs
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
  [[nodiscard]] static std::string folder_prefix(
      const std::string& key);   ///< how unfinished folders of a key are called
  Json kpis = Json::object();    ///< name → {"value","unit","higher_is_better"}
  Json timing = Json::object();  ///< seconds, peak_rss, …

  /// Hashes the files, writes bundle.json, renames into place. An equal bundle already there wins. What took longer than
  /// a second to make ("seconds" of timing) is synced to the disk first; a shorter one that a power cut tears is found out
  /// by its hashes and made again.
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
  [[nodiscard]] bool has(const std::string& file) const;
  /// Calls for every row of a .jsonl or .jsonl.gz file, in order, holding one row at a time.
  void rows(const std::string& file, const std::function<void(const Json&)>& each) const;
  /// The same for readers that need not parse every row: its text. What they find wrong with one they tell by `damaged_row`.
  void lines(const std::string& file, const std::function<void(std::string_view)>& each) const;
  /// @throws Corrupted, naming the file.
  [[noreturn]] void damaged_row(const std::string& file, std::size_t number) const;
  [[nodiscard]] Json json(const std::string& file) const;
  /// Changes whenever a file of the bundle was written to: its sizes, times and inodes in one word.
  [[nodiscard]] std::string signature() const;

 private:
  friend class RowsReader;
  [[nodiscard]] std::string stored(
      const std::string& file) const;  ///< its name as it is listed, with .gz where it is compressed

  std::filesystem::path folder_;
  Json header_;
};

/// Reads a bundle's .jsonl or .jsonl.gz file a row at a time, for those who walk several files side by side.
class RowsReader {
 public:
  RowsReader(const Bundle& bundle, const std::string& file);  ///< @throws Corrupted
  RowsReader(RowsReader&&) noexcept;
  ~RowsReader();
  /// The text of the next row, valid until the next call; empty at the end. @throws Corrupted
  std::optional<std::string_view> next();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
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
