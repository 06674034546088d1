#include "text/normalizer.h"

#include <fmt/format.h>

#include <assay/sdk/error.h>

#include "text/byte_level.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

std::string without_marks(std::string_view text) {
  std::string out;
  for (const char32_t c : to_code_points(text))
    if (!is_mark(c)) append_utf8(out, c);
  return out;
}

std::string strip(const std::string& text, bool left, bool right) {
  const std::u32string points = to_code_points(text);
  std::size_t begin = 0, end = points.size();
  while (left && begin < end && is_whitespace(points[begin])) ++begin;
  while (right && end > begin && is_whitespace(points[end - 1])) --end;
  return to_utf8(std::u32string_view(points).substr(begin, end - begin));
}

/// The clean-up of the SentencePiece-derived "Nmt" normaliser: control characters go, exotic spaces become spaces.
std::string nmt(const std::string& text) {
  std::string out;
  for (const char32_t c : to_code_points(text)) {
    const bool dropped = (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
                         c == 0x9F;
    const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    if (!dropped) append_utf8(out, space ? U' ' : c);
  }
  return out;
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string bert(std::string text, bool clean, bool chinese, bool accents, bool lower) {
  std::string out;
  for (const char32_t c : to_code_points(text)) {
    if (clean && (c == 0 || c == 0xFFFD || is_control(c))) continue;
    if (clean && is_whitespace(c)) {
      out += ' ';
    } else if (chinese && is_chinese(c)) {
      out += ' ';
      append_utf8(out, c);
      out += ' ';
    } else {
      append_utf8(out, c);
    }
  }
  if (accents) out = without_marks(normalize(out, NormalizationForm::nfd));
  return lower ? to_lower(out) : out;
}

}  // namespace

Normalizer::Normalizer(const Json& description) { add(description); }

void Normalizer::add(const Json& description) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  const auto form = [&](NormalizationForm which) {
    steps_.emplace_back([which](std::string text) { return normalize(text, which); });
  };
  if (type == "Sequence") {
    for (const Json& part : description.at("normalizers")) add(part);
  } else if (type == "NFC") {
    form(NormalizationForm::nfc);
  } else if (type == "NFD") {
    form(NormalizationForm::nfd);
  } else if (type == "NFKC") {
    form(NormalizationForm::nfkc);
  } else if (type == "NFKD") {
    form(NormalizationForm::nfkd);
  } else if (type == "Lowercase") {
    steps_.emplace_back([](std::string text) { return to_lower(text); });
  } else if (type == "StripAccents") {
    steps_.emplace_back([](std::string text) { return without_marks(text); });
  } else if (type == "Nmt") {
    steps_.emplace_back([](std::string text) { return nmt(text); });
  } else if (type == "ByteLevel") {
    steps_.emplace_back([](std::string text) { return to_byte_symbols(text); });
  } else if (type == "Strip") {
    const bool left = description.value("strip_left", true), right = description.value("strip_right", true);
    steps_.emplace_back([=](std::string text) { return strip(text, left, right); });
  } else if (type == "Prepend") {
    steps_.emplace_back([prefix = description.at("prepend").get<std::string>()](std::string text) {
      return text.empty() ? text : prefix + text;
    });
  } else if (type == "Replace") {
    steps_.emplace_back([pattern = pattern_of(description.at("pattern")),
                         content = description.at("content").get<std::string>()](std::string text) {
      return replace_all(text, pattern, content);
    });
  } else if (type == "BertNormalizer") {
    const bool lower = description.value("lowercase", true);
    const auto accents = description.find("strip_accents");
    const bool strip_accents = accents == description.end() || accents->is_null() ? lower : accents->get<bool>();
    const bool clean = description.value("clean_text", true), chinese = description.value("handle_chinese_chars", true);
    steps_.emplace_back(
        [=](std::string text) { return bert(std::move(text), clean, chinese, strip_accents, lower); });
  } else {
    throw BadInput(fmt::format("tokenizer.json: a normalizer of type '{}' is not known", type));
  }
}

std::string Normalizer::apply(std::string text) const {
  for (const Step& step : steps_) text = step(std::move(text));
  return text;
}

}  // namespace assay::text
