#pragma once
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "host/catalog.h"

namespace assay::test {

/// A built-in plugin's library, as workers load it: it stays loaded, since exceptions may be of its types.
inline host::LoadedPlugin built_in(const std::string& name) {
  static std::map<std::string, host::LoadedPlugin> loaded;
  const auto known = loaded.find(name);
  if (known != loaded.end()) return known->second;
  const auto library = std::filesystem::path(std::getenv("ASSAY_PLUGINS")) / (name + ".so");
  return loaded.emplace(name, host::LoadedPlugin::load(library)).first->second;
}

}  // namespace assay::test
