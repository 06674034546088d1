#pragma once
#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fmt/format.h>

namespace assay::text {

/// A count in a tokenizer.json's description of a step, `otherwise` where it is not given. Throws BadInput for anything but a
/// whole number of at least zero: read as unsigned, a negative one would be a huge one.
inline std::size_t count_of(const Json& description, const char* field, std::size_t otherwise) {
  const auto found = description.find(field);
  if (found == description.end()) return otherwise;
  const bool counts = found->is_number_unsigned() || (found->is_number_integer() && found->get<std::int64_t>() >= 0);
  if (!counts) {
    throw BadInput(
        fmt::format("tokenizer.json: '{}' of a step of type '{}' is {}; it has to be a whole number of at least 0",
                    field, description.value("type", ""), found->dump()));
  }
  return *found;
}

}  // namespace assay::text
