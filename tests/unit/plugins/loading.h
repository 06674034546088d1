#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "host/catalog.h"

namespace assay::test {

/// A built-in plugin's library, as workers load it.
inline host::LoadedPlugin built_in(const std::string& name) {
  return host::LoadedPlugin::load(std::filesystem::path(std::getenv("ASSAY_PLUGINS")) / (name + ".so"));
}

}  // namespace assay::test
