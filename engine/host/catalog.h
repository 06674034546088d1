#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/metric.h"
#include "assay/sdk/strategy.h"

namespace assay::host {

/// One library's manifest as JSON (see assay/sdk/plugin.h), read from its ELF section without loading it.
/// @throws BadInput when the file is no ELF library or has no manifest.
Json read_manifest(const std::filesystem::path& library);

/// The field of a manifest of our SDK that is absent or of another type; empty when all is well.
std::string unreadable_field(const Json& manifest);

struct FoundPlugin {
  std::filesystem::path library;
  Json manifest;
  bool builtin = false;  ///< from the installed folder
};

/// All plugins of some folders. A library that is no plugin, was built for another SDK, ABI or libtorch, or repeats a
/// name becomes one problem (file(s), both versions, what to do); the others are still there.
struct Catalog {
  std::vector<FoundPlugin> plugins;  ///< sorted by kind and name
  std::vector<std::string> problems;
};
Catalog find_plugins(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& builtin_folder,
                     const std::string& libtorch_version);

/// The folders to search, in order: --plugin-dir's, ASSAY_PLUGIN_PATH's (colon-separated), the experiment's, the installed
/// one (beside the running binary: ../lib/assay/plugins). Never the working directory; relative or empty entries of the
/// environment variable are refused.
std::vector<std::filesystem::path> plugin_folders(const std::vector<std::filesystem::path>& flags,
                                                  const std::vector<std::filesystem::path>& experiment);
std::filesystem::path installed_plugin_folder();

/// A loaded library; objects made by it keep it loaded. Workers only, and they keep what they loaded until they end: an
/// exception's type may live in the library that threw it.
class LoadedPlugin {
 public:
  static LoadedPlugin load(const std::filesystem::path& library);  ///< @throws BadInput with what the loader said
  [[nodiscard]] std::shared_ptr<sdk::Strategy> strategy(const sdk::Params&) const;
  [[nodiscard]] std::shared_ptr<sdk::Metric> metric(const sdk::Params&) const;

 private:
  struct Rep;
  std::shared_ptr<Rep> rep_;
};

}  // namespace assay::host
