#include "config/file_parameters.h"

namespace assay::config {
namespace {

void gather(const Json& value, const Json& schema, const Json::json_pointer& place, FileParameters& files) {
  if (!schema.is_object()) return;
  const std::string format = schema.value("format", "");
  const bool is_file = format == "path" || format == "prompt-file" || format == "conversations" || format == "documents";
  if (is_file && value.is_string() && !value.get_ref<const std::string&>().empty()) files.emplace_back(place, format);
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& [name, inner] : schema["properties"].items()) {
      if (value.contains(name)) gather(value[name], inner, place / name, files);
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) gather(value[i], schema["items"], place / i, files);
  }
}

}  // namespace

FileParameters file_parameters(const Json& params, const Json& schema) {
  FileParameters files;
  gather(params, schema, Json::json_pointer(), files);
  return files;
}

bool is_prompt_reference(const std::string& written) {
  const auto at = written.find('@');
  return at != std::string::npos && at > 0 && written.find('/') == std::string::npos && !written.ends_with(".j2") &&
         written.find_first_not_of("0123456789.", at + 1) == std::string::npos;
}

}  // namespace assay::config
