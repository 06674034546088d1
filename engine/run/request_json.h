#pragma once
#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"

namespace assay::run {

/// What a request asks, whole: prompts with their messages, settings, choices. Equal requests are equal JSON; which example asks, and
/// which draw it is, stand outside of it.
Json to_json(const sdk::Request& request);

/// Text that names a JSON value, whatever bytes stand in its strings.
std::string name_of(const Json& value);

}  // namespace assay::run
