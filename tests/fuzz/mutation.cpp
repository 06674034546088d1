#include "fuzz/mutation.h"

#include <algorithm>
#include <cctype>
#include <limits>

namespace assay::fuzz {
namespace {

const std::vector<std::string>& numbers() {
  // clang-format off
  static const std::vector<std::string> list = {
      "0",          "-1",         "1",           "2",      "255",   "256",      "65536",  "2147483647", "2147483648",
      "4294967296", "1000000000", "-2147483648", "1e308",  "-0.0",  "1e-320",   "0.5",    "1e999",      "9223372036854775807",
      "NaN",        "Infinity",   "0x10",        "007",    "100000", "1e9",     "-9223372036854775808", "18446744073709551615"};
  // clang-format on
  return list;
}

struct Stretch {
  std::size_t begin = 0, size = 0;
};

Stretch stretch(const std::string& text, Random& random) {
  if (text.empty()) return {};
  const std::size_t begin = below(random, text.size());
  const std::size_t longest = below(random, 4) == 0 ? text.size() : std::min<std::size_t>(text.size(), 24);
  return {begin, 1 + below(random, std::min(longest, text.size() - begin))};
}

void replace_number(std::string& text, Random& random) {
  const std::size_t from = below(random, text.size());
  const auto digit = [&](std::size_t i) { return std::isdigit(static_cast<unsigned char>(text[i])) != 0; };
  for (std::size_t i = from; i < text.size(); ++i) {
    if (!digit(i)) continue;
    std::size_t end = i;
    while (end < text.size() && digit(end)) ++end;
    text.replace(i, end - i, one_of(numbers(), random));
    return;
  }
}

/// All places of a document, the document itself first.
void places(Json& value, std::vector<Json*>& all) {
  all.push_back(&value);
  if (value.is_structured())
    for (Json& inner : value) places(inner, all);
}

Json strange_value(Random& random) {
  switch (below(random, 12)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return -1;
    case 3:
      return static_cast<std::int64_t>(random() % 1000);
    case 4:
      return std::numeric_limits<std::int64_t>::max();
    case 5:
      return std::numeric_limits<std::uint64_t>::max();
    case 6:
      return std::int64_t{1} << (random() % 63);
    case 7:
      return 1e300;
    case 8:
      return "";
    case 9:
      return std::string(below(random, 300), 'a');
    case 10:
      return Json::array();
    default:
      return Json::object();
  }
}

}  // namespace

std::string mutate(std::string text, const std::string& other, const std::vector<std::string>& words, Random& random) {
  if (text.empty()) return other;
  const std::size_t at = below(random, text.size());
  const Stretch part = stretch(text, random);
  switch (below(random, 12)) {
    case 0:
      text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      text[at] = static_cast<char>(random());
      break;
    case 2:
      text.insert(at, 1 + below(random, 4), static_cast<char>(random()));
      break;
    case 3:
      text.erase(part.begin, part.size);
      break;
    case 4:
      text.insert(at, std::string(text, part.begin, part.size));
      break;
    case 5: {
      const std::string moved(text, part.begin, part.size);
      text.erase(part.begin, part.size);
      text.insert(std::min(at, text.size()), moved);
      break;
    }
    case 6: {
      const std::string again(text, part.begin, std::min<std::size_t>(part.size, 8));
      for (std::size_t i = below(random, 400); i > 0; --i) text.insert(part.begin, again);
      break;
    }
    case 7:
      text.resize(at);
      break;
    case 8:
      replace_number(text, random);
      break;
    case 9:
      text = text.substr(0, at) + other.substr(other.empty() ? 0 : below(random, other.size()));
      break;
    case 10:
      if (!other.empty()) {
        const Stretch taken = stretch(other, random);
        text.replace(part.begin, part.size, other, taken.begin, taken.size);
        break;
      }
      [[fallthrough]];
    default:
      if (words.empty()) break;
      if (random() % 2 == 0)
        text.insert(at, one_of(words, random));
      else
        text.replace(part.begin, std::min<std::size_t>(part.size, 8), one_of(words, random));
  }
  return text;
}

Json mutate(Json document, Random& random) {
  std::vector<Json*> all;
  places(document, all);
  Json& place = *one_of(all, random);
  switch (below(random, 5)) {
    case 0:
      place = strange_value(random);
      break;
    case 1: {
      const Json copy = *one_of(all, random);
      place = copy;
      break;
    }
    case 2:
      if (place.is_structured() && !place.empty()) {
        auto victim = place.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(below(random, place.size())));
        place.erase(victim);
      } else {
        place = strange_value(random);
      }
      break;
    case 3:
      if (place.is_array() && !place.empty()) {
        const Json copy = place[below(random, place.size())];
        place.insert(place.begin() + static_cast<std::ptrdiff_t>(below(random, place.size())), copy);
      } else if (place.is_string()) {
        place = mutate(place.get<std::string>(), "", {"\xc3\xa9", "\xf0\x9f\x99\x82", " ", "\n", "<0x00>"}, random);
      } else {
        place = Json::array({place, place});
      }
      break;
    default:
      if (place.is_number_integer()) {
        const std::int64_t steps[] = {-1, 1, 2, 1000, std::int64_t{1} << 31};
        place =
            static_cast<std::int64_t>(place.get<std::uint64_t>() + static_cast<std::uint64_t>(steps[below(random, 5)]));
      } else {
        place = strange_value(random);
      }
  }
  return document;
}

std::string mutate_json(const std::string& text, Random& random) {
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return text;
  return mutate(document, random).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::fuzz
