#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cstdlib>
#include <sstream>

#include "host/catalog.h"

namespace assay::host {

namespace fs = std::filesystem;

fs::path installed_plugin_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib" / "assay" / "plugins";
}

std::vector<fs::path> plugin_folders(const std::vector<fs::path>& flags, const std::vector<fs::path>& experiment) {
  std::vector<fs::path> folders;
  for (const fs::path& folder : flags) {
    if (!fs::is_directory(folder)) {
      throw BadInput(fmt::format("--plugin-dir {}: there is no such folder", folder.string()));
    }
    folders.push_back(fs::absolute(folder));
  }
  if (const char* variable = std::getenv("ASSAY_PLUGIN_PATH"); variable != nullptr && *variable != '\0') {
    const std::string entries = std::string(variable) + ":";
    std::istringstream stream(entries);
    for (std::string entry; std::getline(stream, entry, ':');) {
      // An empty or relative entry would mean the working directory, which anybody may have filled.
      if (entry.empty() || !fs::path(entry).is_absolute()) {
        throw BadInput(
            fmt::format("ASSAY_PLUGIN_PATH: the entry '{}' is not an absolute path; give absolute folders "
                        "separated by colons",
                        entry));
      }
      folders.emplace_back(entry);
    }
  }
  folders.insert(folders.end(), experiment.begin(), experiment.end());
  folders.push_back(installed_plugin_folder());
  return folders;
}

}  // namespace assay::host
