#pragma once
#include <algorithm>

#include "config/load.h"

namespace assay::config {

/// Whether a strategy's training is a fine-tuning job at the model's provider, which the engine makes of its parameters: the site
/// that it declares is `fine_tuning_job`.
inline bool trains_by_job(const PluginManifest& manifest) {
  return manifest.trains &&
         std::find(manifest.sites.begin(), manifest.sites.end(), "fine_tuning_job") != manifest.sites.end();
}

}  // namespace assay::config
