#include "text/precompiled_map.h"

#include <assay/sdk/error.h>
#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "text/unicode.h"

namespace assay::text {
namespace {

constexpr std::size_t longest_replaced_cluster = 5;  // bytes

std::string from_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    int value = -1;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
      value = c - '0' + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    if (value < 0) throw BadInput("tokenizer.json: precompiled_charsmap is not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  return out;
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 4; i-- > 0;) word = word << 8 | static_cast<unsigned char>(bytes[at + i]);
  return word;
}

// A unit of the double array: a label of 8 bits, whether a value follows, and how far off its children are.
std::uint32_t label(std::uint32_t unit) { return unit & 0x800000FFU; }
bool has_value(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::size_t offset(std::uint32_t unit) { return std::size_t{unit >> 10} << ((unit & 0x200U) >> 6); }

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw Error(std::string("Unicode text segmentation failed: ") + u_errorName(status));
}

/// Calls `visit` for each grapheme cluster.
template <typename Visit>
void each_cluster(std::string_view text, Visit visit) {
  UErrorCode status = U_ZERO_ERROR;
  thread_local const std::unique_ptr<icu::BreakIterator> clusters(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  check(status);
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<int64_t>(text.size()), &status);
  clusters->setText(&source, status);
  check(status);
  std::size_t begin = 0;
  for (int32_t end = clusters->next(); end != icu::BreakIterator::DONE; end = clusters->next()) {
    visit(text.substr(begin, static_cast<std::size_t>(end) - begin));
    begin = static_cast<std::size_t>(end);
  }
  utext_close(&source);
}

}  // namespace

PrecompiledMap::PrecompiledMap(std::string_view base64) {
  const std::string bytes = from_base64(base64);
  const std::size_t size = bytes.size() < 4 ? 0 : word_at(bytes, 0);
  if (size == 0 || size % 4 != 0 || size > bytes.size() - 4)
    throw BadInput("tokenizer.json: precompiled_charsmap is cut short");
  for (std::size_t at = 4; at < 4 + size; at += 4) units_.push_back(word_at(bytes, at));
  replacements_ = bytes.substr(4 + size);
}

std::optional<std::string_view> PrecompiledMap::replacement(std::string_view part) const {
  std::size_t node = offset(units_[0]);
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) break;
    node ^= byte;
    if (node >= units_.size() || label(units_[node]) != byte) break;
    const std::uint32_t unit = units_[node];
    node ^= offset(unit);
    if (!has_value(unit) || node >= units_.size()) continue;
    const std::size_t at = units_[node] & 0x7FFFFFFFU;
    if (at >= replacements_.size()) break;
    return std::string_view(replacements_).substr(at, replacements_.find('\0', at) - at);
  }
  return std::nullopt;
}

std::string PrecompiledMap::apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  each_cluster(text, [&](std::string_view cluster) {
    if (cluster.size() <= longest_replaced_cluster) {
      if (const auto whole = replacement(cluster)) {
        out += *whole;
        return;
      }
    }
    for (std::size_t at = 0; at < cluster.size();) {
      const std::size_t begin = at;
      next_code_point(cluster, at);
      const std::string_view character = cluster.substr(begin, at - begin);
      out += replacement(character).value_or(character);
    }
  });
  return out;
}

}  // namespace assay::text
