#pragma once
#include <vector>

#include "conformance/conformance.h"

namespace assay::conformance {

/// The checks that look at the file alone: manifest, SDK, ABI, libtorch, symbols, parameter schema. Where `manifest` or what it
/// must fit fails, nothing of the library may be loaded.
std::vector<Finding> check_library(const Subject& subject);

}  // namespace assay::conformance
