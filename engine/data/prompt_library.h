#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/front_matter.h"

namespace assay::data {

/// A prompt that a library holds.
struct LibraryPrompt {
  FrontMatter about;
  std::filesystem::path file;
};

/// Prompt files with front matter, found by name@version in the folders of a library. What includes and parents are made
/// of (files without front matter) lies beside them.
class PromptLibrary {
 public:
  /// Reads the front matter of every *.j2 file of the folders; those that do not exist are empty. Of equal references
  /// in two folders the first folder's counts.
  /// @throws BadInput where front matter is malformed, or a folder has one reference twice.
  explicit PromptLibrary(const std::vector<std::filesystem::path>& folders);

  /// By name, then version.
  [[nodiscard]] const std::vector<LibraryPrompt>& prompts() const { return prompts_; }

  /// `reference` is name@version, or a name alone for its highest version.
  /// @throws BadInput with what there is.
  [[nodiscard]] const LibraryPrompt& find(const std::string& reference) const;

 private:
  std::vector<LibraryPrompt> prompts_;
  std::string looked_in_;
};

/// Whether `a` is the lower version, by numbers: 1.9 < 1.10.
bool lower_version(std::string_view a, std::string_view b);

/// What the engine gives every prompt; see run::Prompter.
const std::set<std::string>& engine_variables();

/// What is wrong with a prompt's declared variables: names that it, or what it includes or extends, looks up and does not
/// declare, and the other way round, each with its place. @throws BadInput where it is no template
std::vector<std::string> variable_problems(const std::filesystem::path& file);

}  // namespace assay::data
