#include "text/graphemes.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <memory>

namespace assay::text {

std::vector<std::size_t> grapheme_ends(std::string_view text) {
  std::vector<std::size_t> ends;
  if (text.empty()) return ends;
  UErrorCode status = U_ZERO_ERROR;
  const auto close_text = [](UText* held) { utext_close(held); };
  const std::unique_ptr<UText, decltype(close_text)> held(
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status), close_text);
  // The root locale: what a character is does not depend on the machine's language.
  const auto close_iterator = [](UBreakIterator* iterator) { ubrk_close(iterator); };
  const std::unique_ptr<UBreakIterator, decltype(close_iterator)> breaks(
      ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &status), close_iterator);
  if (U_SUCCESS(status)) ubrk_setUText(breaks.get(), held.get(), &status);
  if (U_FAILURE(status)) throw Error(fmt::format("ICU cannot find the characters of a text: {}", u_errorName(status)));
  for (auto at = ubrk_next(breaks.get()); at != UBRK_DONE; at = ubrk_next(breaks.get()))
    ends.push_back(static_cast<std::size_t>(at));
  return ends;
}

}  // namespace assay::text
