#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/token_reader.h"

namespace assay::text::jinja {

/// Reads expressions from a token stream, with Jinja's precedences: loosest first `a if b else c`, or, and, not,
/// comparisons, + -, ~, * / // %, **, unary + -, then subscripts, calls, filters and tests.
class ExpressionParser : protected TokenReader {
 public:
  using TokenReader::TokenReader;

 protected:
  /// Keeps hostile nesting from exhausting the stack.
  class Depth {
   public:
    explicit Depth(ExpressionParser& owner);
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    ExpressionParser& parser_;
  };

  ExpressionPtr expression(bool with_conditional = true);
  /// One expression, or a tuple where commas follow; `stop` is a name that ends it.
  ExpressionPtr tuple(bool with_conditional, std::string_view stop, bool in_parentheses);
  ExpressionPtr primary();
  /// A chain of filters on `input`; with `inline_start` the first name is already there, without its bar.
  ExpressionPtr filters(ExpressionPtr input, bool inline_start);

  /// Every name read so far, in order; a macro accepts what its body reads.
  std::vector<std::string> names_read_;

 private:
  ExpressionPtr make(ExpressionKind kind, Position at);
  ExpressionPtr binary(std::string symbol, ExpressionPtr left, ExpressionPtr right, Position at);
  ExpressionPtr conditional();
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filters);
  ExpressionPtr number();
  ExpressionPtr dict();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr filters_and_tests(ExpressionPtr node);
  ExpressionPtr filter(ExpressionPtr input);
  ExpressionPtr test(ExpressionPtr input);
  ExpressionPtr attribute(ExpressionPtr object);
  ExpressionPtr subscript(ExpressionPtr object);
  ExpressionPtr subscript_part();
  ExpressionPtr call(ExpressionPtr callee);
  CallArguments call_arguments();
  std::string dotted_name();

  int depth_ = 0;
  std::size_t tag_ = 0;
  int links_ = 0;  // operators and postfixes of this tag so far; each may deepen the tree by one
};

}  // namespace assay::text::jinja
