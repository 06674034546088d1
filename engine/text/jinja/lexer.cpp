#include "text/jinja/lexer.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <optional>

#include "text/jinja/python_text.h"
#include "text/jinja/template_error.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

/// Line ends become \n and one at the very end goes, as Jinja does by default.
std::string normalized(std::string_view source) {
  std::string out = to_valid_utf8(source);
  std::size_t to = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\r') {
      out[to++] = '\n';
      if (i + 1 < out.size() && out[i + 1] == '\n') ++i;
    } else {
      out[to++] = out[i];
    }
  }
  out.resize(to);
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view source, const LexerOptions& options) : source_(normalized(source)), options_(options) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      const std::size_t open = next_opening();
      if (open == std::string::npos) {
        data(std::string_view(source_).substr(at_));
        break;
      }
      const char kind = source_[open + 1];
      if (kind == '#')
        comment(open);
      else if (const std::size_t end = kind == '%' ? raw_begin(open) : 0; end != 0)
        raw(open, end);
      else
        tag(open, kind == '%');
    }
    push(TokenKind::end, "", source_.size());
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& message, std::size_t at) {
    const Position place = position(at);
    throw TemplateError(options_.name, place.line, place.column, message);
  }

  /// Called with growing offsets, but for errors.
  Position position(std::size_t offset) {
    if (offset < place_offset_) {
      place_offset_ = 0;
      place_ = {};
    }
    for (; place_offset_ < offset && place_offset_ < source_.size(); ++place_offset_) {
      const char c = source_[place_offset_];
      if (c == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++place_.column;
      }
    }
    return place_;
  }

  void push(TokenKind kind, std::string value, std::size_t offset) {
    tokens_.push_back({kind, std::move(value), position(offset)});
  }

  void data(std::string_view text) {
    if (!text.empty()) push(TokenKind::data, std::string(text), at_);
  }

  std::size_t next_opening() const {
    for (std::size_t i = source_.find('{', at_); i != std::string::npos; i = source_.find('{', i + 1))
      if (i + 1 < source_.size() && (source_[i + 1] == '{' || source_[i + 1] == '%' || source_[i + 1] == '#')) return i;
    return std::string::npos;
  }

  char at(std::size_t offset) const { return offset < source_.size() ? source_[offset] : '\0'; }

  std::size_t skip_space(std::size_t offset) const {
    while (offset < source_.size()) {
      std::size_t next = offset;
      if (!is_python_space(next_code_point(source_, next))) break;
      offset = next;
    }
    return offset;
  }

  /// The data before a tag that opens at `open`, with the white space that the tag takes.
  void data_before(std::size_t open, char sign, bool is_variable) {
    std::string_view text = std::string_view(source_).substr(at_, open - at_);
    if (sign == '-') {
      text = strip(text, false, true);
    } else if (sign != '+' && options_.lstrip_blocks && !is_variable) {
      const std::size_t newline = text.rfind('\n');
      const std::size_t line = newline == std::string_view::npos ? 0 : newline + 1;
      if ((line > 0 || line_starting_) && strip(text.substr(line), true, false).empty()) text = text.substr(0, line);
    }
    data(text);
  }

  char sign_at(std::size_t offset) const {
    const char c = at(offset);
    return c == '-' || c == '+' ? c : '\0';
  }

  void move_to(std::size_t offset) {
    at_ = offset;
    line_starting_ = offset > 0 && source_[offset - 1] == '\n';
  }

  /// After a tag's closing delimiter, `sign` before it.
  std::size_t after_closing(std::size_t offset, char sign) const {
    if (sign == '-') return skip_space(offset);
    if (sign != '+' && options_.trim_blocks && at(offset) == '\n') return offset + 1;
    return offset;
  }

  void comment(std::size_t open) {
    const char sign = sign_at(open + 2);
    data_before(open, sign, false);
    const std::size_t body = open + 2 + (sign != '\0');
    const std::size_t close = source_.find("#}", body);
    if (close == std::string::npos) {
      // jinja2 finds an end missing by the first character behind the opening.
      if (body < source_.size()) fail("this comment is never closed: '#}' is missing", open);
      move_to(body);
      return;
    }
    move_to(after_closing(close + 2, close > body ? sign_at(close - 1) : '\0'));
  }

  /// Past the word in a tag like {%- raw -%}, with the sign before the closing delimiter; 0 when it is another tag.
  std::size_t keyword_tag(std::size_t open, std::string_view word, char& closing_sign, std::string_view signs) const {
    std::size_t i = skip_space(open + 2 + (sign_at(open + 2) != '\0'));
    if (source_.compare(i, word.size(), word) != 0) return 0;
    i = skip_space(i + word.size());
    closing_sign = sign_at(i);
    if (closing_sign != '\0') {
      if (signs.find(closing_sign) == std::string_view::npos) return 0;
      ++i;
    }
    return source_.compare(i, 2, "%}") == 0 ? i + 2 : 0;
  }

  std::size_t raw_begin(std::size_t open) const {
    char sign = '\0';
    const std::size_t end = keyword_tag(open, "raw", sign, "-");
    return end != 0 && sign == '-' ? skip_space(end) : end;
  }

  void raw(std::size_t open, std::size_t body) {
    data_before(open, sign_at(open + 2), false);
    move_to(body);
    for (std::size_t i = source_.find("{%", body); i != std::string::npos; i = source_.find("{%", i + 2)) {
      char sign = '\0';
      const std::size_t end = keyword_tag(i, "endraw", sign, "-+");
      if (end == 0) continue;
      data_before(i, sign_at(i + 2), false);
      move_to(after_closing(end, sign));
      return;
    }
    if (body < source_.size()) fail("this raw block is never closed: {% endraw %} is missing", open);
  }

  void tag(std::size_t open, bool block) {
    const char sign = sign_at(open + 2);
    data_before(open, sign, !block);
    push(block ? TokenKind::block_begin : TokenKind::variable_begin, "", open);
    at_ = open + 2 + (sign != '\0');
    brackets_.clear();
    while (true) {
      if (at_ >= source_.size())
        fail(block ? "this tag is never closed: '%}' is missing" : "this expression is never closed: '}}' is missing",
             open);
      if (brackets_.empty())
        if (const std::size_t end = closing(block); end != 0) {
          push(block ? TokenKind::block_end : TokenKind::variable_end, block ? "%}" : "}}", at_);
          move_to(end);
          return;
        }
      if (const std::size_t next = skip_space(at_); next != at_)
        at_ = next;
      else if (!number() && !name() && !text())
        symbol();
    }
  }

  std::size_t closing(bool block) const {
    const std::string_view delimiter = block ? "%}" : "}}";
    char sign = at(at_);
    if (sign != '-' && !(sign == '+' && block)) sign = '\0';
    const std::size_t from = at_ + (sign != '\0');
    if (source_.compare(from, 2, delimiter) != 0) return 0;
    if (!block) return sign == '-' ? skip_space(from + 2) : from + 2;
    return after_closing(from + 2, sign);
  }

  /// Digits with single underscores between them; the end, or `from` where there is none.
  template <typename IsDigit>
  std::size_t digits(std::size_t from, IsDigit is_digit) const {
    std::size_t i = from;
    while (is_digit(at(i))) {
      ++i;
      if (at(i) == '_' && is_digit(at(i + 1))) ++i;
    }
    return i;
  }

  bool number() {
    if (!is_decimal(at(at_))) return false;
    const std::size_t begin = at_;
    std::size_t end = digits(begin, is_decimal);
    TokenKind kind = TokenKind::integer;
    const auto exponent = [&](std::size_t from) {
      if (at(from) != 'e' && at(from) != 'E') return from;
      const std::size_t first = from + 1 + (at(from + 1) == '+' || at(from + 1) == '-');
      const std::size_t past = digits(first, is_decimal);
      return past == first ? from : past;
    };
    const bool after_dot = begin > 0 && source_[begin - 1] == '.';
    if (!after_dot) {
      std::size_t past = end;
      if (at(end) == '.' && is_decimal(at(end + 1))) past = digits(end + 1, is_decimal);
      past = exponent(past);
      if (past != end) {
        kind = TokenKind::real;
        end = past;
      }
    }
    if (kind == TokenKind::integer && at(begin) == '0') {
      const char base = static_cast<char>(at(begin + 1) | 0x20);
      const auto is_digit = [base](char c) {
        if (base == 'b') return c == '0' || c == '1';
        if (base == 'o') return c >= '0' && c <= '7';
        return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      };
      const std::size_t first = begin + 2 + (at(begin + 2) == '_');
      if ((base == 'b' || base == 'o' || base == 'x') && is_digit(at(first))) {
        end = digits(first, is_digit);
      } else {
        end = digits(begin, [](char c) { return c == '0'; });
      }
    }
    std::string value = source_.substr(begin, end - begin);
    std::erase(value, '_');
    push(kind, std::move(value), begin);
    at_ = end;
    return true;
  }

  bool name() {
    std::size_t end = at_;
    while (end < source_.size()) {
      std::size_t next = end;
      const char32_t c = next_code_point(source_, next);
      const bool fits = c == '_' || (end == at_ ? u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_START)
                                                : u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_CONTINUE));
      if (!fits) break;
      end = next;
    }
    if (end == at_) return false;
    push(TokenKind::name, source_.substr(at_, end - at_), at_);
    at_ = end;
    return true;
  }

  bool text() {
    const char quote = at(at_);
    if (quote != '\'' && quote != '"') return false;
    std::size_t end = at_ + 1;
    while (at(end) != quote) {
      if (end >= source_.size())
        fail(fmt::format("unexpected char {}: this text is never closed", text_repr(std::string(1, quote))), at_);
      end += at(end) == '\\' ? 2 : 1;
    }
    push(TokenKind::text, unescaped(at_ + 1, end), at_);
    at_ = end + 1;
    return true;
  }

  std::string unescaped(std::size_t begin, std::size_t end) {
    std::string out;
    const auto code = [&](std::size_t from, std::size_t count) {
      char32_t value = 0;
      for (std::size_t i = from; i < from + count; ++i) {
        const char c = i < end ? source_[i] : '\0';
        const char low = static_cast<char>(c | 0x20);
        if (!is_decimal(c) && (low < 'a' || low > 'f')) fail("a truncated escape in a text", begin);
        value = value * 16 + static_cast<char32_t>(is_decimal(c) ? c - '0' : low - 'a' + 10);
      }
      return value;
    };
    for (std::size_t i = begin; i < end; ++i) {
      if (source_[i] != '\\') {
        out += source_[i];
        continue;
      }
      const char c = source_[++i];
      constexpr std::string_view letters = "abfnrtv\\'\"";
      constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
      if (const std::size_t known = letters.find(c); known != std::string_view::npos) {
        out += meanings[known];
      } else if (c == '\n') {
        continue;
      } else if (c >= '0' && c <= '7') {
        char32_t value = 0;
        std::size_t past = i;
        for (; past < i + 3 && past < end && source_[past] >= '0' && source_[past] <= '7'; ++past)
          value = value * 8 + static_cast<char32_t>(source_[past] - '0');
        append_utf8(out, value);
        i = past - 1;
      } else if (c == 'x' || c == 'u' || c == 'U') {
        const std::size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        const char32_t value = code(i + 1, count);
        if (value > 0x10FFFF) fail("an escape beyond Unicode in a text", begin);
        append_utf8(out, value);
        i += count;
      } else if (c == 'N') {
        const std::size_t close = source_.find('}', i);
        if (at(i + 1) != '{' || close == std::string::npos || close >= end)
          fail("a malformed \\N{…} escape in a text", begin);
        UErrorCode status = U_ZERO_ERROR;
        const UChar32 found =
            u_charFromName(U_EXTENDED_CHAR_NAME, source_.substr(i + 2, close - i - 2).c_str(), &status);
        if (U_FAILURE(status)) fail("an unknown character name in a text", begin);
        append_utf8(out, static_cast<char32_t>(found));
        i = close;
      } else {
        out += '\\';
        out += c;
      }
    }
    return out;
  }

  void symbol() {
    constexpr std::string_view doubles[] = {"//", "**", "==", "!=", ">=", "<="};
    std::string value(1, at(at_));
    for (const std::string_view candidate : doubles)
      if (source_.compare(at_, 2, candidate) == 0) value = candidate;
    if (value.size() == 1 && std::string_view("+-/*%~[](){}<>=.:|,;").find(value[0]) == std::string_view::npos) {
      std::size_t past = at_;
      next_code_point(source_, past);
      fail(fmt::format("unexpected char {}", text_repr(source_.substr(at_, past - at_))), at_);
    }
    if (value == "(" || value == "[" || value == "{") {
      brackets_ += value == "(" ? ')' : value == "[" ? ']' : '}';
    } else if (value == ")" || value == "]" || value == "}") {
      if (brackets_.empty()) fail(fmt::format("unexpected '{}'", value), at_);
      if (brackets_.back() != value[0])
        fail(fmt::format("unexpected '{}', expected '{}'", value, brackets_.back()), at_);
      brackets_.pop_back();
    }
    const std::size_t begin = at_;
    at_ += value.size();
    push(TokenKind::symbol, std::move(value), begin);
  }

  std::string source_;
  const LexerOptions& options_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool line_starting_ = true;
  std::string brackets_;  // the closing brackets that are still owed
  Position place_;
  std::size_t place_offset_ = 0;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source, const LexerOptions& options) {
  return Lexer(source, options).run();
}

}  // namespace assay::text::jinja
