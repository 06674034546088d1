#include "config/perturbations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/file_parameters.h"
#include "config/sources.h"

namespace assay::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamedLetters = 40;  // of an instruction, in a derived name

/// The first letters of a text on one line.
std::string beginning(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  std::size_t letters = 0, end = 0;
  for (; end < line.size() && letters <= kNamedLetters; ++end) {
    if ((static_cast<unsigned char>(line[end]) & 0xC0U) != 0x80U) ++letters;
  }
  if (letters > kNamedLetters) return line.substr(0, end - 1) + "…";
  return line.size() < text.size() ? line + "…" : line;
}

/// "case=lower, typos=0.05"
std::string derived_name(const Json& changes) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : changes.items()) {
    parts.push_back(
        key + "=" +
        (value.is_number() ? fmt::format("{:g}", value.get<double>()) : beginning(value.get<std::string>())));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// What the variant changes, so that two can be compared.
Json changes_of(Json written) {
  written.erase("name");
  return written;
}

Perturbation perturbation(const Json& written, const fs::path& folder, const Position& at) {
  Perturbation one;
  one.position = at;
  one.name = written.value("name", derived_name(changes_of(written)));
  one.instruction = written.value("instruction", "");
  one.choices = written.value("choices", ""), one.shots = written.value("shots", "");
  one.whitespace = written.value("whitespace", ""), one.letter_case = written.value("case", "");
  one.typos = written.value("typos", 0.0);
  if (written.contains("template")) {
    const std::string file = written["template"];
    one.template_file = is_prompt_reference(file) ? fs::path(file) : resolve(folder, file);
  }
  return one;
}

}  // namespace

std::vector<Perturbation> read_perturbations(const Node& root, const Json& document, const fs::path& folder,
                                             Problems& problems) {
  const Entry* section = root.find("perturb");
  if (!section) return {};
  std::vector<Perturbation> list;
  std::vector<Json> changes;
  for (std::size_t i = 0; i < section->value.items.size(); ++i) {
    const Node& item = section->value.items[i];
    const Json& written = document["perturb"][i];
    if (changes_of(written).empty()) {
      problems.add(item.at,
                   "a variant of 'perturb' that changes nothing; give it one of instruction, template, choices, shots, "
                   "whitespace, case, typos");
      continue;
    }
    Perturbation one = perturbation(written, folder, item.at);
    if (const Entry* file = item.find("template");
        file && !is_prompt_reference(file->value.text) && !fs::is_regular_file(one.template_file)) {
      problems.add(
          file->value.at,
          fmt::format("'perturb' names {}, which does not exist (paths are relative to the experiment's folder)",
                      file->value.text));
    }
    if (const auto same = std::find(changes.begin(), changes.end(), changes_of(written)); same != changes.end()) {
      const Perturbation& first = list[static_cast<std::size_t>(same - changes.begin())];
      problems.add(item.at, fmt::format("this variant of 'perturb' changes what the one in line {} does; leave one out",
                                        first.position.line));
    } else if (std::any_of(list.begin(), list.end(),
                           [&](const Perturbation& other) { return other.name == one.name; })) {
      problems.add(item.at,
                   fmt::format("two variants of 'perturb' are called '{}'; give one of them another `name`", one.name));
    }
    changes.push_back(changes_of(written));
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace assay::config
