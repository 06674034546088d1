#pragma once
#include <assay/sdk/json.h>

#include <string>

#include "report/report_data.h"

/// Values of objects that other programs may have written.
namespace assay::report {

/// kUnknown where there is no number of that name.
inline double number_or_unknown(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : kUnknown;
}

/// "" where there is no text of that name.
inline std::string text_or(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace assay::report
