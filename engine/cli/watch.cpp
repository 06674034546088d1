#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include "assay/sdk/error.h"
#include "cli/experiment_input.h"
#include "cli/terminal_width.h"
#include "report/run_progress.h"

namespace assay::cli {
namespace {

constexpr std::size_t kNarrowestView = 20;

/// Draws over what it drew before on a terminal; elsewhere prints a line whenever something changed.
class Screen {
 public:
  explicit Screen(bool terminal) : terminal_(terminal) {}

  void show(const report::RunProgress& progress) {
    if (!terminal_) {
      const std::string line = progress_line(progress);
      if (progress.finished != finished_ || progress.status != status_)
        std::cout << line << (progress.last.empty() ? "" : " · last: " + progress.last) << std::endl;
      finished_ = progress.finished;
      status_ = progress.status;
      return;
    }
    if (drawn_ > 0) std::cout << fmt::format("\x1b[{}A\x1b[J", drawn_);
    const auto lines = progress_lines(progress, std::max(kNarrowestView, terminal_width()));
    for (const std::string& line : lines) std::cout << line << "\n";
    std::cout << std::flush;
    drawn_ = lines.size();
  }

 private:
  bool terminal_;
  std::size_t drawn_ = 0, finished_ = static_cast<std::size_t>(-1);
  std::string status_;
};

}  // namespace

int watch_command(const std::vector<std::string>& args) {
  Arguments arguments({"watch", "assay watch [RUN] [OPTIONS]",
                       "Follows a run from another terminal until it ends: cells done, failed and begun, stages, pace, "
                       "what was finished\n"
                       "last, and about how long it still takes. Reads the store only; Ctrl-C leaves the run alone.",
                       "assay watch\nassay watch 12 --every 5",
                       "as 'assay run' ended: 0 all cells done   1 some failed   130 interrupted   2 bad input"});
  namespace po = boost::program_options;
  arguments.positional("RUN", "a run's number, or latest (the default)", false);
  arguments.add()("every", po::value<double>()->default_value(1, "1")->value_name("SECONDS"), "how often to look");
  arguments.add()("plain", "lines instead of a picture that is drawn anew");
  add_results_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const auto every = arguments.get<double>("every");
  if (!(every >= 0.05) || every > 3600) throw BadInput("--every must be 0.05 to 3600 seconds");
  auto store = open_store(arguments);
  const std::int64_t id = store.run(arguments.has("RUN") ? arguments.get<std::string>("RUN") : "latest").id;
  Screen screen(isatty(STDOUT_FILENO) && !arguments.has("plain"));
  for (;;) {
    const store::RunRow run = store.run(std::to_string(id));
    screen.show(report::progress_of(store.plan(id), store.attempts(id), run, store::now()));
    if (run.status == "done") return all_done;
    if (run.status == "failed") return some_failed;
    if (run.status == "interrupted") return interrupted;
    std::this_thread::sleep_for(std::chrono::duration<double>(every));
  }
}

}  // namespace assay::cli
