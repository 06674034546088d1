#include "data/front_matter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "assay/sdk/error.h"

namespace assay::data {
namespace {

const std::vector<std::string> kKeys{"name", "version", "description", "variables", "output"};
const std::vector<std::string> kOutputs{"text", "label", "number", "json"};

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

bool consists_of(const std::string& text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string::npos;
}

/// Reads the YAML; the file's first line is not part of it.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  FrontMatter read(const std::string& yaml) {
    YAML::Node root;
    try {
      root = YAML::Load(yaml);
    } catch (const YAML::Exception& error) {
      refuse(error.mark, error.msg);
    }
    if (!root.IsMap()) refuse(root.IsDefined() ? root.Mark() : YAML::Mark(), "front matter is a map of " + keys());
    std::set<std::string> seen;
    FrontMatter about;
    for (const auto& entry : root) {
      const std::string key = scalar(entry.first, "a key of front matter");
      if (!contains(kKeys, key))
        refuse(entry.first.Mark(), fmt::format("unknown key '{}' in front matter; known: {}", key, keys()));
      if (!seen.insert(key).second) refuse(entry.first.Mark(), fmt::format("the key '{}' stands twice", key));
      if (key == "variables") {
        about.variables = variables(entry.second);
        about.variables_line = line(entry.first.Mark()), about.variables_column = entry.first.Mark().column + 1;
      } else {
        take(key, entry.second, about);
      }
    }
    for (const std::string& key : kKeys) {
      if (!seen.contains(key)) refuse(root.Mark(), fmt::format("front matter has no '{}'; it needs {}", key, keys()));
    }
    return about;
  }

 private:
  static std::string keys() { return fmt::format("{}", fmt::join(kKeys, ", ")); }
  static int line(const YAML::Mark& mark) { return mark.line + 2; }

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& problem) const {
    if (mark.is_null()) throw BadInput(fmt::format("{}:2:1: {}", file_, problem));
    throw BadInput(fmt::format("{}:{}:{}: {}", file_, line(mark), mark.column + 1, problem));
  }

  std::string scalar(const YAML::Node& node, const std::string& what) const {
    if (!node.IsScalar() || node.Scalar().empty()) refuse(node.Mark(), fmt::format("{} must be a text", what));
    return node.Scalar();
  }

  void take(const std::string& key, const YAML::Node& value, FrontMatter& about) const {
    const std::string text = scalar(value, fmt::format("'{}'", key));
    if (key == "name") {
      if (!consists_of(text, "abcdefghijklmnopqrstuvwxyz0123456789_")) {
        refuse(value.Mark(), fmt::format("'name' consists of the letters a-z, digits and _, found '{}'", text));
      }
      about.name = text;
    } else if (key == "version") {
      if (!consists_of(text, "0123456789.") || text.front() == '.' || text.back() == '.' ||
          text.find("..") != std::string::npos) {
        refuse(value.Mark(), fmt::format("'version' is a number such as 1 or 1.2, found '{}'", text));
      }
      about.version = text;
    } else if (key == "description") {
      about.description = text;
    } else {
      if (!contains(kOutputs, text))
        refuse(value.Mark(), fmt::format("'output' is one of {}, found '{}'", fmt::join(kOutputs, ", "), text));
      about.output = text;
    }
  }

  std::vector<PromptVariable> variables(const YAML::Node& node) const {
    if (!node.IsMap()) refuse(node.Mark(), "'variables' is a map of names to `required` or `optional`");
    std::vector<PromptVariable> list;
    for (const auto& entry : node) {
      const std::string name = scalar(entry.first, "a variable's name");
      const std::string need = scalar(entry.second, fmt::format("'variables.{}'", name));
      if (need != "required" && need != "optional") {
        refuse(entry.second.Mark(), fmt::format("'variables.{}' is `required` or `optional`, found '{}'", name, need));
      }
      if (std::any_of(list.begin(), list.end(), [&](const PromptVariable& known) { return known.name == name; })) {
        refuse(entry.first.Mark(), fmt::format("the variable '{}' stands twice", name));
      }
      list.push_back({name, need == "required"});
    }
    return list;
  }

  const std::string& file_;
};

/// The line that begins at `at`, without its end.
std::string_view line_at(std::string_view text, std::size_t at) {
  std::string_view line = text.substr(at, text.find('\n', at) - at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

PromptSource parse_prompt_source(std::string_view text, const std::string& file) {
  if (line_at(text, 0) != "---") return {std::nullopt, std::string(text)};
  const std::size_t begin = std::min(text.find('\n'), text.size() - 1) + 1;
  for (std::size_t at = begin; at < text.size();) {
    const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (line_at(text, at) == "---") {
      PromptSource source;
      source.about = Reader(file).read(std::string(text.substr(begin, at - begin)));
      const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      // trim_blocks takes the line's end after a comment away.
      source.jinja = "{#" + std::string(static_cast<std::size_t>(lines), '\n') +
                     (text[next - 1] == '\n' ? "#}\n" : "#}") + std::string(text.substr(next));
      return source;
    }
    at = next;
  }
  throw BadInput(fmt::format("{}:1:1: front matter begins with `---` and has no end: a line `---` is missing", file));
}

}  // namespace assay::data
