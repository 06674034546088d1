#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
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
  std::size_t batch = 1000;
};

/// A strategy at work as a worker's stages have it. Only in a process that may load plugins.
class StrategyAtWork {
 public:
  StrategyAtWork(const Subject& subject, const Json& manifest);

  /// One object does all that follows; a run makes one a stage.
  void keep_one_instance() { bench_.keep = true; }
  /// `AdaptContext::stop_requested` from now on.
  void stop_by(std::function<bool()> stops) { stops_ = std::move(stops); }

  /// What `adapt` leaves: {"state": …, "files": {name: hash}}; fine-tuning writes its adapter's folder.
  Json adapt(const SampleCell& cell);
  /// Where the last one left it.
  [[nodiscard]] std::filesystem::path adapted() const { return bundles_.begin()->second; }

  /// Of each test input, by its id: prompts, answer, details, numbers. With what `adapt` left, where the strategy adapts.
  Json ask(const SampleCell& cell, const Asked& how = {});

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

  const Subject& subject_;
  plan::PartJob part_;
  WorkFolder folder_;
  run::Journal journal_;
  Bench bench_;
  std::function<bool()> stops_ = [] { return false; };
  std::map<std::string, std::string> bundles_;  ///< of the last adapt stage
  int stages_ = 0;
};

/// {name: SHA-256} of a folder's files, those in folders within included.
Json hashes_of(const std::filesystem::path& folder);

}  // namespace assay::conformance
