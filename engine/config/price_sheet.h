#pragma once
#include <filesystem>

#include "config/yaml.h"

namespace assay::config {

/// Puts the prices of a sheet where a model says `price: {sheet: FILE, name: NAME}`, and a machine's where it says `machine: {…}`,
/// with date and source. A sheet is YAML: `date`, `source`, `prices` and `machines`, maps by name; a name may hold * for any text
/// (the longest that fits counts), an entry may have a date and a source of its own. What stands beside `sheet` and `name` overrides
/// what it says. With `required: false` a model that the sheet does not have is left without a price.
/// @throws InvalidExperiment: no such sheet or name, no date or source
void use_price_sheets(Node& root, const std::filesystem::path& folder);

}  // namespace assay::config
