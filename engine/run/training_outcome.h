#pragma once
#include <cstdint>
#include <filesystem>

#include "run/stage.h"
#include "train/backend.h"

namespace assay::run {

/// The most anonymous resident memory that was seen.
class MemoryWatch {
 public:
  void look();  ///< cheap enough for every step: reads /proc at most twenty times a second
  [[nodiscard]] std::int64_t peak_bytes() const { return peak_; }

 private:
  std::int64_t peak_ = 0;
  double looked_ = 0;
};

/// Writes what a training came to into its bundle: training.json (curves, warnings) and the KPIs. `adapter` is what the
/// strategy saved.
void write_outcome(StageWork& work, const train::TrainingReport& report, const std::filesystem::path& adapter,
                   std::int64_t peak_memory);

/// Tells the log of a training that went wrong how the loss went, in twenty lines at most: attempts keep the last ones.
void log_curve(StageWork& work, const train::Diverged& diverged);

}  // namespace assay::run
