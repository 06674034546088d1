#pragma once
#include <filesystem>

#include "config/yaml.h"

namespace assay::config {

/// Puts the prices of a sheet where a model says `price: {sheet: FILE, name: NAME}`, with the sheet's date and source. A sheet is
/// YAML: `date`, `source` and `prices`, maps by name. What stands beside `sheet` and `name` overrides what it says.
/// @throws InvalidExperiment: no such sheet or name, no date or source
void use_price_sheets(Node& root, const std::filesystem::path& folder);

}  // namespace assay::config
