#include <unistd.h>

#include "cli/command.h"
#include "run/run.h"

namespace assay::cli {

int worker_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"worker", "assay worker",
       "Does stages for the host that started it: jobs come as JSON lines on standard input, outcomes go to standard\n"
       "output. Ends with its host. Not meant to be started by hand.",
       ""});
  if (!arguments.parse(args)) return all_done;
  return run::worker_main(STDIN_FILENO, STDOUT_FILENO);
}

}  // namespace assay::cli
