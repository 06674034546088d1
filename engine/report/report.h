#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace assay::report {

/// Writes report.{html,md,csv,json} of a run into `folder`, with csv also trials.csv where something is tuned; returns the paths. Reads the store and bundles only.
std::vector<std::filesystem::path> write(store::Store&, std::int64_t run, const std::filesystem::path& folder,
                                         const std::vector<std::string>& formats);

}  // namespace assay::report
