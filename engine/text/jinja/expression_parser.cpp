#include "text/jinja/expression_parser.h"

#include <fmt/format.h>

#include <charconv>

namespace assay::text::jinja {
namespace {

constexpr int deepest_nesting = 150;
constexpr int most_links = 1000;

}  // namespace

ExpressionParser::Depth::Depth(ExpressionParser& owner) : parser_(owner) {
  if (parser_.depth_ >= deepest_nesting) parser_.fail("this is nested too deeply", parser_.current().at);
  ++parser_.depth_;
}

ExpressionPtr ExpressionParser::make(ExpressionKind kind, Position at) {
  const bool deepens = kind != ExpressionKind::constant && kind != ExpressionKind::name &&
                       kind != ExpressionKind::list && kind != ExpressionKind::tuple && kind != ExpressionKind::dict;
  if (std::exchange(tag_, tags_read()) != tags_read()) links_ = 0;
  links_ += deepens;
  if (links_ > most_links) fail("this expression has too many parts", at);
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->at = at;
  return node;
}

ExpressionPtr ExpressionParser::binary(std::string symbol, ExpressionPtr left, ExpressionPtr right, Position at) {
  auto node = make(ExpressionKind::binary, at);
  node->name = std::move(symbol);
  node->parts.push_back(std::move(left));
  node->parts.push_back(std::move(right));
  return node;
}

ExpressionPtr ExpressionParser::expression(bool with_conditional) {
  const Depth depth(*this);
  return with_conditional ? conditional() : disjunction();
}

ExpressionPtr ExpressionParser::conditional() {
  auto node = disjunction();
  while (current().is_name("if")) {
    const Position at = take().at;
    auto condition = make(ExpressionKind::conditional, at);
    condition->parts.push_back(disjunction());
    condition->parts.push_back(std::move(node));
    condition->parts.push_back(nullptr);
    if (skip_name("else")) {
      const Depth depth(*this);
      condition->parts[2] = conditional();
    }
    node = std::move(condition);
  }
  return node;
}

ExpressionPtr ExpressionParser::disjunction() {
  auto left = conjunction();
  while (current().is_name("or")) {
    auto node = make(ExpressionKind::either, take().at);
    node->parts.push_back(std::move(left));
    node->parts.push_back(conjunction());
    left = std::move(node);
  }
  return left;
}

ExpressionPtr ExpressionParser::conjunction() {
  auto left = negation();
  while (current().is_name("and")) {
    auto node = make(ExpressionKind::both, take().at);
    node->parts.push_back(std::move(left));
    node->parts.push_back(negation());
    left = std::move(node);
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  if (!current().is_name("not")) return comparison();
  const Depth depth(*this);
  auto node = make(ExpressionKind::negation, take().at);
  node->parts.push_back(negation());
  return node;
}

ExpressionPtr ExpressionParser::comparison() {
  auto first = sum();
  ExpressionPtr node;
  while (true) {
    std::string symbol;
    const Position at = current().at;
    for (const std::string_view candidate : {"==", "!=", "<", "<=", ">", ">="})
      if (current().is_symbol(candidate)) symbol = candidate;
    if (!symbol.empty()) {
      take();
    } else if (skip_name("in")) {
      symbol = "in";
    } else if (current().is_name("not") && ahead().is_name("in")) {
      take();
      take();
      symbol = "not in";
    } else {
      break;
    }
    if (node == nullptr) {
      node = make(ExpressionKind::comparison, at);
      node->parts.push_back(std::move(first));
    }
    node->operators.push_back(symbol);
    node->parts.push_back(sum());
  }
  return node == nullptr ? std::move(first) : std::move(node);
}

ExpressionPtr ExpressionParser::sum() {
  auto left = concatenation();
  while (current().is_symbol("+") || current().is_symbol("-")) {
    const Token token = take();
    left = binary(token.value, std::move(left), concatenation(), token.at);
  }
  return left;
}

ExpressionPtr ExpressionParser::concatenation() {
  auto first = product();
  if (!current().is_symbol("~")) return first;
  auto node = make(ExpressionKind::concatenation, current().at);
  node->parts.push_back(std::move(first));
  while (skip_symbol("~")) node->parts.push_back(product());
  return node;
}

ExpressionPtr ExpressionParser::product() {
  auto left = power();
  while (current().is_symbol("*") || current().is_symbol("/") || current().is_symbol("//") ||
         current().is_symbol("%")) {
    const Token token = take();
    left = binary(token.value, std::move(left), power(), token.at);
  }
  return left;
}

ExpressionPtr ExpressionParser::power() {
  auto left = unary(true);
  while (current().is_symbol("**")) {
    const Token token = take();
    left = binary(token.value, std::move(left), unary(true), token.at);
  }
  return left;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  ExpressionPtr node;
  if (current().is_symbol("-") || current().is_symbol("+")) {
    const Depth depth(*this);
    const Token token = take();
    node = make(ExpressionKind::unary, token.at);
    node->name = token.value;
    node->parts.push_back(unary(false));
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  return with_filters ? filters_and_tests(std::move(node)) : std::move(node);
}

ExpressionPtr ExpressionParser::primary() {
  const Depth depth(*this);
  const Token& token = current();
  if (token.kind == TokenKind::integer || token.kind == TokenKind::real) return number();
  if (token.kind == TokenKind::name) {
    const Token name = take();
    auto node = make(ExpressionKind::constant, name.at);
    if (name.value == "true" || name.value == "True") {
      node->value = true;
    } else if (name.value == "false" || name.value == "False") {
      node->value = false;
    } else if (name.value != "none" && name.value != "None") {
      node->kind = ExpressionKind::name;
      node->name = name.value;
      names_read_.push_back(name.value);
    }
    return node;
  }
  if (token.kind == TokenKind::text) {
    auto node = make(ExpressionKind::constant, token.at);
    std::string text;
    while (current().kind == TokenKind::text) text += take().value;
    node->value = Value(std::move(text));
    return node;
  }
  if (token.is_symbol("(")) {
    take();
    auto node = tuple(true, "", true);
    expect_symbol(")");
    return node;
  }
  if (token.is_symbol("[")) {
    auto node = make(ExpressionKind::list, take().at);
    while (!current().is_symbol("]")) {
      if (!node->parts.empty()) expect_symbol(",");
      if (current().is_symbol("]")) break;
      node->parts.push_back(expression());
    }
    expect_symbol("]");
    return node;
  }
  if (token.is_symbol("{")) return dict();
  fail_unexpected(token);
}

ExpressionPtr ExpressionParser::number() {
  const Token token = take();
  auto node = make(ExpressionKind::constant, token.at);
  const char* begin = token.value.data();
  const char* end = begin + token.value.size();
  if (token.kind == TokenKind::real) {
    double value = 0;
    std::from_chars(begin, end, value);
    node->value = value;
    return node;
  }
  int base = 10;
  if (token.value.size() > 2 && token.value[0] == '0') {
    const char letter = static_cast<char>(token.value[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    if (base != 10) begin += 2;
  }
  std::int64_t value = 0;
  if (std::from_chars(begin, end, value, base).ec != std::errc())
    fail(fmt::format("{} is beyond 64 bits", token.value), token.at);
  node->value = value;
  return node;
}

ExpressionPtr ExpressionParser::dict() {
  auto node = make(ExpressionKind::dict, take().at);
  while (!current().is_symbol("}")) {
    if (!node->parts.empty()) expect_symbol(",");
    if (current().is_symbol("}")) break;
    node->parts.push_back(expression());
    expect_symbol(":");
    node->parts.push_back(expression());
  }
  expect_symbol("}");
  return node;
}

ExpressionPtr ExpressionParser::tuple(bool with_conditional, std::string_view stop, bool in_parentheses) {
  const Position at = current().at;
  std::vector<ExpressionPtr> parts;
  bool is_tuple = false;
  const auto ends = [&] {
    return current().kind == TokenKind::variable_end || current().kind == TokenKind::block_end ||
           current().is_symbol(")") || (!stop.empty() && current().is_name(stop));
  };
  while (true) {
    if (!parts.empty()) expect_symbol(",");
    if (ends()) break;
    parts.push_back(expression(with_conditional));
    if (!current().is_symbol(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!parts.empty()) return std::move(parts[0]);
    // Only parentheses make an empty tuple; elsewhere nothing at all is a mistake.
    if (!in_parentheses) fail(fmt::format("expected an expression, got '{}'", described(current())), current().at);
  }
  auto node = make(ExpressionKind::tuple, at);
  node->parts = std::move(parts);
  return node;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  while (true) {
    if (current().is_symbol("."))
      node = attribute(std::move(node));
    else if (current().is_symbol("["))
      node = subscript(std::move(node));
    else if (current().is_symbol("("))
      node = call(std::move(node));
    else
      return node;
  }
}

ExpressionPtr ExpressionParser::filters_and_tests(ExpressionPtr node) {
  while (true) {
    if (current().is_symbol("|")) {
      take();
      node = filter(std::move(node));
    } else if (current().is_name("is")) {
      node = test(std::move(node));
    } else if (current().is_symbol("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr input, bool inline_start) {
  while (inline_start || skip_symbol("|")) {
    inline_start = false;
    input = filter(std::move(input));
  }
  return input;
}

std::string ExpressionParser::dotted_name() {
  std::string name = expect(TokenKind::name, "a name").value;
  while (skip_symbol(".")) name += "." + expect(TokenKind::name, "a name").value;
  return name;
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr input) {
  auto node = make(ExpressionKind::filter, current().at);
  node->name = dotted_name();
  node->parts.push_back(std::move(input));
  if (current().is_symbol("(")) node->arguments = call_arguments();
  return node;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr input) {
  const Position at = take().at;
  const bool negated = skip_name("not");
  auto node = make(ExpressionKind::test, current().at);
  node->name = dotted_name();
  node->parts.push_back(std::move(input));
  const Token& next = current();
  const bool operand = next.kind == TokenKind::name || next.kind == TokenKind::text ||
                       next.kind == TokenKind::integer || next.kind == TokenKind::real || next.is_symbol("[") ||
                       next.is_symbol("{");
  if (next.is_symbol("(")) {
    node->arguments = call_arguments();
  } else if (operand && !next.is_name("else") && !next.is_name("or") && !next.is_name("and")) {
    if (next.is_name("is")) fail("You cannot chain multiple tests with is", next.at);
    node->arguments.positional.push_back(postfix(primary()));
  }
  if (!negated) return node;
  auto inverse = make(ExpressionKind::negation, at);
  inverse->parts.push_back(std::move(node));
  return inverse;
}

ExpressionPtr ExpressionParser::attribute(ExpressionPtr object) {
  take();
  const Token token = take();
  if (token.kind == TokenKind::integer) {
    auto node = make(ExpressionKind::subscript, token.at);
    auto index = make(ExpressionKind::constant, token.at);
    std::int64_t value = 0;
    std::from_chars(token.value.data(), token.value.data() + token.value.size(), value);
    index->value = value;
    node->parts.push_back(std::move(object));
    node->parts.push_back(std::move(index));
    return node;
  }
  if (token.kind != TokenKind::name) fail("expected name or number", token.at);
  auto node = make(ExpressionKind::attribute, token.at);
  node->name = token.value;
  node->parts.push_back(std::move(object));
  return node;
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr object) {
  const Position at = take().at;
  std::vector<ExpressionPtr> indices;
  while (!current().is_symbol("]")) {
    if (!indices.empty()) expect_symbol(",");
    indices.push_back(subscript_part());
  }
  expect_symbol("]");
  auto node = make(ExpressionKind::subscript, at);
  node->parts.push_back(std::move(object));
  if (indices.size() == 1) {
    node->parts.push_back(std::move(indices[0]));
  } else {
    auto all = make(ExpressionKind::tuple, at);
    all->parts = std::move(indices);
    node->parts.push_back(std::move(all));
  }
  return node;
}

ExpressionPtr ExpressionParser::subscript_part() {
  const Position at = current().at;
  ExpressionPtr start;
  if (!current().is_symbol(":")) {
    start = expression();
    if (!current().is_symbol(":")) return start;
  }
  take();
  auto node = make(ExpressionKind::slice, at);
  const auto part = [&]() -> ExpressionPtr {
    if (current().is_symbol(":") || current().is_symbol("]") || current().is_symbol(",")) return nullptr;
    return expression();
  };
  node->parts.push_back(std::move(start));
  node->parts.push_back(part());
  node->parts.push_back(skip_symbol(":") ? part() : nullptr);
  return node;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr callee) {
  auto node = make(ExpressionKind::call, current().at);
  node->parts.push_back(std::move(callee));
  node->arguments = call_arguments();
  return node;
}

CallArguments ExpressionParser::call_arguments() {
  const Position at = take().at;
  CallArguments arguments;
  const auto ensure = [&](bool allowed) {
    if (!allowed) fail("invalid syntax for function call expression", at);
  };
  bool any = false;
  while (!current().is_symbol(")")) {
    if (any) {
      expect_symbol(",");
      if (current().is_symbol(")")) break;
    }
    any = true;
    if (skip_symbol("*")) {
      ensure(arguments.all_positional == nullptr && arguments.all_named == nullptr);
      arguments.all_positional = expression();
    } else if (skip_symbol("**")) {
      ensure(arguments.all_named == nullptr);
      arguments.all_named = expression();
    } else if (current().kind == TokenKind::name && ahead().is_symbol("=")) {
      ensure(arguments.all_named == nullptr);
      const Token key = take();
      take();
      for (const auto& [known, value] : arguments.named)
        if (known == key.value) fail(fmt::format("argument '{}' is given twice", key.value), key.at);
      arguments.named.emplace_back(key.value, expression());
    } else {
      ensure(arguments.all_positional == nullptr && arguments.all_named == nullptr && arguments.named.empty());
      arguments.positional.push_back(expression());
    }
  }
  expect_symbol(")");
  return arguments;
}

}  // namespace assay::text::jinja
