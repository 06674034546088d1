#pragma once
#include <nlohmann/json.hpp>

namespace assay {

/// JSON whose keys are sorted, so that equal values print as equal bytes.
using Json = nlohmann::json;

/// JSON that keeps the order in which keys were written; templates see data rows in it.
using OrderedJson = nlohmann::ordered_json;

}  // namespace assay
