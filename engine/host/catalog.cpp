#include "host/catalog.h"

#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace assay::host {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> libraries_in(const fs::path& folder, std::vector<std::string>& problems) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".so") found.push_back(it->path());
  }
  if (error) {
    problems.push_back(
        fmt::format("{}: plugin folder cannot be read ({}); check --plugin-dir, ASSAY_PLUGIN_PATH and the "
                    "experiment's `plugins:`",
                    folder.string(), error.message()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Why this host may not load the library; empty when it may.
std::string misfit(const fs::path& library, const Json& manifest, const std::string& libtorch_version) {
  const auto name = manifest.at("name").get<std::string>();
  if (const int sdk = manifest.at("sdk"); sdk != ASSAY_SDK_VERSION) {
    return fmt::format(
        "{}: plugin '{}' was built for SDK {}, this assay has SDK {}; build it again against this assay's "
        "headers",
        library.string(), name, sdk, ASSAY_SDK_VERSION);
  }
  if (const auto abi = manifest.at("abi").get<std::string>(); abi != ASSAY_ABI_TAG) {
    return fmt::format(
        "{}: plugin '{}' was built for the C++ ABI {}, this assay has {}; build it again with the compiler "
        "that built this assay",
        library.string(), name, abi, ASSAY_ABI_TAG);
  }
  if (const auto torch = manifest.at("torch").get<std::string>(); !torch.empty() && torch != libtorch_version) {
    return fmt::format(
        "{}: plugin '{}' was built for libtorch {}, this assay trains with libtorch {}; build it again "
        "against that libtorch",
        library.string(), name, torch, libtorch_version.empty() ? "(none)" : libtorch_version);
  }
  if (const auto kind = manifest.at("kind").get<std::string>(); kind != "strategy" && kind != "metric") {
    return fmt::format("{}: plugin '{}' is of the unknown kind '{}'; known are strategy and metric", library.string(),
                       name, kind);
  }
  if (const std::string field = unreadable_field(manifest); !field.empty()) {
    return fmt::format("{}: plugin '{}': its manifest lacks a readable '{}'; build it with assay_add_plugin",
                       library.string(), name, field);
  }
  return "";
}

}  // namespace

std::string unreadable_field(const Json& manifest) {
  const auto is = [&](const char* field, auto predicate) {
    return manifest.contains(field) && predicate(manifest.at(field));
  };
  for (const char* field : {"summary", "sites"}) {
    if (!is(field, [](const Json& value) { return value.is_string(); })) return field;
  }
  for (const char* field :
       {"adapts", "trains", "composes", "drives", "reads", "consults", "random", "reads_no_rows", "needs_train",
        "needs_validation", "needs_choices", "asks_in_adapt", "tries", "measures", "throughput", "asks", "prices"}) {
    if (!is(field, [](const Json& value) { return value.is_boolean(); })) return field;
  }
  for (const char* field : {"random_if", "asks_if"}) {
    if (!is(field, [](const Json& value) { return value.is_object() || value.is_boolean(); })) return field;
  }
  return is("params", [](const Json& value) { return value.is_object(); }) ? "" : "params";
}

Catalog find_plugins(const std::vector<fs::path>& folders, const fs::path& builtin_folder,
                     const std::string& libtorch_version) {
  Catalog catalog;
  std::set<fs::path> seen;
  std::map<std::pair<std::string, std::string>, const FoundPlugin*> by_name;
  std::vector<FoundPlugin> found;
  const auto builtin = fs::weakly_canonical(builtin_folder);
  for (const fs::path& folder : folders) {
    const bool is_builtin = fs::weakly_canonical(folder) == builtin;
    for (const fs::path& library : libraries_in(folder, catalog.problems)) {
      const fs::path canonical = fs::weakly_canonical(library);
      if (!seen.insert(canonical).second) continue;
      try {
        Json manifest = read_manifest(canonical);
        if (std::string problem = misfit(canonical, manifest, libtorch_version); !problem.empty()) {
          catalog.problems.push_back(std::move(problem));
          continue;
        }
        found.push_back({canonical, std::move(manifest), is_builtin});
      } catch (const BadInput& error) {
        catalog.problems.emplace_back(error.what());
      }
    }
  }
  for (const FoundPlugin& plugin : found) {
    const auto kind = plugin.manifest.at("kind").get<std::string>();
    const auto name = plugin.manifest.at("name").get<std::string>();
    const auto [first, is_new] = by_name.try_emplace({kind, name}, &plugin);
    if (is_new) continue;
    const FoundPlugin& kept = *first->second;
    catalog.problems.push_back(fmt::format(
        "{} (version {}) and {} (version {}) both register the {} '{}'; the first one is used: rename one of them or "
        "remove its file",
        kept.library.string(), kept.manifest.at("version").get<std::string>(), plugin.library.string(),
        plugin.manifest.at("version").get<std::string>(), kind, name));
  }
  for (const auto& [name, plugin] : by_name) catalog.plugins.push_back(*plugin);
  return catalog;
}

}  // namespace assay::host
