#include "reading.h"

#include <algorithm>

namespace llm_judge {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kMarks = " \t\r*_#>-`";         // before a name: what Markdown puts there
constexpr std::string_view kEmphasis = " \t\r\n*_`.[]\"";  // around a value

std::string_view stripped(std::string_view text, std::string_view characters) {
  const auto begin = text.find_first_not_of(characters);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(characters) - begin + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// What follows "name:" at a line's beginning.
std::optional<std::string_view> after_name(std::string_view line, std::string_view name) {
  line.remove_prefix(std::min(line.find_first_not_of(kMarks), line.size()));
  if (!equal(line.substr(0, name.size()), name)) return std::nullopt;
  line.remove_prefix(name.size());
  line.remove_prefix(std::min(line.find_first_not_of(kMarks), line.size()));
  if (!line.starts_with(':')) return std::nullopt;
  return line.substr(1);
}

}  // namespace

std::string trimmed(std::string_view text) { return std::string(stripped(text, kBlanks)); }

std::optional<std::size_t> word_of(std::string_view text, const Words& words) {
  text = stripped(text, kEmphasis);
  if (const auto slash = text.find('/');
      slash != std::string_view::npos && stripped(text.substr(slash + 1), kBlanks) == words.back()) {
    text = stripped(text.substr(0, slash), kEmphasis);
  }
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const std::string& word) { return equal(text, word); });
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

std::optional<std::size_t> read_line(std::string_view text, std::string_view name, const Words& words) {
  std::optional<std::string_view> last;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto said = after_name(text.substr(0, end), name)) last = said;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return last ? word_of(*last, words) : std::nullopt;
}

}  // namespace llm_judge
