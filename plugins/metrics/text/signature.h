#pragma once
#include <assay/sdk/metric.h>

#include <string>

namespace metric_text {

/// "nrefs:2", or "nrefs:var" where examples differ; `column` of a row holds its example's number of references.
std::string number_of_references(const assay::sdk::Rows& rows, std::size_t column);

/// "name:yes" or "name:no".
inline std::string flag(const char* name, bool value) { return std::string(name) + (value ? ":yes" : ":no"); }

}  // namespace metric_text
