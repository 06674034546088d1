#include "text/jinja/token_reader.h"

#include <fmt/format.h>

#include "text/jinja/template_error.h"

namespace assay::text::jinja {

std::string TokenReader::described(const Token& token) {
  switch (token.kind) {
    case TokenKind::data:
      return "text";
    case TokenKind::variable_begin:
      return "{{";
    case TokenKind::variable_end:
      return "}}";
    case TokenKind::block_begin:
      return "{%";
    case TokenKind::block_end:
      return "%}";
    case TokenKind::end:
      return "end of the template";
    default:
      return token.value;
  }
}

void TokenReader::fail(const std::string& message, Position at) const {
  throw TemplateError(name_, at.line, at.column, message);
}

void TokenReader::fail_unexpected(const Token& token) const {
  fail(fmt::format("unexpected '{}'", described(token)), token.at);
}

Token TokenReader::take() {
  Token token = tokens_[at_];
  if (token.kind == TokenKind::variable_end || token.kind == TokenKind::block_end) ++tags_read_;
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenReader::skip_name(std::string_view name) {
  const bool here = current().is_name(name);
  if (here) take();
  return here;
}

bool TokenReader::skip_symbol(std::string_view symbol) {
  const bool here = current().is_symbol(symbol);
  if (here) take();
  return here;
}

void TokenReader::expect_name(std::string_view name) {
  if (!skip_name(name)) fail(fmt::format("expected '{}', got '{}'", name, described(current())), current().at);
}

void TokenReader::expect_symbol(std::string_view symbol) {
  if (!skip_symbol(symbol)) fail(fmt::format("expected '{}', got '{}'", symbol, described(current())), current().at);
}

Token TokenReader::expect(TokenKind kind, std::string_view what) {
  if (current().kind != kind) fail(fmt::format("expected {}, got '{}'", what, described(current())), current().at);
  return take();
}

}  // namespace assay::text::jinja
