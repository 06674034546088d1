#pragma once
#include <span>
#include <string>
#include <string_view>

#include "text/unicode.h"

/// Properties of characters as the libraries inside Hugging Face's tokenizers know them, each frozen at the version of
/// Unicode that it was written for (8 to 17). What a text becomes must not depend on this machine's Unicode, so these
/// differ on purpose from text/unicode.h. Found by asking tokenizers 0.23 about every code point. Pure functions.
namespace assay::text {

/// Characters that became known after Unicode 14, which is PCRE2's here, up to Unicode 16, which is Oniguruma's.
struct NewerCharacters {
  char32_t first, last;
  std::string_view category;  ///< two letters, or one where only the major class is known
};
std::span<const NewerCharacters> newer_characters();

bool is_split_punctuation(char32_t c);  ///< ASCII's symbols, and P* of Unicode 8
bool is_split_number(char32_t c);       ///< Nd, Nl, No
bool is_split_word(char32_t c);         ///< what \w matches: alphabetic, M*, Nd, Pc, the two joiners
bool is_bert_control(char32_t c);       ///< Cc, Cf, Co of Unicode 8, without tab, line feed and carriage return
bool is_bert_accent(char32_t c);        ///< Mn of Unicode 8
bool is_accent(char32_t c);             ///< M* of Unicode 9

/// Normalisation of Unicode 11.
std::string normalize_frozen(std::string_view text, NormalizationForm form);

/// Each character by itself: a final sigma is like any other.
std::string lower_each(std::string_view text);

}  // namespace assay::text
