#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/filters.h"
#include "text/jinja/machine.h"
#include "text/jinja/python_text.h"
#include "text/pattern.h"
#include "text/regex.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

std::string escaped_text(const Value& value) { return value.is_markup() ? value.text() : escape_html(value.str()); }

Value escape(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("escape", arguments, {});
  return {escaped_text(input), true};
}

Value forceescape(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("forceescape", arguments, {});
  return {escape_html(input.str()), true};
}

Value safe(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("safe", arguments, {});
  return {input.str(), true};
}

/// The characters behind &lt; and the like; what is no known entity stays.
std::string unescaped(std::string_view text) {
  static const std::unordered_map<std::string_view, char32_t> named = {
      {"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},     {"apos", '\''},    {"nbsp", 0xA0},
      {"copy", 0xA9},    {"reg", 0xAE},     {"hellip", 0x2026}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
      {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D},  {"euro", 0x20AC},  {"bull", 0x2022},  {"times", 0xD7}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos || end - at > 12) {
      out += text[at++];
      continue;
    }
    std::string_view name = text.substr(at + 1, end - at - 1);
    char32_t c = 0;
    if (name.starts_with('#')) {
      const bool hexadecimal = name.starts_with("#x") || name.starts_with("#X");
      name.remove_prefix(hexadecimal ? 2 : 1);
      std::uint32_t code = 0;
      if (std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10).ptr ==
          name.data() + name.size())
        c = code;
    } else if (const auto found = named.find(name); found != named.end()) {
      c = found->second;
    }
    if (c == 0) {
      out += text[at++];
      continue;
    }
    append_utf8(out, c);
    at = end + 1;
  }
  return out;
}

Value striptags(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("striptags", arguments, {});
  static const Regex tags(R"((?s)<!--.*?-->|<[^>]*>)");
  const std::string bare = replace_all(input.str(), tags, "");
  std::string out;
  bool space = false;
  for (const char32_t c : to_code_points(strip(bare, true, true))) {
    if (is_python_space(c)) {
      space = true;
      continue;
    }
    if (std::exchange(space, false)) out += ' ';
    append_utf8(out, c);
  }
  return unescaped(out);
}

Value xmlattr(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("xmlattr", arguments, {"autospace"});
  if (!input.is_dict()) throw Failure(fmt::format("xmlattr needs a mapping, not {}", input.type_name()));
  std::string out;
  for (const auto& [key, value] : input.as_dict()->entries) {
    if (value.is_none() || value.is_undefined()) continue;
    if (!key.is_text()) throw Failure(fmt::format("xmlattr needs texts as keys, not {}", key.type_name()));
    const std::string& name = key.text();
    if (name.find_first_of(" \t\n\r\f\v/>=") != std::string::npos)
      throw Failure(fmt::format("Invalid character in attribute name: {}", text_repr(name)));
    if (!out.empty()) out += ' ';
    out += escaped_text(key) + "=\"" + escaped_text(value) + "\"";
  }
  if (bound.truth(0, true) && !out.empty()) out.insert(0, 1, ' ');
  return {std::move(out), machine.autoescape};
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// Links web and mail addresses in a text, as Jinja's urlize does.
class Urlizer {
 public:
  Urlizer(std::optional<std::size_t> limit, std::string attributes, std::vector<std::string> schemes)
      : limit_(limit), attributes_(std::move(attributes)), schemes_(std::move(schemes)) {}

  std::string run(std::string_view text) const {
    static const Regex spaces(R"(\s+)");
    std::string out;
    std::size_t done = 0;
    spaces.each(text, [&](Span gap) {
      out += word(text.substr(done, gap.begin - done));
      out += text.substr(gap.begin, gap.size());
      done = gap.end;
    });
    return out + word(text.substr(done));
  }

 private:
  std::string word(std::string_view text) const {
    static const Regex opening(R"(\A(?:[(<]|&lt;)+)"), closing(R"((?:[)>.,\n]|&gt;)+\z)");
    std::string head, tail, middle(text);
    if (const auto found = opening.find(middle)) {
      head = middle.substr(0, found->end);
      middle.erase(0, found->end);
    }
    if (const auto found = closing.find(middle)) {
      tail = middle.substr(found->begin);
      middle.erase(found->begin);
    }
    const std::pair<std::string, std::string> brackets[] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
    for (const auto& [open, close] : brackets) {
      const std::size_t opened = occurrences(middle, open);
      if (opened <= occurrences(middle, close)) continue;
      for (std::size_t i = std::min(opened, occurrences(tail, close)); i > 0; --i) {
        const std::size_t end = tail.find(close) + close.size();
        middle += tail.substr(0, end);
        tail.erase(0, end);
      }
    }
    return head + linked(middle) + tail;
  }

  std::string linked(const std::string& text) const {
    static const Regex web(R"((?i)\A(?:(?:https?://|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59}))"
                           R"(|(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil))"
                           R"(|https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\])))"
                           R"((?::\d{1,5})?(?:[/?#]\S*)?\z)");
    static const Regex mail(R"(\A\S+@\w[\w.-]*\.\w+\z)");
    if (web.find(text)) {
      const bool full = text.starts_with("https://") || text.starts_with("http://");
      return fmt::format("<a href=\"{}{}\"{}>{}</a>", full ? "" : "https://", text, attributes_, shortened(text));
    }
    if (text.starts_with("mailto:") && mail.find(text.substr(7)))
      return fmt::format("<a href=\"{}\">{}</a>", text, text.substr(7));
    if (text.find('@') != std::string::npos && !text.starts_with("www.") && text.find(':') == std::string::npos &&
        mail.find(text))
      return fmt::format("<a href=\"mailto:{}\">{}</a>", text, text);
    for (const std::string& scheme : schemes_)
      if (text != scheme && text.starts_with(scheme))
        return fmt::format("<a href=\"{}\"{}>{}</a>", text, attributes_, shortened(text));
    return text;
  }

  std::string shortened(const std::string& text) const {
    if (!limit_ || text_length(text) <= *limit_) return text;
    return to_utf8(to_code_points(text).substr(0, *limit_)) + "...";
  }

  std::optional<std::size_t> limit_;
  std::string attributes_;
  std::vector<std::string> schemes_;
};

Value urlize(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("urlize", arguments, {"trim_url_limit", "nofollow", "target", "rel", "extra_schemes"});
  static const Regex words(R"(\S+)");
  std::set<std::string> relations{"noopener"};
  const std::string rel = bound.is_none(3) ? std::string() : bound.text(3, "");
  words.each(rel, [&](Span span) { relations.insert(rel.substr(span.begin, span.size())); });
  if (bound.truth(1, false)) relations.insert("nofollow");
  std::string attributes = " rel=\"";
  for (const std::string& relation : relations)
    attributes += (attributes.back() == '"' ? "" : " ") + escape_html(relation);
  attributes += '"';
  if (!bound.is_none(2)) attributes += fmt::format(" target=\"{}\"", escape_html(bound.text(2, "")));
  std::vector<std::string> schemes;
  if (!bound.is_none(4))
    for (const Value& scheme : bound[4]->items()) {
      static const Regex valid(R"(\A[\w.+-]{2,}:/{0,2}\z)");
      if (!valid.find(scheme.str())) throw Failure(fmt::format("{} is not a valid URI scheme prefix.", scheme.repr()));
      schemes.push_back(scheme.str());
    }
  std::optional<std::size_t> limit;
  if (!bound.is_none(0)) limit = static_cast<std::size_t>(std::max<std::int64_t>(bound.integer(0, 0), 0));
  return {Urlizer(limit, attributes, schemes).run(escaped_text(input)), machine.autoescape};
}

}  // namespace

Filter find_html_filter(std::string_view name) {
  static const std::unordered_map<std::string_view, Filter> filters = {
      {"e", escape},      {"escape", escape},   {"forceescape", forceescape}, {"safe", safe}, {"striptags", striptags},
      {"urlize", urlize}, {"xmlattr", xmlattr},
  };
  const auto found = filters.find(name);
  return found == filters.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
