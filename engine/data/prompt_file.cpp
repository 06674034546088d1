#include "data/prompt_file.h"

#include <fstream>
#include <set>
#include <sstream>

#include "assay/sdk/error.h"
#include "text/jinja/template.h"

namespace assay::data {
namespace fs = std::filesystem;

std::optional<std::string> read_prompt_file(const fs::path& folder, const std::string& name) {
  const fs::path relative = fs::path(name).lexically_normal();
  if (relative.is_absolute() || relative.empty() || *relative.begin() == "..") {
    throw BadInput("prompt files may use only files of their own folder, not '" + name + "'");
  }
  std::ifstream file(folder / relative, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> prompt_file_names(const fs::path& file) {
  const fs::path folder = file.parent_path();
  const std::string name = file.filename().string();
  const auto source = read_prompt_file(folder, name);
  if (!source) throw BadInput("there is no prompt file " + file.string());
  text::Template::Options options;
  options.strict = true;
  options.name = file.string();
  options.loader = [folder](std::string_view included) { return read_prompt_file(folder, std::string(included)); };
  std::set<std::string> names = text::Template::parse(*source, std::move(options)).referenced_templates();
  names.insert(name);
  return {names.begin(), names.end()};
}

}  // namespace assay::data
