#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/filters.h"
#include "text/jinja/machine.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_format.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

Value like(const Value& source, std::string text) { return {std::move(text), source.is_markup()}; }

Value upper(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("upper", arguments, {});
  return like(input, to_upper(input.str()));
}

Value lower(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("lower", arguments, {});
  return like(input, to_lower(input.str()));
}

Value capitalize(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("capitalize", arguments, {});
  return like(input, capitalized(input.str()));
}

Value title(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("title", arguments, {});
  std::string out;
  bool inside = false;
  for (const char32_t c : to_code_points(input.str())) {
    const bool separator = is_python_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    std::string one;
    append_utf8(one, c);
    out += separator ? one : inside ? to_lower(one) : to_upper(one);
    inside = !separator;
  }
  return out;
}

Value trim(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("trim", arguments, {"chars"});
  std::string characters = bound.is_none(0) ? std::string() : bound.text(0, "");
  if (input.is_markup() && !bound.is_none(0) && !bound[0]->is_markup()) characters = escape_html(characters);
  machine.check_size(characters.size());
  const std::string text = input.str();
  return like(input, std::string(strip(text, true, true, bound.is_none(0) ? nullptr : &characters)));
}

Value center(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("center", arguments, {"width"});
  return like(input, centered(machine, input.str(), bound.integer(0, 80), " "));
}

Value replace(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"}, 2);
  const std::int64_t count = bound.is_none(2) ? -1 : bound.integer(2, -1);
  return replaced(machine, input.str(), bound[0]->str(), bound[1]->str(), count);
}

Value format(Machine& machine, const Value& input, Arguments& arguments) {
  const Value pattern = input.is_text() ? input : Value(input.str());
  if (arguments.named.empty()) return percent_format(machine, pattern, Value::tuple(arguments.positional));
  if (!arguments.positional.empty()) throw Failure("can't handle positional and keyword arguments at the same time");
  std::vector<std::pair<Value, Value>> entries;
  for (auto& [name, value] : arguments.named) entries.emplace_back(Value(name), value);
  return percent_format(machine, pattern, Value::dict(std::move(entries)));
}

Value indent(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("indent", arguments, {"width", "first", "blank"});
  const Value whole = binary(machine, "+", input, Value("\n"));
  std::string margin;
  if (bound[0] != nullptr && bound[0]->is_text()) {
    margin = bound[0]->text();
  } else {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(bound.integer(0, 4), 0));
    machine.check_size(width);
    margin.assign(width, ' ');
  }
  const bool first = bound.truth(1, false), blank = bound.truth(2, false);
  std::string out;
  bool at_first = true;
  for (const std::string& line : split_lines(whole.text(), false)) {
    if (!at_first) out += '\n';
    if (at_first ? first : blank || !line.empty()) out += margin;
    out += line;
    machine.check_size(out.size());
    at_first = false;
  }
  return like(input, std::move(out));
}

Value truncate(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("truncate", arguments, {"length", "killwords", "end", "leeway"});
  if (input.is_undefined() && input.undefined().strict) fail_undefined(input);
  const std::int64_t length = bound.integer(0, 255);
  const std::string end = bound.text(2, "...");
  const std::int64_t leeway = bound.is_none(3) ? 5 : bound.integer(3, 5);
  const auto end_length = static_cast<std::int64_t>(text_length(end));
  if (length < end_length) throw Failure(fmt::format("expected length >= {}, got {}", end_length, length));
  if (leeway < 0) throw Failure(fmt::format("expected leeway >= 0, got {}", leeway));
  // What is short enough is given back whatever it is.
  const auto size = input.is_undefined() ? std::size_t{0} : input.length();
  if (!size) throw Failure(fmt::format("object of type '{}' has no len()", input.type_name()));
  if (static_cast<std::int64_t>(*size) - length <= leeway) return input;  // their sum may be too large
  if (!input.is_text()) throw Failure(fmt::format("truncate: '{}' is no text", input.type_name()));
  const std::u32string points = to_code_points(input.text());
  std::string kept = to_utf8(std::u32string_view(points).substr(0, static_cast<std::size_t>(length - end_length)));
  if (!bound.truth(1, false)) kept = kept.substr(0, kept.rfind(' '));
  return like(input, kept + end);
}

Value wordwrap(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("wordwrap", arguments, {"width", "break_long_words", "wrapstring", "break_on_hyphens"});
  if (input.is_undefined() && input.undefined().strict) fail_undefined(input);
  if (!input.is_text()) throw Failure(fmt::format("wordwrap: '{}' is no text", input.type_name()));
  const std::int64_t width = bound.integer(0, 79);
  if (width <= 0) throw Failure(fmt::format("invalid width {} (must be > 0)", width));
  const std::string separator = bound.is_none(2) ? std::string("\n") : bound.text(2, "\n");
  std::string out;
  bool at_first = true;
  for (const std::string& line : split_lines(input.text(), false)) {
    if (!std::exchange(at_first, false)) out += separator;
    bool begins = true;
    for (const std::string& row :
         wrapped(line, static_cast<std::size_t>(width), bound.truth(1, true), bound.truth(3, true))) {
      if (!std::exchange(begins, false)) out += separator;
      out += row;
    }
    machine.check_size(out.size());
  }
  return out;
}

Value wordcount(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("wordcount", arguments, {});
  std::int64_t words = 0;
  bool inside = false;
  for (const char32_t c : to_code_points(input.str())) {
    const bool word = is_word_character(c) || is_numeric(c);
    words += word && !inside;
    inside = word;
  }
  return words;
}

Value string(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("string", arguments, {});
  return input.is_text() ? input : Value(input.str());
}

Value urlencode(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("urlencode", arguments, {});
  const auto quoted = [](const std::string& text, bool query) {
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                         c == '.' || c == '-' || c == '~' || (c == '/' && !query);
      if (plain)
        out += c;
      else if (c == ' ' && query)
        out += '+';
      else
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
  };
  if (input.is_text() || !input.iterable()) return quoted(input.str(), false);
  std::string out;
  const auto add = [&](const Value& key, const Value& value) {
    if (!out.empty()) out += '&';
    out += quoted(key.str(), true) + "=" + quoted(value.str(), true);
  };
  if (const auto* dict = input.as_dict()) {
    for (const auto& [key, value] : dict->entries) add(key, value);
    return out;
  }
  for (const Value& item : input.items()) {
    const std::vector<Value> pair = item.items();
    if (pair.size() != 2) throw Failure("urlencode needs pairs of a key and a value");
    add(pair[0], pair[1]);
  }
  return out;
}

}  // namespace

Filter find_text_filter(std::string_view name) {
  static const std::unordered_map<std::string_view, Filter> filters = {
      {"capitalize", capitalize}, {"center", center},     {"format", format},
      {"indent", indent},         {"lower", lower},       {"replace", replace},
      {"string", string},         {"title", title},       {"trim", trim},
      {"truncate", truncate},     {"upper", upper},       {"urlencode", urlencode},
      {"wordcount", wordcount},   {"wordwrap", wordwrap},
  };
  const auto found = filters.find(name);
  return found == filters.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
