#include "run/training_outcome.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace assay::run {
namespace {

constexpr double kLookEvery = 0.05;      // seconds
constexpr std::size_t kCurveLines = 14;  // an attempt keeps twenty lines of the log

std::int64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return std::stoll(line.substr(8)) * 1024;
  }
  return 0;
}

}  // namespace

void MemoryWatch::look() {
  if (seconds_now() - looked_ < kLookEvery) return;
  looked_ = seconds_now();
  peak_ = std::max(peak_, anonymous_bytes());
}

void write_outcome(StageWork& work, const train::TrainingReport& report, const std::filesystem::path& adapter,
                   std::int64_t peak_memory) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(adapter))
    bytes += entry.is_regular_file() ? entry.file_size() : 0;
  Json points = Json::array();
  for (const train::ValidationPoint& point : report.validation) {
    points.push_back({{"step", point.step}, {"loss", number(point.loss)}});
    if (!std::isnan(point.score)) points.back()["score"] = point.score;
  }
  Json losses = Json::array();
  for (const double loss : report.losses) losses.push_back(number(loss));
  Json warnings = Json::array();
  for (const train::TrainingWarning& warning : report.warnings)
    warnings.push_back({{"kind", warning.kind}, {"text", warning.text}});
  work.write("training.json", {{"losses", losses},
                               {"validation", points},
                               {"best_step", report.best_step},
                               {"ended", report.ended},
                               {"compared_rows", report.compared_rows},
                               {"warnings", warnings}});
  const auto kpi = [&](const char* name, double value, const char* unit, bool higher_is_better = false) {
    if (!std::isnan(value)) work.kpi(name, value, unit, higher_is_better);
  };
  kpi("train_seconds", report.seconds, "s");
  kpi("trained_parameters", static_cast<double>(report.trained_parameters), "");
  kpi("trained_share", static_cast<double>(report.trained_parameters) / static_cast<double>(report.total_parameters),
      "");
  kpi("training_tokens", static_cast<double>(report.tokens), "tokens");
  kpi("training_tokens_per_second", report.tokens_per_second(), "tokens/s", true);
  kpi("training_steps", static_cast<double>(report.losses.size()), "");
  kpi("training_peak_memory", static_cast<double>(peak_memory), "bytes");
  kpi("adapter_bytes", static_cast<double>(bytes), "bytes");
  if (work.job.dollars_per_hour > 0) kpi("training_dollars", work.job.dollars_per_hour * report.seconds / 3600, "USD");
  kpi("training_loss.first", report.first_training_loss, "");
  kpi("training_loss", report.training_loss, "");
  if (!report.validation.empty()) {
    kpi("validation_loss", report.validation_loss, "");
    kpi("validation_loss.final", report.validation.back().loss, "");
    kpi("generalisation_gap", report.compared_validation_loss - report.training_loss, "");
    kpi("training_score", report.training_score, "", true);
    kpi("validation_score", report.validation_score, "", true);
    kpi("generalisation_gap.score", report.training_score - report.compared_validation_score, "");
  }
  kpi("known_text_loss", report.known_loss, "");
  kpi("forgetting", report.known_loss - report.known_loss_before, "");
}

void log_curve(StageWork& work, const train::Diverged& diverged) {
  const std::size_t n = diverged.losses.size(), stride = (n + kCurveLines - 1) / kCurveLines;
  work.log("how the loss went:");
  for (std::size_t i = 0; i < n; ++i) {
    if (i % std::max<std::size_t>(stride, 1) == 0 || i + 3 > n)
      work.log(fmt::format("  step {}: {:.6g}", i + 1, diverged.losses[i]));
  }
  if (!diverged.validation.empty()) {
    const train::ValidationPoint& last = diverged.validation.back();
    work.log(fmt::format("  validation after step {}: {:.6g}", last.step, last.loss));
  }
}

}  // namespace assay::run
