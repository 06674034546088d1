#include "config/file_parameters.h"

namespace assay::config {
namespace {

void gather(const Json& value, const Json& schema, const Json::json_pointer& place,
            const std::set<std::string>& formats, FileParameters& found) {
  if (!schema.is_object()) return;
  // valijson takes `format` for a text's alone.
  const std::string format = schema.value("format", schema.value("x-format", ""));
  if (formats.contains(format)) found.emplace_back(place, format);
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& [name, inner] : schema["properties"].items()) {
      if (value.contains(name)) gather(value[name], inner, place / name, formats, found);
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) gather(value[i], schema["items"], place / i, formats, found);
  }
}

}  // namespace

std::vector<std::pair<Json::json_pointer, std::string>> parameters_of(const Json& params, const Json& schema,
                                                                      const std::set<std::string>& formats) {
  FileParameters found;
  gather(params, schema, Json::json_pointer(), formats, found);
  return found;
}

FileParameters file_parameters(const Json& params, const Json& schema) {
  FileParameters files = parameters_of(params, schema, {"path", "prompt-file", "conversations", "documents"});
  std::erase_if(files, [&](const auto& file) {
    const Json& value = params.at(file.first);
    return !value.is_string() || value.get_ref<const std::string&>().empty();
  });
  return files;
}

bool is_prompt_reference(const std::string& written) {
  const auto at = written.find('@');
  return at != std::string::npos && at > 0 && written.find('/') == std::string::npos && !written.ends_with(".j2") &&
         written.find_first_not_of("0123456789.", at + 1) == std::string::npos;
}

}  // namespace assay::config
