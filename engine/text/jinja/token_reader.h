#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/lexer.h"

namespace assay::text::jinja {

/// Goes through a template's tokens, one after the other; where another must stand, the error names the place.
class TokenReader {
 public:
  TokenReader(std::vector<Token> tokens, std::string name) : name_(std::move(name)), tokens_(std::move(tokens)) {}

 protected:
  static std::string described(const Token& token);
  [[noreturn]] void fail(const std::string& message, Position at) const;
  [[noreturn]] void fail_unexpected(const Token& token) const;

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  Token take();
  bool skip_name(std::string_view name);
  bool skip_symbol(std::string_view symbol);
  void expect_name(std::string_view name);
  void expect_symbol(std::string_view symbol);
  Token expect(TokenKind kind, std::string_view what);
  /// How many tags were read to their end.
  std::size_t tags_read() const { return tags_read_; }

 private:
  std::string name_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t tags_read_ = 0;
};

}  // namespace assay::text::jinja
