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

PromptSource read_prompt(const fs::path& file) {
  const auto text = read_prompt_file(file.parent_path(), file.filename().string());
  if (!text) throw BadInput(file.string() + ": the prompt file cannot be read");
  return parse_prompt_source(*text, file.string());
}

std::function<std::optional<std::string>(std::string_view)> prompt_loader(const fs::path& folder) {
  return [folder](std::string_view included) -> std::optional<std::string> {
    const auto text = read_prompt_file(folder, std::string(included));
    if (!text) return std::nullopt;
    return parse_prompt_source(*text, (folder / included).string()).jinja;
  };
}

text::Template open_prompt(const fs::path& file) {
  text::Template::Options options;
  options.strict = true;
  options.name = file.string();
  options.loader = prompt_loader(file.parent_path());
  return text::Template::parse(read_prompt(file).jinja, std::move(options));
}

std::vector<std::string> prompt_file_names(const fs::path& file) {
  const fs::path folder = file.parent_path();
  const std::string name = file.filename().string();
  try {
    const auto prompt = open_prompt(file);
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

std::set<std::string> prompt_variables(const fs::path& file) {
  std::set<std::string> used;
  for (const std::string& name : prompt_file_names(file))
    used.merge(open_prompt(file.parent_path() / name).undeclared_variables());
  return used;
}

std::set<std::string> jinja_variables(const std::string& text) {
  return text::Template::parse(text, {}).undeclared_variables();
}

std::string prompt_hash(const fs::path& file, FileHashes& hashes) {
  Json parts = Json::object();
  for (const std::string& name : prompt_file_names(file)) {
    parts[name == file.filename().string() ? "" : name] = hashes.hash(file.parent_path() / name);
  }
  return sha256(parts);
}

namespace {

/// What is wrong with a template of the experiment's that may name only `known`; `otherwise` explains.
std::string template_problem(const std::string& key, const std::string& source, const std::set<std::string>& known,
                             const std::string& otherwise) {
  text::Template::Options options;
  options.strict = true;
  options.name = key;
  try {
    for (const std::string& name : text::Template::parse(source, std::move(options)).undeclared_variables()) {
      if (!known.contains(name)) return fmt::format("{} names '{}'; {}", key, name, otherwise);
    }
  } catch (const text::TemplateError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

std::string answer_problem(const std::string& answer) {
  return template_problem("prompt.answer", answer, {"target", "fields"},
                          "an answer is written from `target` and `fields`");
}

std::string read_problem(const std::string& read) {
  return template_problem("prompt.read", read, {"output", "input", "fields"},
                          "an answer is read out of `output`, `input` and `fields`");
}

std::string jinja_problem(const std::string& name, const std::string& text) {
  text::Template::Options options;
  options.name = name;
  try {
    static_cast<void>(text::Template::parse(text, std::move(options)));
  } catch (const text::TemplateError& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::data
