#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::text::jinja {

/// A place in a template's source, both from 1; columns count characters.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

enum class TokenKind {
  data,            ///< text between tags
  variable_begin,  ///< {{
  variable_end,
  block_begin,  ///< {%
  block_end,
  name,
  text,  ///< a string literal, unescaped
  integer,
  real,
  symbol,  ///< an operator or punctuation
  end
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string value;
  Position at;

  bool is_name(std::string_view name) const { return kind == TokenKind::name && value == name; }
  bool is_symbol(std::string_view symbol) const { return kind == TokenKind::symbol && value == symbol; }
};

struct LexerOptions {
  bool trim_blocks = true;
  bool lstrip_blocks = true;
  std::string name;
  bool mark_generations = false;  ///< for the parser, see Template::Options
};

/// Cuts a template into tokens; comments are gone, raw blocks are data, white space control is applied.
/// @throws TemplateError
std::vector<Token> tokenize(std::string_view source, const LexerOptions& options);

}  // namespace assay::text::jinja
