#pragma once
#include <vector>

#include "assay/sdk/json.h"

namespace assay::config {

/// All settings of parameters that hold axes (`{"sweep": […]}`, at any depth), the last axis changing fastest.
std::vector<Json> expand_axes(const Json& params);

/// The names of the parameters that are axes or hold some.
std::vector<std::string> axis_names(const Json& params);

}  // namespace assay::config
