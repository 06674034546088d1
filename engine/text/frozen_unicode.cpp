#include "text/frozen_unicode.h"

#include <assay/sdk/error.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include <algorithm>
#include <array>

namespace assay::text {
namespace {

constexpr auto newer = std::to_array<NewerCharacters>(
    {{0x897, 0x897, "M"},      {0xCF3, 0xCF3, "M"},      {0xECE, 0xECE, "M"},      {0x1B4E, 0x1B4F, "P"},
     {0x1B7F, 0x1B7F, "P"},    {0x1C89, 0x1C89, "Lu"},   {0x1C8A, 0x1C8A, "Ll"},   {0x2427, 0x2429, "S"},
     {0x2FFC, 0x2FFF, "S"},    {0x31E4, 0x31E5, "S"},    {0x31EF, 0x31EF, "S"},    {0xA7CB, 0xA7CC, "Lu"},
     {0xA7CD, 0xA7CD, "Ll"},   {0xA7DA, 0xA7DA, "Lu"},   {0xA7DB, 0xA7DB, "Ll"},   {0xA7DC, 0xA7DC, "Lu"},
     {0x105C0, 0x105F3, "Lo"}, {0x10D40, 0x10D49, "Nd"}, {0x10D4A, 0x10D4D, "Lo"}, {0x10D4E, 0x10D4E, "Lm"},
     {0x10D4F, 0x10D4F, "Lo"}, {0x10D50, 0x10D65, "Lu"}, {0x10D69, 0x10D6D, "M"},  {0x10D6E, 0x10D6E, "P"},
     {0x10D6F, 0x10D6F, "Lm"}, {0x10D70, 0x10D85, "Ll"}, {0x10D8E, 0x10D8F, "S"},  {0x10EC2, 0x10EC4, "Lo"},
     {0x10EFC, 0x10EFF, "M"},  {0x1123F, 0x11240, "Lo"}, {0x11241, 0x11241, "M"},  {0x11380, 0x11389, "Lo"},
     {0x1138B, 0x1138B, "Lo"}, {0x1138E, 0x1138E, "Lo"}, {0x11390, 0x113B5, "Lo"}, {0x113B7, 0x113B7, "Lo"},
     {0x113B8, 0x113C0, "M"},  {0x113C2, 0x113C2, "M"},  {0x113C5, 0x113C5, "M"},  {0x113C7, 0x113CA, "M"},
     {0x113CC, 0x113D0, "M"},  {0x113D1, 0x113D1, "Lo"}, {0x113D2, 0x113D2, "M"},  {0x113D3, 0x113D3, "Lo"},
     {0x113D4, 0x113D5, "P"},  {0x113D7, 0x113D8, "P"},  {0x113E1, 0x113E2, "M"},  {0x116D0, 0x116E3, "Nd"},
     {0x11B00, 0x11B09, "P"},  {0x11BC0, 0x11BE0, "Lo"}, {0x11BE1, 0x11BE1, "P"},  {0x11BF0, 0x11BF9, "Nd"},
     {0x11F00, 0x11F01, "M"},  {0x11F02, 0x11F02, "Lo"}, {0x11F03, 0x11F03, "M"},  {0x11F04, 0x11F10, "Lo"},
     {0x11F12, 0x11F33, "Lo"}, {0x11F34, 0x11F3A, "M"},  {0x11F3E, 0x11F42, "M"},  {0x11F43, 0x11F4F, "P"},
     {0x11F50, 0x11F59, "Nd"}, {0x11F5A, 0x11F5A, "M"},  {0x1342F, 0x1342F, "Lo"}, {0x13440, 0x13440, "M"},
     {0x13441, 0x13446, "Lo"}, {0x13447, 0x13455, "M"},  {0x13460, 0x143FA, "Lo"}, {0x16100, 0x1611D, "Lo"},
     {0x1611E, 0x1612F, "M"},  {0x16130, 0x16139, "Nd"}, {0x16D40, 0x16D42, "Lm"}, {0x16D43, 0x16D6A, "Lo"},
     {0x16D6B, 0x16D6C, "Lm"}, {0x16D6D, 0x16D6F, "P"},  {0x16D70, 0x16D79, "Nd"}, {0x18CFF, 0x18CFF, "Lo"},
     {0x1B132, 0x1B132, "Lo"}, {0x1B155, 0x1B155, "Lo"}, {0x1CC00, 0x1CCEF, "S"},  {0x1CCF0, 0x1CCF9, "Nd"},
     {0x1CD00, 0x1CEB3, "S"},  {0x1D2C0, 0x1D2D3, "N"},  {0x1DF25, 0x1DF2A, "Ll"}, {0x1E030, 0x1E06D, "Lm"},
     {0x1E08F, 0x1E08F, "M"},  {0x1E4D0, 0x1E4EA, "Lo"}, {0x1E4EB, 0x1E4EB, "Lm"}, {0x1E4EC, 0x1E4EF, "M"},
     {0x1E4F0, 0x1E4F9, "Nd"}, {0x1E5D0, 0x1E5ED, "Lo"}, {0x1E5EE, 0x1E5EF, "M"},  {0x1E5F0, 0x1E5F0, "Lo"},
     {0x1E5F1, 0x1E5FA, "Nd"}, {0x1E5FF, 0x1E5FF, "P"},  {0x1F6DC, 0x1F6DC, "S"},  {0x1F774, 0x1F776, "S"},
     {0x1F77B, 0x1F77F, "S"},  {0x1F7D9, 0x1F7D9, "S"},  {0x1F8B2, 0x1F8BB, "S"},  {0x1F8C0, 0x1F8C1, "S"},
     {0x1FA75, 0x1FA77, "S"},  {0x1FA87, 0x1FA89, "S"},  {0x1FA8F, 0x1FA8F, "S"},  {0x1FAAD, 0x1FAAF, "S"},
     {0x1FABB, 0x1FABF, "S"},  {0x1FAC6, 0x1FAC6, "S"},  {0x1FACE, 0x1FACF, "S"},  {0x1FADA, 0x1FADC, "S"},
     {0x1FADF, 0x1FADF, "S"},  {0x1FAE8, 0x1FAE9, "S"},  {0x1FAF7, 0x1FAF8, "S"},  {0x1FBCB, 0x1FBEF, "S"},
     {0x2B739, 0x2B739, "Lo"}, {0x2EBF0, 0x2EE5D, "Lo"}, {0x31350, 0x323AF, "Lo"}});

/// Capitals that became known after Unicode 15, and how far off their small letters are.
struct NewerCapitals {
  char32_t first, last;
  int distance;
};
constexpr auto newer_capitals = std::to_array<NewerCapitals>({{0x1C89, 0x1C89, 1},
                                                              {0xA7CB, 0xA7CB, -42343},
                                                              {0xA7CC, 0xA7CC, 1},
                                                              {0xA7CE, 0xA7CE, 1},
                                                              {0xA7D2, 0xA7D2, 1},
                                                              {0xA7D4, 0xA7D4, 1},
                                                              {0xA7DA, 0xA7DA, 1},
                                                              {0xA7DC, 0xA7DC, -42561},
                                                              {0x10D50, 0x10D65, 32},
                                                              {0x16EA0, 0x16EB8, 27}});

bool in_newer(char32_t c, std::string_view categories) {
  const auto found = std::ranges::upper_bound(newer, c, {}, &NewerCharacters::first);
  if (found == newer.begin()) return false;
  const NewerCharacters& range = *(found - 1);
  return c <= range.last && categories.find(range.category.front()) != std::string_view::npos;
}

uint32_t mask_of(char32_t c) { return U_GET_GC_MASK(static_cast<UChar32>(c)); }

bool known_in(char32_t c, int version) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && (age[0] < version || (age[0] == version && age[1] == 0));
}

bool one_of(char32_t c, std::initializer_list<char32_t> characters) {
  return std::ranges::find(characters, c) != characters.end();
}

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw Error(std::string("Unicode normalisation failed: ") + u_errorName(status));
}

const icu::Normalizer2& frozen(NormalizationForm form) {
  static const auto all = [] {
    UErrorCode status = U_ZERO_ERROR;
    static const icu::UnicodeSet known(u"[:age=11.0:]", status);
    check(status);
    const std::array<const icu::Normalizer2*, 4> newest = {
        icu::Normalizer2::getNFCInstance(status), icu::Normalizer2::getNFDInstance(status),
        icu::Normalizer2::getNFKCInstance(status), icu::Normalizer2::getNFKDInstance(status)};
    check(status);
    return std::array<icu::FilteredNormalizer2, 4>{
        icu::FilteredNormalizer2(*newest[0], known), icu::FilteredNormalizer2(*newest[1], known),
        icu::FilteredNormalizer2(*newest[2], known), icu::FilteredNormalizer2(*newest[3], known)};
  }();
  switch (form) {
    case NormalizationForm::nfc:
      return all[0];
    case NormalizationForm::nfd:
      return all[1];
    case NormalizationForm::nfkc:
      return all[2];
    case NormalizationForm::nfkd:
      return all[3];
  }
  throw Error("not a normalisation form");
}

}  // namespace

std::span<const NewerCharacters> newer_characters() { return newer; }

bool is_split_punctuation(char32_t c) {
  if (c < 0x80) return (c > 0x20 && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7F);
  return ((mask_of(c) & U_GC_P_MASK) != 0 && known_in(c, 8)) || one_of(c, {0x166D, 0x111C9});
}

bool is_split_number(char32_t c) {
  return (mask_of(c) & U_GC_N_MASK) != 0 || in_newer(c, "N") || (c >= 0x11DE0 && c <= 0x11DE9) ||
         (c >= 0x16FF4 && c <= 0x16FF6);
}

bool is_split_word(char32_t c) {
  constexpr uint32_t mask = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  if (u_isUAlphabetic(static_cast<UChar32>(c)) || (mask_of(c) & mask) != 0) return true;
  if (c == 0x200C || c == 0x200D) return true;
  return in_newer(c, "LMN") && !(c >= 0x1D2C0 && c <= 0x1D2D3);  // the last are numerals that are no digits
}

bool is_bert_control(char32_t c) {
  if (one_of(c, {'\t', '\n', '\r'})) return false;
  return (mask_of(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0 && known_in(c, 8);
}

bool is_bert_accent(char32_t c) {
  if (c == 0x1734) return true;
  return u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK && known_in(c, 8) &&
         !one_of(c, {0x1885, 0x1886, 0xA9BD, 0x111C9});
}

bool is_accent(char32_t c) {
  if (one_of(c, {0x1CF2, 0x1CF3})) return true;
  return (mask_of(c) & U_GC_M_MASK) != 0 && known_in(c, 9) && c != 0x111C9;
}

std::string normalize_frozen(std::string_view text, NormalizationForm form) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return std::string(text);
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  frozen(form).normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr,
                             status);
  check(status);
  return out;
}

std::string lower_each(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c == 0x130) {
      out += "i\u0307";
      continue;
    }
    const auto found = std::ranges::find_if(
        newer_capitals, [&](const NewerCapitals& range) { return c >= range.first && c <= range.last; });
    append_utf8(out, found != newer_capitals.end()
                         ? static_cast<char32_t>(static_cast<std::int64_t>(c) + found->distance)
                         : static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
  }
  return out;
}

}  // namespace assay::text
