#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::data {

/// A name that a prompt looks up when it is rendered.
struct PromptVariable {
  std::string name;
  bool required = false;  ///< whoever uses the prompt must give it a value
};

/// What a prompt file says of itself, in YAML between two lines `---` at its top:
///
///   ---
///   name: classification
///   version: 1
///   description: One of the dataset's choices for a text.
///   variables: {input: required, choices: required, instruction: optional, shots: optional}
///   output: label
///   ---
struct FrontMatter {
  std::string name;         ///< letters a-z, digits and _
  std::string version;      ///< whole numbers with dots between
  std::string description;  ///< one sentence
  std::vector<PromptVariable> variables;
  std::string output;                            ///< what the answer is: text | label | number | json
  int variables_line = 0, variables_column = 0;  ///< where they are declared, from 1

  /// name@version
  [[nodiscard]] std::string reference() const { return name + "@" + version; }
};

/// A prompt file's two parts.
struct PromptSource {
  std::optional<FrontMatter> about;
  std::string jinja;  ///< lines keep their numbers: in the place of front matter stands a comment as long
};

/// A text whose first line is `---` has front matter. `file` names it in errors.
/// @throws BadInput with file:line:column: no end, malformed YAML, a key that is absent, unknown, twice, or of another form.
PromptSource parse_prompt_source(std::string_view text, const std::string& file);

}  // namespace assay::data
