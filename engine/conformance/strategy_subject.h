#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/conformance.h"
#include "conformance/samples.h"
#include "plan/job.h"
#include "run/workbench.h"

namespace assay::conformance {

/// A folder that goes with the process that made it.
class WorkFolder {
 public:
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A cell: which rows, and the seed.
struct SampleCell {
  Task task = Task::labels;
  Examples examples = Examples::usual;
  std::uint64_t seed = 7;
};

/// In what order test inputs are asked about, and how many at a time.
struct Asked {
  bool reversed = false;
  std::size_t first = 0;  ///< the place of the one that comes first; those before it come last
  std::size_t batch = 1000;
};

/// A strategy at work as a worker's stages have it. Only in a process that may load plugins.
class StrategyAtWork {
 public:
  /// Works in a folder of its own, or in `place`, which outlives it and which another process may go on with.
  StrategyAtWork(const Subject& subject, const Json& manifest, std::optional<std::filesystem::path> place = {});

  /// One object does all that follows; a run makes one a stage.
  void keep_one_instance() { bench_.keep = true; }
  /// `AdaptContext::stop_requested` from now on.
  void stop_by(std::function<bool()> stops) { stops_ = std::move(stops); }

  /// What `adapt` leaves: {"state": …, "files": {name: hash}}; fine-tuning writes its adapter's folder.
  Json adapt(const SampleCell& cell);
  /// Of a text that training does not see, right after the last training.
  static constexpr const char* kKnownText =
      "the invoice of the router went to another account, and the network is down";
  [[nodiscard]] double loss_when_trained() const { return loss_when_trained_; }
  /// Where the last one left it.
  [[nodiscard]] std::filesystem::path adapted() const { return bundles_.begin()->second; }
  /// Asks from now on with what another process left there.
  void take_over(const std::filesystem::path& adapted) { bundles_ = {{adapted.filename().string(), adapted.string()}}; }

  /// Of each test input, by its id: prompts, answer, details, numbers. With what `adapt` left, where the strategy adapts.
  Json ask(const SampleCell& cell, const Asked& how = {});

  /// The id of the first row that was given to the strategy and is another since; empty where none is.
  [[nodiscard]] const std::string& changed_row() const { return changed_row_; }

  run::Workbench& bench() { return bench_; }
  [[nodiscard]] plan::ModelJob model() const;

 private:
  struct Bench final : run::Workbench {
    using Workbench::Workbench;
    std::shared_ptr<sdk::Strategy> strategy(const plan::PartJob& part) override;
    bool keep = false;
    std::shared_ptr<sdk::Strategy> kept;
  };

  plan::Job job(const SampleCell& cell);
  /// Does `work`, and compares the rows of these splits with what they were.
  void watching_rows(const data::DatasetSource& source, std::initializer_list<data::Split> splits,
                     const std::function<void()>& work);

  const Subject& subject_;
  plan::PartJob part_;
  std::optional<WorkFolder> own_;
  std::filesystem::path folder_;
  run::Journal journal_;
  Bench bench_;
  std::function<bool()> stops_ = [] { return false; };
  std::map<std::string, std::string> bundles_;  ///< of the last adapt stage
  std::string changed_row_;
  double loss_when_trained_ = 0;
  int stages_ = 0;
};

/// {name: SHA-256} of a folder's files, those in folders within included.
Json hashes_of(const std::filesystem::path& folder);

}  // namespace assay::conformance
