#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace llm_judge {

/// What may stand after a name, in order: whole numbers, "no" and "yes", or verdicts.
using Words = std::vector<std::string>;

/// Blanks at both ends left out.
std::string trimmed(std::string_view text);

/// Which of `words` a text is, whatever its case: it must be that word, or a number "of" the last one ("4/5"), and nothing
/// else but marks of emphasis and a full stop.
std::optional<std::size_t> word_of(std::string_view text, const Words& words);

/// What the last line that begins with `name` and a colon says, by its place among `words`; nothing where there is no such
/// line or it says something else. Marks of lists, headings and emphasis before the name do not count.
std::optional<std::size_t> read_line(std::string_view text, std::string_view name, const Words& words);

}  // namespace llm_judge
