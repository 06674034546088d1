#include "text/normalizer.h"

#include <fmt/format.h>

#include <memory>

#include <assay/sdk/error.h>

#include "text/byte_level.h"
#include "text/frozen_unicode.h"
#include "text/pattern.h"
#include "text/precompiled_map.h"
#include "text/unicode.h"

namespace assay::text {
namespace {

/// Drops every character that `keep` refuses.
template <typename Keep>
void filter(Normalized& stretch, Keep keep) {
  std::string out;
  out.reserve(stretch.text.size());
  for (std::size_t at = 0; at < stretch.text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(stretch.text, at);
    if (keep(c))
      out.append(stretch.text, begin, at - begin);
    else if (begin == 0)
      stretch.first = false;
  }
  stretch.text = std::move(out);
}

/// Rewrites every character by `append(out, c)`.
template <typename Append>
void map(Normalized& stretch, Append append) {
  std::string out;
  out.reserve(stretch.text.size());
  for (std::size_t at = 0; at < stretch.text.size();) append(out, next_code_point(stretch.text, at));
  stretch.text = std::move(out);
}

void strip(Normalized& stretch, bool left, bool right) {
  const std::u32string points = to_code_points(stretch.text);
  std::size_t begin = 0, end = points.size();
  while (left && begin < end && is_whitespace(points[begin])) ++begin;
  while (right && end > begin && is_whitespace(points[end - 1])) --end;
  stretch.text = to_utf8(std::u32string_view(points).substr(begin, end - begin));
  stretch.first = stretch.first && begin == 0;
}

/// The clean-up that SentencePiece calls "nmt": control characters go, exotic spaces become spaces.
void nmt(Normalized& stretch) {
  filter(stretch, [](char32_t c) {
    return !((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F);
  });
  map(stretch, [](std::string& out, char32_t c) {
    const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    append_utf8(out, space ? U' ' : c);
  });
}

void replace(Normalized& stretch, const Regex& pattern, std::string_view content) {
  // A replacement stands where the last byte of what it replaces stood.
  const auto match = stretch.text.empty() ? std::nullopt : pattern.find(stretch.text);
  if (match && match->begin == 0 && match->size() > 0) {
    std::size_t first = 0;
    next_code_point(stretch.text, first);
    stretch.first = stretch.first && match->size() == first && !content.empty();
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

void bert(Normalized& stretch, const BertOptions& options) {
  if (options.clean) {
    filter(stretch, [](char32_t c) { return c != 0 && c != 0xFFFD && !is_bert_control(c); });
    map(stretch, [](std::string& out, char32_t c) { append_utf8(out, is_whitespace(c) ? U' ' : c); });
  }
  if (options.chinese)
    map(stretch, [](std::string& out, char32_t c) {
      if (is_chinese(c)) out += ' ';
      append_utf8(out, c);
      if (is_chinese(c)) out += ' ';
    });
  if (options.accents) {
    stretch.text = normalize_frozen(stretch.text, NormalizationForm::nfd);
    filter(stretch, [](char32_t c) { return !is_bert_accent(c); });
  }
  if (options.lower) stretch.text = lower_each(stretch.text);
}

}  // namespace

Normalizer::Normalizer(const Json& description) { add(description); }

void Normalizer::add(const Json& description) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  const auto form = [&](NormalizationForm which) {
    steps_.emplace_back([which](Normalized& stretch) { stretch.text = normalize_frozen(stretch.text, which); });
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
    steps_.emplace_back([](Normalized& stretch) { stretch.text = lower_each(stretch.text); });
  } else if (type == "StripAccents") {
    steps_.emplace_back([](Normalized& stretch) { filter(stretch, [](char32_t c) { return !is_accent(c); }); });
  } else if (type == "Nmt") {
    steps_.emplace_back(nmt);
  } else if (type == "ByteLevel") {
    steps_.emplace_back([](Normalized& stretch) { stretch.text = to_byte_symbols(stretch.text); });
  } else if (type == "Strip") {
    const bool left = description.value("strip_left", true), right = description.value("strip_right", true);
    steps_.emplace_back([=](Normalized& stretch) { strip(stretch, left, right); });
  } else if (type == "Prepend") {
    steps_.emplace_back([prefix = description.at("prepend").get<std::string>()](Normalized& stretch) {
      if (!stretch.text.empty()) stretch.text.insert(0, prefix);
    });
  } else if (type == "Replace") {
    steps_.emplace_back(
        [pattern = pattern_of(description.at("pattern")), content = description.at("content").get<std::string>()](
            Normalized& stretch) { replace(stretch, pattern, content); });
  } else if (type == "Precompiled") {
    // A table may be absent: SentencePiece writes none for its "identity" normalisation.
    const auto table = description.find("precompiled_charsmap");
    if (table == description.end() || table->is_null() || table->get_ref<const std::string&>().empty()) return;
    steps_.emplace_back([map = std::make_shared<const PrecompiledMap>(table->get_ref<const std::string&>())](
                            Normalized& stretch) { stretch.text = map->apply(stretch.text); });
  } else if (type == "BertNormalizer") {
    const bool lower = description.value("lowercase", true);
    const auto accents = description.find("strip_accents");
    const BertOptions options{
        .clean = description.value("clean_text", true),
        .chinese = description.value("handle_chinese_chars", true),
        .accents = accents == description.end() || accents->is_null() ? lower : accents->get<bool>(),
        .lower = lower};
    steps_.emplace_back([options](Normalized& stretch) { bert(stretch, options); });
  } else {
    throw BadInput(fmt::format("tokenizer.json: a normalizer of type '{}' is not known", type));
  }
}

Normalized Normalizer::apply(Normalized stretch) const {
  for (const Step& step : steps_) step(stretch);
  return stretch;
}

}  // namespace assay::text
