#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::config {

/// The values of one setting whose schema has one of these words as its `format` (of a value that is no text: `x-format`), by
/// their place.
std::vector<std::pair<Json::json_pointer, std::string>> parameters_of(const Json& params, const Json& schema,
                                                                      const std::set<std::string>& formats);

using FileParameters = std::vector<std::pair<Json::json_pointer, std::string>>;

/// The values of one setting that its schema marks as files (`"format": "path"`, `"prompt-file"`, `"conversations"` or `"documents"`), in
/// properties and in items of lists, by their place; with the schema's word for what kind of file. Empty texts name none.
FileParameters file_parameters(const Json& params, const Json& schema);

/// Whether a prompt is named as one of a library, `name@version`, rather than by its file.
bool is_prompt_reference(const std::string& written);

}  // namespace assay::config
