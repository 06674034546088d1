#include "text/pattern.h"

#include "text/oniguruma.h"

namespace assay::text {

Regex pattern_of(const Json& pattern) {
  if (pattern.is_string()) return Regex::literal(pattern.get<std::string>());
  if (pattern.contains("String")) return Regex::literal(pattern.at("String").get<std::string>());
  return Regex(from_oniguruma(pattern.at("Regex").get<std::string>()));
}

std::string replace_all(std::string_view text, const Regex& pattern, std::string_view content) {
  std::string out;
  std::size_t done = 0;
  pattern.each_or_empty(text, [&](Span match) {
    out.append(text, done, match.begin - done);
    out += content;
    done = match.end;
  });
  out.append(text, done);
  return out;
}

}  // namespace assay::text
