#include "report/run_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "report/characters.h"
#include "report/format.h"
#include "report/terminal_table.h"

namespace assay::report {
namespace {

bool is_failure(const std::string& outcome) { return outcome != "done" && outcome != "reused" && outcome != "stopped"; }

void count_cells(RunProgress& progress, const plan::Plan& plan, const std::map<std::string, std::string>& outcomes) {
  for (const plan::Cell& cell : plan.cells) {
    const auto outcome = [&](const std::string& key) {
      const auto found = outcomes.find(key);
      return found == outcomes.end() ? "" : found->second;
    };
    const bool done = std::all_of(cell.score.begin(), cell.score.end(), [&](const std::string& key) {
      return outcome(key) == "done" || outcome(key) == "reused";
    });
    std::vector<std::string> keys = cell.score;
    keys.push_back(cell.generate);
    keys.insert(keys.end(), cell.adapt.begin(), cell.adapt.end());
    if (!cell.choose.empty()) keys.push_back(cell.choose);
    if (done)
      ++progress.done;
    else if (std::any_of(keys.begin(), keys.end(),
                         [&](const std::string& key) { return !outcome(key).empty() && is_failure(outcome(key)); }))
      ++progress.failed;
    else if (std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return !outcome(key).empty(); }))
      ++progress.begun;
  }
}

}  // namespace

RunProgress progress_of(const plan::Plan& plan, const std::vector<store::AttemptRow>& attempts,
                        const store::RunRow& run, const std::string& now) {
  RunProgress progress;
  progress.cells = plan.cells.size();
  progress.stages = plan.stages.size();
  progress.status = run.status;
  std::map<std::string, std::string> labels, outcomes;
  for (const plan::Stage& stage : plan.stages) labels[stage.key] = stage.label;
  for (const store::AttemptRow& attempt : attempts) {
    if (!labels.contains(attempt.stage)) continue;
    outcomes[attempt.stage] = attempt.outcome;
    progress.last = fmt::format("{}: {}", labels[attempt.stage], attempt.outcome);
  }
  for (const auto& [unused, outcome] : outcomes) {
    if (outcome == "stopped") continue;
    ++progress.finished;
    progress.reused += outcome == "reused" ? 1 : 0;
  }
  progress.elapsed = store::seconds_of(run.finished.empty() ? now : run.finished) - store::seconds_of(run.started);
  const auto made = static_cast<double>(progress.finished - progress.reused),
             open = static_cast<double>(progress.stages - progress.finished);
  progress.left = made > 0 ? progress.elapsed / made * open : std::numeric_limits<double>::quiet_NaN();
  count_cells(progress, plan, outcomes);
  return progress;
}

std::string progress_line(const RunProgress& p) {
  std::string line = fmt::format("{} of {} cells done", p.done, p.cells);
  if (p.failed > 0) line += fmt::format(", {} failed", p.failed);
  if (p.begun > 0) line += fmt::format(", {} begun", p.begun);
  line += fmt::format(" · {} of {} stages", p.finished, p.stages);
  if (p.reused > 0) line += fmt::format(" ({} reused)", p.reused);
  if (p.elapsed > 0 && p.finished > p.reused)
    line += fmt::format(" · {} a minute", significant(60 * static_cast<double>(p.finished - p.reused) / p.elapsed, 2));
  if (p.status != "running")
    return line + fmt::format(" · {} after {}", p.status, seconds_text(std::max(0.0, p.elapsed)));
  return std::isnan(p.left) ? line : line + fmt::format(" · about {} left", seconds_text(p.left));
}

std::vector<std::string> progress_lines(const RunProgress& p, std::size_t width) {
  const std::size_t columns = width - 2;
  const std::size_t full = p.stages == 0 ? 0 : columns * std::min(p.finished, p.stages) / p.stages;
  std::string bar;
  for (std::size_t i = 0; i < columns; ++i) bar += i < full ? "█" : "·";
  return {bar, fitted(progress_line(p), width), fitted(p.last.empty() ? "" : "last: " + terminal_plain(p.last), width)};
}

}  // namespace assay::report
