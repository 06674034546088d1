#include "slots.h"

#include <assay/sdk/json.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <set>

#include "text/unicode.h"

namespace slots {
namespace {

using Words = std::vector<std::string>;

/// Lower case; what is neither letter, mark nor number parts words.
Words words_of(const std::string& text) {
  std::u32string points = metric_text::decoded(metric_text::lower(text));
  for (char32_t& c : points) {
    const auto kept = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_SC_MASK;  // £20 is not 20
    if ((U_MASK(u_charType(static_cast<UChar32>(c))) & kept) == 0) c = U' ';
  }
  Words words;
  for (const std::u32string_view word : metric_text::words(points)) words.push_back(metric_text::encoded(word));
  return words;
}

struct Mention {
  std::size_t start, end;
  std::string value;
};

void find(const Words& text, const std::string& phrase, const std::string& value, std::vector<Mention>& mentions) {
  const Words words = words_of(phrase);
  if (words.empty()) return;
  for (auto at = text.begin();; ++at) {
    at = std::search(at, text.end(), words.begin(), words.end());
    if (at == text.end()) return;
    const auto start = static_cast<std::size_t>(at - text.begin());
    mentions.push_back({start, start + words.size(), value});
  }
}

/// The values that are meant: a mention inside a longer one is not.
std::set<std::string> meant(const std::vector<Mention>& mentions) {
  std::set<std::string> values;
  for (const Mention& one : mentions) {
    const bool inside = std::any_of(mentions.begin(), mentions.end(), [&](const Mention& other) {
      return other.start <= one.start && one.end <= other.end && other.end - other.start > one.end - one.start;
    });
    if (!inside) values.insert(one.value);
  }
  return values;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" ,");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Meaning read(const std::string& text) {
  Meaning meaning;
  const assay::Json json = assay::Json::parse(text, nullptr, false);
  if (json.is_object()) {
    for (const auto& [slot, value] : json.items())
      meaning[slot] = value.is_string() ? value.get<std::string>() : value.dump();
    return meaning;
  }
  for (std::size_t at = 0;;) {
    const std::size_t open = text.find('[', at), close = text.find(']', open);
    if (open == std::string::npos || close == std::string::npos) return meaning;
    if (const std::string slot = trimmed(text.substr(at, open - at)); !slot.empty())
      meaning[slot] = text.substr(open + 1, close - open - 1);
    at = close + 1;
  }
}

Errors errors(const std::string& text, const Meaning& meaning, const Phrases& phrases) {
  const Words words = words_of(text);
  Phrases all = phrases;
  for (const auto& [slot, value] : meaning) {
    auto& ways = all[slot][value];
    if (ways.empty()) ways.push_back(value);
  }
  Errors found;
  for (const auto& [slot, values] : all) {
    std::vector<Mention> mentions;
    for (const auto& [value, ways] : values) {
      for (const std::string& way : ways) find(words, way, value, mentions);
    }
    const std::set<std::string> said = meant(mentions);
    const auto wanted = meaning.find(slot);
    if (wanted == meaning.end()) {
      found.added += static_cast<double>(said.size());
    } else if (said.contains(wanted->second)) {
      found.added += static_cast<double>(said.size() - 1);
    } else if (said.empty()) {
      ++found.missing;
    } else {
      ++found.wrong;
      found.added += static_cast<double>(said.size() - 1);
    }
  }
  return found;
}

}  // namespace slots
