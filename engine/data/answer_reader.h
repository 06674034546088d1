#pragma once
#include <memory>
#include <optional>
#include <string>

#include "assay/sdk/example.h"
#include "assay/sdk/json.h"

namespace assay::data {

/// Reads the answer out of what a model wrote. `how` is a value of `prompt.read` (docs/experiments.md has the words):
/// null for the default, a text for a Jinja template over `output`, `input` and `fields`, or an object with `as` (text,
/// first_line, label, number, json, pattern), `mode` (strict, lenient) and what belongs to one of them.
///
/// Strict takes an output that is the answer and nothing else but white space around it; lenient finds it in what stands
/// around it, and takes nothing where it could be two things.
class AnswerReader {
 public:
  /// @throws BadInput saying what is wrong with `how`: an unknown word, a pattern, pointer, schema or template that does
  /// not parse.
  explicit AnswerReader(const Json& how);
  ~AnswerReader();
  AnswerReader(AnswerReader&&) noexcept;

  /// Nothing where no answer can be read. @throws BadInput naming the template's place where it fails on this text.
  [[nodiscard]] std::optional<std::string> read(const std::string& output, const sdk::Input&) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// The choice that `text` names. Strict: it is one, but for white space around it. Lenient: it is one but for case, quotes
/// and punctuation around it; else just one choice stands in it, as whole words. Where one choice is a part of another
/// ("spam", "not spam") the longer counts.
std::optional<std::string> read_label(const std::string& text, const std::vector<std::string>& choices, bool strict);

/// A number, written plainly: no separators of thousands, no sign +, no zeros that say nothing ("1,250.0" is "1250").
/// Strict: `text` is one. Lenient: the last number in it.
std::optional<std::string> read_number(const std::string& text, bool strict);

/// A JSON document of at most 100 levels. Strict: `text` is one. Lenient: the first object or array in it.
std::optional<OrderedJson> read_json(const std::string& text, bool strict);

/// What is wrong with a value of `prompt.read`; empty when nothing is.
std::string reader_problem(const Json& how);

}  // namespace assay::data
