#include <fmt/format.h>
#include <fmt/ranges.h>

#include "assay/sdk/error.h"
#include "cli/command.h"
#include "config/nearest.h"

namespace assay::cli {

int plugin_command(const std::vector<std::string>& args) {
  const std::vector<std::pair<std::string, int (*)(const std::vector<std::string>&)>> actions{
      {"new", plugin_new_command}, {"check", plugin_check_command}};
  std::vector<std::string> names;
  for (const auto& [name, action] : actions) {
    if (!args.empty() && args[0] == name) return action({args.begin() + 1, args.end()});
    names.push_back(name);
  }
  if (args.empty() || args[0].starts_with('-')) {
    Arguments arguments(
        {"plugin", "assay plugin new|check [ARGUMENTS]",
         "Helps to write plugins: begins one in a folder of its own, or asks a built one whether it keeps to what the "
         "engine\n"
         "relies on. 'assay plugin ACTION --help' explains one; 'assay plugins' lists those that are there.",
         "assay plugin new my_metric --kind metric\nassay plugin check build/plugins/my_metric.so"});
    if (!arguments.parse(args)) return all_done;
    throw BadInput("say what to do: assay plugin " + fmt::format("{}", fmt::join(names, "|")));
  }
  throw BadInput(
      fmt::format("'{}' is nothing that 'assay plugin' does{}", args[0], config::suggestion(args[0], names)));
}

}  // namespace assay::cli
