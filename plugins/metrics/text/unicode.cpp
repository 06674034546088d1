#include "text/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/utf8.h>

#include <stdexcept>

namespace metric_text {

std::u32string decoded(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), at, size, c);
    points += static_cast<char32_t>(c);
  }
  return points;
}

std::string encoded(std::u32string_view points) {
  std::string text;
  text.reserve(points.size());
  for (const char32_t c : points) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(c));
    text.append(bytes, static_cast<std::size_t>(length));
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                            status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("lower-casing failed: ") + u_errorName(status));
  return out;
}

std::vector<std::u32string_view> words(std::u32string_view text) {
  std::vector<std::u32string_view> list;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    list.push_back(text.substr(start, at - start));
  }
  return list;
}

std::vector<std::string> words(std::string_view text) {
  const std::u32string points = decoded(text);
  std::vector<std::string> list;
  for (const std::u32string_view word : words(points)) list.push_back(encoded(word));
  return list;
}

}  // namespace metric_text
