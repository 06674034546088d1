#pragma once
#include <assay/sdk/json.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

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

/// Names of the columns of a score bundle's values.jsonl, by its scores.json: the outputs that mean something for one example.
inline std::vector<std::string> value_columns(const Json& scores) {
  std::vector<std::string> names;
  for (const Json& output : scores.at("outputs")) {
    if (output.value("per_example", false)) names.push_back(text_or(output, "name"));
  }
  return names;
}

/// The place of an output among them; empty where it is none.
inline std::optional<std::size_t> value_column(const Json& scores, const std::string& output) {
  const std::vector<std::string> names = value_columns(scores);
  const auto found = std::find(names.begin(), names.end(), output);
  return found == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace assay::report
