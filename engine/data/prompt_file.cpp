#include "data/prompt_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
  try {
    const auto prompt = text::Template::parse(*source, std::move(options));
    if (const auto missing = prompt.missing_templates(); !missing.empty()) {
      throw BadInput(fmt::format("{}: it uses {}, which {} not in its folder", file.string(), fmt::join(missing, ", "),
                                 missing.size() == 1 ? "is" : "are"));
    }
    std::set<std::string> names = prompt.referenced_templates();
    std::erase_if(names, [&](const std::string& included) { return !read_prompt_file(folder, included); });
    names.insert(name);
    return {names.begin(), names.end()};
  } catch (const text::TemplateError& error) {
    throw BadInput(error.what());
  }
}

std::string answer_problem(const std::string& answer) {
  text::Template::Options options;
  options.strict = true;
  options.name = "prompt.answer";
  try {
    for (const std::string& name : text::Template::parse(answer, std::move(options)).undeclared_variables()) {
      if (name != "target") return fmt::format("prompt.answer names '{}'; an answer is written from `target` alone", name);
    }
  } catch (const text::TemplateError& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::data
