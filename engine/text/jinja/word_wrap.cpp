#include <algorithm>

#include "text/jinja/filters.h"
#include "text/jinja/python_text.h"
#include "text/regex.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr std::u32string_view spaces = U"\t\n\v\f\r ";

/// Where a line may be cut: runs of white space, words, and inside words after hyphens between letters and at dashes.
const Regex& pieces_with_hyphens() {
  static const Regex pattern(
      R"([\t\n\x0b\f\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\x0b\f\r ]+?)"
      R"((?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])|(?=[\t\n\x0b\f\r ]|\z)|(?<=[\w!"'&.,?])(?=-{2,}\w)))");
  return pattern;
}

const Regex& pieces_at_spaces() {
  static const Regex pattern(R"([\t\n\x0b\f\r ]+|[^\t\n\x0b\f\r ]+)");
  return pattern;
}

bool is_blank(const std::u32string& piece) { return piece.find_first_not_of(spaces) == std::u32string::npos; }

}  // namespace

std::vector<std::string> wrapped(std::string_view line, std::size_t width, bool break_long_words,
                                 bool break_on_hyphens) {
  std::vector<std::u32string> pieces;
  (break_on_hyphens ? pieces_with_hyphens() : pieces_at_spaces()).each(line, [&](Span span) {
    pieces.push_back(to_code_points(line.substr(span.begin, span.size())));
  });
  std::ranges::reverse(pieces);
  std::vector<std::string> lines;
  while (!pieces.empty()) {
    std::vector<std::u32string> row;
    std::size_t length = 0;
    if (!lines.empty() && is_blank(pieces.back())) pieces.pop_back();
    while (!pieces.empty() && length + pieces.back().size() <= width) {
      length += pieces.back().size();
      row.push_back(std::move(pieces.back()));
      pieces.pop_back();
    }
    if (!pieces.empty() && pieces.back().size() > width) {
      std::u32string& word = pieces.back();
      if (break_long_words) {
        std::size_t cut = width - length;
        if (break_on_hyphens && cut > 0) {
          const std::size_t hyphen = word.rfind(U'-', cut - 1);
          if (hyphen != std::u32string::npos && hyphen > 0 &&
              word.substr(0, hyphen).find_first_not_of(U'-') != std::u32string::npos)
            cut = hyphen + 1;
        }
        row.push_back(word.substr(0, cut));
        word.erase(0, cut);
      } else if (row.empty()) {
        row.push_back(std::move(word));
        pieces.pop_back();
      }
    }
    if (!row.empty() && is_blank(row.back())) row.pop_back();
    if (row.empty()) continue;
    std::string text;
    for (const std::u32string& piece : row) text += to_utf8(piece);
    lines.push_back(std::move(text));
  }
  return lines;
}

}  // namespace assay::text::jinja
