#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/machine.h"
#include "text/jinja/methods.h"
#include "text/jinja/number_format.h"
#include "text/jinja/python_format.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

UChar32 point(char32_t c) { return static_cast<UChar32>(c); }
bool is_cased(char32_t c) { return u_isULowercase(point(c)) || u_isUUppercase(point(c)) || u_istitle(point(c)); }

/// A result of the kind (markup or not) of the text that it comes from.
Value like(const Value& source, std::string text) { return {std::move(text), source.is_markup()}; }

std::string upper_first(char32_t c) {
  if (c < 0x80) return std::string(1, static_cast<char>(u_totitle(point(c))));
  std::string one, title;
  append_utf8(one, c);
  icu::StringByteSink<std::string> sink(&title);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToTitle("", U_TITLECASE_WHOLE_STRING | U_TITLECASE_NO_BREAK_ADJUSTMENT, nullptr, one, sink, nullptr,
                            error);
  if (U_FAILURE(error)) throw Failure(fmt::format("title-casing failed: {}", u_errorName(error)));
  return title;
}

struct Range {
  std::size_t begin, end;  // bytes
};

/// The bytes that Python's text[start:end] covers; nullopt when it starts past the end.
std::optional<Range> part(std::string_view text, const Bound& bound, std::size_t start_parameter) {
  const auto length = static_cast<std::int64_t>(text_length(text));
  const auto clamp = [&](std::size_t parameter, std::int64_t fallback) {
    std::int64_t at = bound.is_none(parameter) ? fallback : bound.integer(parameter, fallback);
    if (at < 0) at = std::max<std::int64_t>(at + length, 0);
    return at;
  };
  const std::int64_t start = clamp(start_parameter, 0), end = std::min(clamp(start_parameter + 1, length), length);
  if (start > end) return std::nullopt;
  const auto offset = [&](std::int64_t characters) {
    std::size_t at = 0;
    while (characters-- > 0) next_code_point(text, at);
    return at;
  };
  return Range{offset(start), offset(end)};
}

/// Where `needle` is in the given part, in characters; -1 where it is not.
std::int64_t position(const Value& object, const Bound& bound, bool last) {
  const std::string& text = object.text();
  const std::string needle = bound.text(0, "");
  const auto range = part(text, bound, 1);
  if (!range) return -1;
  const std::string_view within = std::string_view(text).substr(range->begin, range->end - range->begin);
  const std::size_t found = last ? within.rfind(needle) : within.find(needle);
  if (found == std::string_view::npos) return -1;
  return static_cast<std::int64_t>(text_length(std::string_view(text).substr(0, range->begin + found)));
}

Value list_of(const Value& source, const std::vector<std::string>& parts) {
  std::vector<Value> values;
  values.reserve(parts.size());
  for (const std::string& text : parts) values.push_back(like(source, text));
  return Value::list(std::move(values));
}

std::vector<std::string> split_at_space(std::string_view text, std::int64_t limit, bool from_right) {
  std::vector<std::string> parts;
  text = from_right ? strip(text, false, true) : strip(text, true, false);
  while (!text.empty()) {
    if (limit >= 0 && static_cast<std::int64_t>(parts.size()) == limit) {
      parts.emplace_back(from_right ? strip(text, false, true) : text);
      break;
    }
    std::size_t cut = 0;
    if (from_right) {
      cut = text.size();
      while (cut > 0) {
        std::size_t begin = cut - 1;
        while ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
        std::size_t at = begin;
        if (is_python_space(next_code_point(text, at))) break;
        cut = begin;
      }
      parts.emplace_back(text.substr(cut));
      text = strip(text.substr(0, cut), false, true);
    } else {
      while (cut < text.size()) {
        std::size_t at = cut;
        if (is_python_space(next_code_point(text, at))) break;
        cut = at;
      }
      parts.emplace_back(text.substr(0, cut));
      text = strip(text.substr(cut), true, false);
    }
  }
  if (from_right) std::ranges::reverse(parts);
  return parts;
}

std::vector<std::string> split_at(std::string_view text, std::string_view separator, std::int64_t limit,
                                  bool from_right) {
  if (separator.empty()) throw Failure("empty separator");
  std::vector<std::string> parts;
  while (limit < 0 || static_cast<std::int64_t>(parts.size()) < limit) {
    const std::size_t found = from_right ? text.rfind(separator) : text.find(separator);
    if (found == std::string_view::npos) break;
    if (from_right) {
      parts.emplace_back(text.substr(found + separator.size()));
      text = text.substr(0, found);
    } else {
      parts.emplace_back(text.substr(0, found));
      text.remove_prefix(found + separator.size());
    }
  }
  parts.emplace_back(text);
  if (from_right) std::ranges::reverse(parts);
  return parts;
}

template <bool from_right>
Value split(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("split", arguments, {"sep", "maxsplit"});
  const std::int64_t limit = bound.integer(1, -1);
  machine.step(object.text().size() / 16);
  return list_of(object, bound.is_none(0) ? split_at_space(object.text(), limit, from_right)
                                          : split_at(object.text(), bound.text(0, ""), limit, from_right));
}

template <bool left, bool right>
Value strip_method(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("strip", arguments, {"chars"});
  const std::string characters = bound.is_none(0) ? std::string() : bound.text(0, "");
  return like(object, std::string(strip(object.text(), left, right, bound.is_none(0) ? nullptr : &characters)));
}

template <bool at_start>
Value has_affix(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound(at_start ? "startswith" : "endswith", arguments, {"affix", "start", "end"}, 1);
  const auto range = part(object.text(), bound, 1);
  if (!range) return false;
  const std::string_view text = std::string_view(object.text()).substr(range->begin, range->end - range->begin);
  const std::vector<Value> affixes = bound[0]->is_tuple() ? bound[0]->items() : std::vector<Value>{*bound[0]};
  for (const Value& affix : affixes) {
    if (affix.is_undefined()) fail_undefined(affix);
    if (!affix.is_text())
      throw Failure(fmt::format("{} first arg must be str or a tuple of str, not {}",
                                at_start ? "startswith" : "endswith", affix.type_name()));
    if (at_start ? text.starts_with(affix.text()) : text.ends_with(affix.text())) return true;
  }
  return false;
}

template <bool last, bool must>
Value find(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("find", arguments, {"sub", "start", "end"}, 1);
  const std::int64_t found = position(object, bound, last);
  if (must && found < 0) throw Failure("substring not found");
  return found;
}

Value count(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("count", arguments, {"sub", "start", "end"}, 1);
  const std::string needle = bound.text(0, "");
  const auto range = part(object.text(), bound, 1);
  if (!range) return 0;
  const std::string_view text = std::string_view(object.text()).substr(range->begin, range->end - range->begin);
  if (needle.empty()) return Value::size(text_length(text) + 1);
  std::int64_t found = 0;
  for (std::size_t at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + needle.size()))
    ++found;
  return found;
}

Value replace(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"}, 2);
  return like(object, replaced(machine, object.text(), bound.text(0, ""), bound.text(1, ""), bound.integer(2, -1)));
}

Value join(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("join", arguments, {"iterable"}, 1);
  std::string out;
  std::size_t index = 0;
  for (const Value& item : machine.items(*bound[0])) {
    if (!item.is_text() && !object.is_markup())
      throw Failure(fmt::format("sequence item {}: expected str instance, {} found", index, item.type_name()));
    if (index++ > 0) out += object.text();
    out += object.is_markup() && !item.is_markup() ? escape_html(item.str()) : item.text();
    machine.check_size(out.size());
  }
  return like(object, std::move(out));
}

template <bool from_right>
Value partition(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("partition", arguments, {"sep"}, 1);
  const std::string separator = bound.text(0, "");
  if (separator.empty()) throw Failure("empty separator");
  const std::string& text = object.text();
  const std::size_t found = from_right ? text.rfind(separator) : text.find(separator);
  std::vector<std::string> parts{text, "", ""};
  if (found == std::string::npos && from_right) parts = {"", "", text};
  if (found != std::string::npos) parts = {text.substr(0, found), separator, text.substr(found + separator.size())};
  return Value::tuple({like(object, parts[0]), like(object, parts[1]), like(object, parts[2])});
}

template <char align>
Value justify(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("justify", arguments, {"width", "fillchar"}, 1);
  const std::string fill = bound.text(1, " ");
  if (text_length(fill) != 1) throw Failure("The fill character must be exactly one character long");
  const std::int64_t width = std::max<std::int64_t>(bound.integer(0, 0), 0);
  if (align == '^') return like(object, centered(machine, object.text(), width, fill));
  machine.check_size(static_cast<std::size_t>(width));
  return like(object, aligned(object.text(), static_cast<std::size_t>(width), align, fill, 0));
}

Value zfill(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("zfill", arguments, {"width"}, 1);
  const std::int64_t width = std::max<std::int64_t>(bound.integer(0, 0), 0);
  machine.check_size(static_cast<std::size_t>(width));
  const bool sign = object.text().starts_with('-') || object.text().starts_with('+');
  return like(object, aligned(object.text(), static_cast<std::size_t>(width), '=', "0", sign ? 1 : 0));
}

Value expandtabs(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("expandtabs", arguments, {"tabsize"});
  const std::int64_t size = bound.integer(0, 8);
  std::string out;
  std::int64_t column = 0;
  for (const char32_t c : to_code_points(object.text())) {
    if (c == '\t') {
      if (size > 0) {
        const std::int64_t width = size - column % size;
        machine.check_size(out.size() + static_cast<std::size_t>(width));
        out.append(static_cast<std::size_t>(width), ' ');
        column += width;
      }
      continue;
    }
    append_utf8(out, c);
    column = c == '\n' || c == '\r' ? 0 : column + 1;
  }
  return like(object, std::move(out));
}

Value splitlines(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("splitlines", arguments, {"keepends"});
  return list_of(object, split_lines(object.text(), bound.truth(0, false)));
}

Value swapcase(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("swapcase", arguments, {});
  std::string out;
  for (const char32_t c : to_code_points(object.text())) {
    std::string one;
    append_utf8(one, c);
    out += u_isULowercase(point(c)) ? to_upper(one) : to_lower(one);
  }
  return like(object, std::move(out));
}

template <std::string (*map)(std::string_view)>
Value mapped(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("case", arguments, {});
  return like(object, map(object.text()));
}

std::string fold(std::string_view text) {
  std::string out;
  for (const char32_t c : to_code_points(text)) {
    if (c == 0xDF)
      out += "ss";
    else
      append_utf8(out, static_cast<char32_t>(u_foldCase(point(c), U_FOLD_CASE_DEFAULT)));
  }
  return out;
}

template <bool (*is)(char32_t)>
Value all(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound("is", arguments, {});
  const std::u32string points = to_code_points(object.text());
  return !points.empty() && std::ranges::all_of(points, is);
}

bool is_decimal(char32_t c) { return u_charType(point(c)) == U_DECIMAL_DIGIT_NUMBER; }
bool is_number(char32_t c) { return u_getNumericValue(point(c)) != U_NO_NUMERIC_VALUE; }
bool is_python_digit(char32_t c) {
  const int type = u_getIntPropertyValue(point(c), UCHAR_NUMERIC_TYPE);
  return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}
bool is_alphabetic(char32_t c) { return (U_GET_GC_MASK(point(c)) & U_GC_L_MASK) != 0; }
bool is_alphanumeric(char32_t c) { return is_alphabetic(c) || is_number(c); }

Value isascii(Machine&, const Value& object, Arguments&) {
  return std::ranges::all_of(object.text(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Value isprintable(Machine&, const Value& object, Arguments&) {
  return std::ranges::all_of(to_code_points(object.text()), [](char32_t c) {
    return c == ' ' || (U_GET_GC_MASK(point(c)) & (U_GC_C_MASK | U_GC_Z_MASK)) == 0;
  });
}

Value isidentifier(Machine&, const Value& object, Arguments&) {
  const std::u32string points = to_code_points(object.text());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto property = i == 0 ? UCHAR_XID_START : UCHAR_XID_CONTINUE;
    if (points[i] != '_' && !u_hasBinaryProperty(point(points[i]), property)) return false;
  }
  return !points.empty();
}

Value islower(Machine&, const Value& object, Arguments&) { return is_lower_text(object.text()); }
Value isupper(Machine&, const Value& object, Arguments&) { return is_upper_text(object.text()); }

Value istitle(Machine&, const Value& object, Arguments&) {
  bool cased = false, any = false;
  for (const char32_t c : to_code_points(object.text())) {
    const bool upper = u_isUUppercase(point(c)) || u_istitle(point(c));
    if (upper && cased) return false;
    if (u_isULowercase(point(c)) && !cased) return false;
    cased = is_cased(c);
    any = any || cased;
  }
  return any;
}

template <bool at_start>
Value without_affix(Machine&, const Value& object, Arguments& arguments) {
  const Bound bound(at_start ? "removeprefix" : "removesuffix", arguments, {"affix"}, 1);
  const std::string affix = bound.text(0, "");
  const std::string& text = object.text();
  if (at_start && text.starts_with(affix)) return like(object, text.substr(affix.size()));
  if (!at_start && text.ends_with(affix)) return like(object, text.substr(0, text.size() - affix.size()));
  return object;
}

Value format(Machine& machine, const Value& object, Arguments& arguments) {
  return brace_format(machine, object, arguments);
}

Value format_map(Machine& machine, const Value& object, Arguments& arguments) {
  const Bound bound("format_map", arguments, {"mapping"}, 1);
  if (!bound[0]->is_dict()) throw Failure("format_map() needs a mapping");
  Arguments named;
  for (const auto& [key, value] : bound[0]->as_dict()->entries) named.named.emplace_back(key.str(), value);
  return brace_format(machine, object, named);
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    const char32_t c = next_code_point(text, at);
    if (!is_line_break(c)) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
    lines.emplace_back(text.substr(begin, (keep_ends ? at : end) - begin));
    begin = at;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return lines;
}

std::string title_case(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char32_t c : to_code_points(text)) {
    std::string one;
    append_utf8(one, c);
    out += inside ? to_lower(one) : upper_first(c);
    inside = is_cased(c);
  }
  return out;
}

std::string capitalized(std::string_view text) {
  if (text.empty()) return {};
  std::size_t at = 0;
  const char32_t first = next_code_point(text, at);
  return upper_first(first) + to_lower(text.substr(at));
}

std::string replaced(Machine& machine, std::string_view text, std::string_view old, std::string_view fresh,
                     std::int64_t count) {
  std::string out;
  std::size_t at = 0;
  for (; count != 0; --count) {
    const std::size_t found = text.find(old, at);
    if (found == std::string_view::npos) break;
    out.append(text, at, found - at);
    out += fresh;
    machine.check_size(out.size());
    at = found + old.size();
    if (!old.empty()) continue;
    if (at >= text.size()) return out;
    std::size_t past = at;
    next_code_point(text, past);
    out.append(text, at, past - at);
    at = past;
  }
  return out.append(text.substr(std::min(at, text.size())));
}

std::string centered(Machine& machine, const std::string& text, std::int64_t width, std::string_view fill) {
  const auto length = static_cast<std::int64_t>(text_length(text));
  if (width <= length) return text;
  machine.check_size(static_cast<std::size_t>(width));
  const std::int64_t missing = width - length;
  // CPython's str.center gives the odd one to the left when the width is odd.
  const std::int64_t left = missing / 2 + (missing & width & 1);
  std::string out;
  for (std::int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (std::int64_t i = left; i < missing; ++i) out += fill;
  return out;
}

bool is_lower_text(std::string_view text) {
  bool any = false;
  for (const char32_t c : to_code_points(text)) {
    if (u_isUUppercase(point(c)) || u_istitle(point(c))) return false;
    any = any || u_isULowercase(point(c));
  }
  return any;
}

bool is_upper_text(std::string_view text) {
  bool any = false;
  for (const char32_t c : to_code_points(text)) {
    if (u_isULowercase(point(c)) || u_istitle(point(c))) return false;
    any = any || u_isUUppercase(point(c));
  }
  return any;
}

Method find_text_method(std::string_view name) {
  static const std::unordered_map<std::string_view, Method> methods = {
      {"capitalize", mapped<capitalized>},
      {"casefold", mapped<fold>},
      {"center", justify<'^'>},
      {"count", count},
      {"endswith", has_affix<false>},
      {"expandtabs", expandtabs},
      {"find", find<false, false>},
      {"format", format},
      {"format_map", format_map},
      {"index", find<false, true>},
      {"isalnum", all<is_alphanumeric>},
      {"isalpha", all<is_alphabetic>},
      {"isascii", isascii},
      {"isdecimal", all<is_decimal>},
      {"isdigit", all<is_python_digit>},
      {"isidentifier", isidentifier},
      {"islower", islower},
      {"isnumeric", all<is_number>},
      {"isprintable", isprintable},
      {"isspace", all<is_python_space>},
      {"istitle", istitle},
      {"isupper", isupper},
      {"join", join},
      {"ljust", justify<'<'>},
      {"lower", mapped<to_lower>},
      {"lstrip", strip_method<true, false>},
      {"partition", partition<false>},
      {"removeprefix", without_affix<true>},
      {"removesuffix", without_affix<false>},
      {"replace", replace},
      {"rfind", find<true, false>},
      {"rindex", find<true, true>},
      {"rjust", justify<'>'>},
      {"rpartition", partition<true>},
      {"rsplit", split<true>},
      {"rstrip", strip_method<false, true>},
      {"split", split<false>},
      {"splitlines", splitlines},
      {"startswith", has_affix<true>},
      {"strip", strip_method<true, true>},
      {"swapcase", swapcase},
      {"title", mapped<title_case>},
      {"upper", mapped<to_upper>},
      {"zfill", zfill},
  };
  const auto found = methods.find(name);
  return found == methods.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
