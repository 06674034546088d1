#pragma once
#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"

namespace assay::models::remote {

/// A completion without an error, as the answer journal keeps it; minus infinity is null.
Json to_json(const sdk::Completion&);
/// @throws nlohmann's exceptions for what `to_json` never writes
sdk::Completion completion_from_json(const Json&);

}  // namespace assay::models::remote
