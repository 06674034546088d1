#include "text/oniguruma.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "text/frozen_unicode.h"

namespace assay::text {
namespace {

constexpr std::string_view space =
    R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

std::string newer_of(std::string_view category) {
  std::string out;
  for (const NewerCharacters& range : newer_characters())
    if (range.category.starts_with(category)) {
      out += fmt::format("\\x{{{:X}}}", static_cast<unsigned>(range.first));
      if (range.last > range.first) out += fmt::format("-\\x{{{:X}}}", static_cast<unsigned>(range.last));
    }
  return out;
}

bool is_category(std::string_view name) {
  return !name.empty() && name.size() <= 2 && std::string_view("LMNPSZC").find(name[0]) != std::string_view::npos &&
         (name.size() == 1 || (name[1] >= 'a' && name[1] <= 'z'));
}

/// The characters of \p{name}, as items of a PCRE2 set.
std::string property(std::string_view name) {
  if (is_category(name)) return fmt::format("\\p{{{}}}{}", name, newer_of(name));
  // Oniguruma's scripts are the property Script; PCRE2's bare names mean Script_Extensions.
  if (name == "Han") return R"(\p{sc:Han}\x{2B739}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})";
  static constexpr std::string_view scripts[] = {"Latin",   "Greek",    "Cyrillic", "Hiragana",  "Katakana",   "Hangul",
                                                 "Arabic",  "Hebrew",   "Armenian", "Bengali",   "Thai",       "Lao",
                                                 "Tibetan", "Georgian", "Khmer",    "Mongolian", "Devanagari", "Tamil",
                                                 "Telugu",  "Common",   "Inherited"};
  for (const std::string_view script : scripts)
    if (name == script) return fmt::format("\\p{{sc:{}}}", name);
  return fmt::format("\\p{{{}}}", name);
}

std::string word() {
  return R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\xB2\xB3\xB9\xBC-\xBE)" + newer_of("L") + newer_of("M") + newer_of("Nd");
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) step();
    return (lines_ ? "(?m)" : "") + out_;
  }

 private:
  /// A set: what it lists, and what else must hold of the character.
  struct Set {
    bool negated = false;
    std::string items;
    std::string conditions;
    std::string text() const {
      const std::string set = fmt::format("[{}{}]", negated ? "^" : "", items);
      return conditions.empty() ? set : fmt::format("(?:{}{})", conditions, set);
    }
  };

  [[noreturn]] void refuse(std::string_view what) const {
    throw BadInput(fmt::format("regular expression '{}': {} at offset {} cannot be expressed", pattern_, what, at_));
  }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }

  void atom(std::string_view text) {
    atom_ = out_.size();
    out_ += text;
  }

  void step() {
    const char c = pattern_[at_];
    if (c == '\\') {
      escape();
    } else if (c == '[') {
      atom(set().text());
    } else if (c == '(') {
      groups_.push_back(out_.size());
      open();
    } else if (c == ')') {
      if (!groups_.empty()) {
        atom_ = groups_.back();
        groups_.pop_back();
      }
      out_ += c;
      ++at_;
    } else if (c == '{') {
      interval();
    } else if (c == '?' || c == '*' || c == '+' || c == '|') {
      out_ += c;
      ++at_;
    } else {
      lines_ = lines_ || c == '^' || c == '$';
      const std::size_t begin = at_;
      next_code_point(pattern_, at_);
      atom(pattern_.substr(begin, at_ - begin));
    }
  }

  /// A group's beginning: (?m: lets the dot match line feeds in Ruby, which Perl calls s.
  void open() {
    out_ += pattern_[at_++];
    if (peek() != '?') return;
    out_ += pattern_[at_++];
    std::size_t end = at_;
    while (end < pattern_.size() && (std::string_view("imx-").find(pattern_[end]) != std::string_view::npos)) ++end;
    if (end == pattern_.size() || (pattern_[end] != ':' && pattern_[end] != ')')) return;
    for (; at_ < end; ++at_) out_ += pattern_[at_] == 'm' ? 's' : pattern_[at_];
  }

  void interval() {
    std::size_t end = at_ + 1;
    while (end < pattern_.size() && ((pattern_[end] >= '0' && pattern_[end] <= '9') || pattern_[end] == ',')) ++end;
    if (end == pattern_.size() || pattern_[end] != '}' || end == at_ + 1) return atom(pattern_.substr(at_++, 1));
    const std::string_view bounds = pattern_.substr(at_ + 1, end - at_ - 1);
    out_ += fmt::format("{{{}{}}}", bounds.starts_with(',') ? "0" : "", bounds);
    at_ = end + 1;
    if (peek() != '+') return;
    out_.insert(atom_, "(?:");
    out_ += ")+";
    ++at_;
  }

  /// \p{…} or \P{…} whose backslash is at the cursor; nullopt for anything else. Sets `negated`.
  std::optional<std::string_view> property_name(bool& negated) {
    const char kind = peek(1);
    if ((kind != 'p' && kind != 'P') || peek(2) != '{') return std::nullopt;
    const std::size_t end = pattern_.find('}', at_);
    if (end == std::string_view::npos) refuse("a property without its end");
    std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
    negated = kind == 'P';
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    at_ = end + 1;
    return name;
  }

  /// The items of \s, \w, \d, \h and their negations; nullopt for other letters.
  static std::optional<std::string> shorthand(char letter) {
    switch (letter) {
      case 's':
      case 'S':
        return std::string(space);
      case 'w':
      case 'W':
        return word();
      case 'd':
      case 'D':
        return property("Nd");
      case 'h':
      case 'H':
        return "0-9A-Fa-f";
      default:
        return std::nullopt;
    }
  }
  static bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }

  void escape() {
    bool negated = false;
    if (const auto name = property_name(negated))
      return atom(fmt::format("[{}{}]", negated ? "^" : "", property(*name)));
    const char letter = peek(1);
    if (const auto items = shorthand(letter)) {
      atom(fmt::format("[{}{}]", is_capital(letter) ? "^" : "", *items));
      at_ += 2;
    } else if (letter == 'b' || letter == 'B') {
      const std::string inside = '[' + word() + ']';
      atom(letter == 'b' ? fmt::format("(?:(?<={0})(?!{0})|(?<!{0})(?={0}))", inside)
                         : fmt::format("(?:(?<={0})(?={0})|(?<!{0})(?!{0}))", inside));
      at_ += 2;
    } else {
      atom(escaped_character());
    }
  }

  /// An escape that both write alike; \uHHHH becomes \x{HHHH}.
  std::string escaped_character() {
    const std::size_t begin = at_;
    at_ += 1;
    if (at_ == pattern_.size()) refuse("a backslash");
    if (peek() == 'u') {
      const std::string_view digits = pattern_.substr(at_ + 1, 4);
      at_ += 5;
      return fmt::format("\\x{{{}}}", digits);
    }
    next_code_point(pattern_, at_);
    const std::string_view text = pattern_.substr(begin, at_ - begin);
    // PCRE2 refuses an escaped letter that means nothing to it; beyond ASCII the character stands for itself.
    return std::string(text.size() > 2 ? text.substr(1) : text);
  }

  Set set() {
    Set result;
    ++at_;
    if (peek() == '^') {
      result.negated = true;
      ++at_;
    }
    for (bool first = true;; first = false) {
      if (at_ >= pattern_.size()) refuse("a set without its end");
      if (peek() == ']' && !first) break;
      if (pattern_.substr(at_).starts_with("[:")) {
        const std::size_t end = pattern_.find(":]", at_);
        if (end == std::string_view::npos) refuse("a named set without its end");
        result.items += pattern_.substr(at_, end + 2 - at_);
        at_ = end + 2;
      } else if (peek() == '[') {
        const Set inner = set();
        if (inner.negated || !inner.conditions.empty()) refuse("a set within a set");
        result.items += inner.items;
      } else if (pattern_.substr(at_).starts_with("&&")) {
        at_ += 2;
        intersect(result);
      } else if (peek() == '\\') {
        set_escape(result);
      } else {
        const std::size_t begin = at_;
        next_code_point(pattern_, at_);
        const std::string_view text = pattern_.substr(begin, at_ - begin);
        result.items += text == "]" ? "\\]" : std::string(text);
      }
    }
    ++at_;
    return result;
  }

  void intersect(Set& result) {
    if (result.negated || peek() != '[') refuse("an intersection of sets");
    result.conditions += fmt::format("(?={})", set().text());
  }

  void set_escape(Set& result) {
    bool negated = false;
    if (const auto name = property_name(negated)) {
      result.items += negated ? fmt::format("\\P{{{}}}", *name) : property(*name);
      return;
    }
    const char letter = peek(1);
    const auto items = shorthand(letter);
    if (!items) {
      result.items += escaped_character();
      return;
    }
    if (letter == 'H') refuse("\\H in a set");
    result.items += is_capital(letter) ? std::string(pattern_.substr(at_, 2)) : *items;
    at_ += 2;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t atom_ = 0;
  std::vector<std::size_t> groups_;
  bool lines_ = false;
};

}  // namespace

std::string from_oniguruma(std::string_view pattern) { return Translation(pattern).run(); }

}  // namespace assay::text
