#include "data/prompt_library.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "assay/sdk/error.h"
#include "data/prompt_file.h"

namespace assay::data {
namespace fs = std::filesystem;

bool lower_version(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view& text) {
    const std::string_view number = text.substr(0, text.find('.'));
    text.remove_prefix(std::min(text.size(), number.size() + 1));
    unsigned long value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return value;
  };
  while (!a.empty() && !b.empty()) {
    const auto first = next(a), second = next(b);
    if (first != second) return first < second;
  }
  return a.empty() && !b.empty();
}

PromptLibrary::PromptLibrary(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    looked_in_ += (looked_in_.empty() ? "" : " and ") + folder.string();
    if (!fs::is_directory(folder)) continue;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().extension() == ".j2") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    const std::size_t before = prompts_.size();
    for (const fs::path& file : files) {
      const auto about = read_prompt(file).about;
      if (!about) continue;
      const auto same = std::find_if(prompts_.begin(), prompts_.end(), [&](const LibraryPrompt& known) {
        return known.about.reference() == about->reference();
      });
      if (same == prompts_.end()) {
        prompts_.push_back({*about, file});
      } else if (same - prompts_.begin() >= static_cast<std::ptrdiff_t>(before)) {
        throw BadInput(fmt::format("{}:2:1: {} is {} already; raise the version of one", file.string(),
                                   same->file.string(), about->reference()));
      }
    }
  }
  std::sort(prompts_.begin(), prompts_.end(), [](const LibraryPrompt& a, const LibraryPrompt& b) {
    return a.about.name != b.about.name ? a.about.name < b.about.name : lower_version(a.about.version, b.about.version);
  });
}

const LibraryPrompt& PromptLibrary::find(const std::string& reference) const {
  const LibraryPrompt* found = nullptr;
  std::vector<std::string> known;
  for (const LibraryPrompt& prompt : prompts_) {
    known.push_back(prompt.about.reference());
    if (reference == prompt.about.reference() || reference == prompt.about.name) found = &prompt;
  }
  if (found != nullptr) return *found;
  throw BadInput(known.empty() ? fmt::format("there is no prompt {}: no prompts are in {}", reference, looked_in_)
                               : fmt::format("there is no prompt {} in {}; known: {}", reference, looked_in_,
                                             fmt::join(known, ", ")));
}

const std::set<std::string>& engine_variables() {
  static const std::set<std::string> names{"answer_prefix", "choices",  "fields", "input",
                                           "instruction",   "passages", "shots",  "system"};
  return names;
}

std::vector<std::string> variable_problems(const fs::path& file) {
  const PromptSource source = read_prompt(file);
  if (!source.about) return {};
  const std::set<std::string> used = prompt_variables(file);
  std::vector<std::string> declared, problems;
  for (const PromptVariable& variable : source.about->variables) declared.push_back(variable.name);
  const std::string at =
      fmt::format("{}:{}:{}", file.string(), source.about->variables_line, source.about->variables_column);
  for (const std::string& name : used) {
    if (std::find(declared.begin(), declared.end(), name) == declared.end()) {
      problems.push_back(fmt::format("{}: the prompt uses '{}', which `variables` does not declare; declared: {}", at,
                                     name, fmt::join(declared, ", ")));
    }
  }
  for (const std::string& name : declared) {
    if (!used.contains(name))
      problems.push_back(fmt::format("{}: `variables` declares '{}', which the prompt does not use", at, name));
  }
  return problems;
}

}  // namespace assay::data
