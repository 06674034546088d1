#include "text/normalizer.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

#include "text/byte_level.h"
#include "text/frozen_unicode.h"
#include "text/pattern.h"
#include "text/precompiled_map.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

/// Drops every character that `keep` refuses.
template <typename Keep>
std::string filter(std::string_view text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (keep(next_code_point(text, at))) out.append(text, begin, at - begin);
  }
  return out;
}

/// Rewrites every character by `append(out, c)`.
template <typename Append>
std::string map(std::string_view text, Append append) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append(out, next_code_point(text, at));
  return out;
}

std::string strip(std::string_view text, bool left, bool right) {
  const std::u32string points = to_code_points(text);
  std::size_t begin = 0, end = points.size();
  while (left && begin < end && is_whitespace(points[begin])) ++begin;
  while (right && end > begin && is_whitespace(points[end - 1])) --end;
  return to_utf8(std::u32string_view(points).substr(begin, end - begin));
}

/// The clean-up that SentencePiece calls "nmt": control characters go, exotic spaces become spaces.
std::string nmt(std::string_view text) {
  const std::string kept = filter(text, [](char32_t c) {
    return !((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F);
  });
  return map(kept, [](std::string& out, char32_t c) {
    const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                       (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
                       c == 0xFFFD;
    append_utf8(out, space ? U' ' : c);
  });
}

void replace(Normalized& stretch, const Regex& pattern, std::string_view content) {
  if (stretch.origin > 0) {
    // A replacement stands where the last byte of what it replaces stood.
    const auto match = pattern.find(stretch.text);
    const bool taken = match && match->begin == 0 && match->end > stretch.origin;
    stretch.origin = taken ? 0 : replace_all(stretch.text.substr(0, stretch.origin), pattern, content).size();
  }
  stretch.text = replace_all(stretch.text, pattern, content);
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

struct BertOptions {
  bool clean, chinese, accents, lower;
};

std::string bert(std::string text, const BertOptions& options) {
  if (options.clean) {
    text = filter(text, [](char32_t c) { return c != 0 && c != 0xFFFD && !is_bert_control(c); });
    text = map(text, [](std::string& out, char32_t c) { append_utf8(out, is_whitespace(c) ? U' ' : c); });
  }
  if (options.chinese)
    text = map(text, [](std::string& out, char32_t c) {
      if (is_chinese(c)) out += ' ';
      append_utf8(out, c);
      if (is_chinese(c)) out += ' ';
    });
  if (options.accents)
    text = filter(normalize_frozen(text, NormalizationForm::nfd), [](char32_t c) { return !is_bert_accent(c); });
  return options.lower ? lower_each(text) : text;
}

}  // namespace

Normalizer::Normalizer(const Json& description) { add(description); }

void Normalizer::add(const Json& description) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  const auto form = [&](NormalizationForm which) {
    add_step([which](const std::string& text) { return normalize_frozen(text, which); });
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
    add_step(lower_each);
  } else if (type == "StripAccents") {
    add_step([](const std::string& text) { return filter(text, [](char32_t c) { return !is_accent(c); }); });
  } else if (type == "Nmt") {
    add_step(nmt);
  } else if (type == "ByteLevel") {
    add_step(to_byte_symbols);
  } else if (type == "Strip") {
    const bool left = description.value("strip_left", true), right = description.value("strip_right", true);
    add_step([=](const std::string& text) { return strip(text, left, right); });
  } else if (type == "Prepend") {
    add_step([prefix = description.at("prepend").get<std::string>()](const std::string& text) {
      return text.empty() ? text : prefix + text;
    });
  } else if (type == "Replace") {
    steps_.emplace_back([pattern = pattern_of(description.at("pattern")),
                         content = description.at("content").get<std::string>()](Normalized& stretch) {
      replace(stretch, pattern, content);
    });
  } else if (type == "Precompiled") {
    // A table may be absent: SentencePiece writes none for its "identity" normalisation.
    const auto table = description.find("precompiled_charsmap");
    if (table == description.end() || table->is_null() || table->get_ref<const std::string&>().empty()) return;
    steps_.emplace_back([map = PrecompiledMap(table->get_ref<const std::string&>())](Normalized& stretch) {
      const std::size_t origin = map.apply(stretch.text.substr(0, stretch.origin)).size();
      stretch.text = map.apply(stretch.text);
      // Hugging Face forgets that a beginning was dropped: what follows takes its place.
      if (stretch.origin > 0) stretch.origin = std::min(std::max<std::size_t>(origin, 1), stretch.text.size());
    });
  } else if (type == "BertNormalizer") {
    const bool lower = description.value("lowercase", true);
    const auto accents = description.find("strip_accents");
    const BertOptions options{
        .clean = description.value("clean_text", true),
        .chinese = description.value("handle_chinese_chars", true),
        .accents = accents == description.end() || accents->is_null() ? lower : accents->get<bool>(),
        .lower = lower};
    add_step([options](const std::string& text) { return bert(text, options); });
  } else {
    throw BadInput(fmt::format("tokenizer.json: a normalizer of type '{}' is not known", type));
  }
}

void Normalizer::add_step(Rewriting rewriting) {
  steps_.emplace_back([rewriting = std::move(rewriting)](Normalized& stretch) {
    // Every rewriting but a replacement goes character by character, or nearly: what becomes of the beginning by itself
    // is what stems from it.
    const std::size_t origin = stretch.origin > 0 ? rewriting(stretch.text.substr(0, stretch.origin)).size() : 0;
    stretch.text = rewriting(stretch.text);
    stretch.origin = std::min(origin, stretch.text.size());
  });
}

Normalized Normalizer::apply(Normalized stretch) const {
  for (const Step& step : steps_) step(stretch);
  return stretch;
}

}  // namespace assay::text
