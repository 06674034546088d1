#include "text/jinja/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "text/jinja/expression_parser.h"
#include "text/jinja/python_text.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {
namespace {

using StatementPtr = std::unique_ptr<Statement>;
using Names = std::initializer_list<std::string_view>;

class Parser : public ExpressionParser {
 public:
  Parser(std::vector<Token> tokens, const std::string& name)
      : ExpressionParser(std::move(tokens), name), source_(std::make_shared<Source>()) {
    source_->name = name;
  }

  std::shared_ptr<Source> run() {
    source_->body = statements({});
    return source_;
  }

 private:
  StatementPtr make(StatementKind kind, Position at) const {
    auto node = std::make_unique<Statement>();
    node->kind = kind;
    node->at = at;
    return node;
  }

  /// Until a tag named in `ends`, whose name is then the current token; until the end of the template without `ends`.
  Body statements(Names ends) {
    const Depth depth(*this);
    Body body;
    while (true) {
      const Token token = current();
      switch (token.kind) {
        case TokenKind::data: {
          auto node = make(StatementKind::data, token.at);
          node->name = take().value;
          body.push_back(std::move(node));
          break;
        }
        case TokenKind::variable_begin: {
          take();
          auto node = make(StatementKind::output, current().at);
          node->expressions.push_back(tuple(true, "", false));
          expect(TokenKind::variable_end, "end of print statement");
          body.push_back(std::move(node));
          break;
        }
        case TokenKind::block_begin: {
          take();
          if (std::ranges::any_of(ends, [&](std::string_view end) { return current().is_name(end); })) return body;
          body.push_back(statement());
          expect(TokenKind::block_end, "end of statement block");
          break;
        }
        case TokenKind::end:
          if (ends.size() > 0) fail(fmt::format("the template ends where {} is missing", described(ends)), token.at);
          return body;
        default:
          fail_unexpected(token);
      }
    }
  }

  static std::string described(Names ends) {
    std::string all;
    for (const std::string_view end : ends) all += fmt::format("{}{{% {} %}}", all.empty() ? "" : " or ", end);
    return all;
  }

  /// A tag's body, up to and past its end tag's name.
  Body body_until(std::string_view end) {
    begin_body();
    Body body = statements({end});
    take();
    return body;
  }

  void begin_body() {
    skip_symbol(":");
    expect(TokenKind::block_end, "end of statement block");
  }

  /// A body that runs apart from the loops around it.
  Body detached_body(std::string_view end) {
    const int loops = std::exchange(loop_depth_, 0);
    Body body = body_until(end);
    loop_depth_ = loops;
    return body;
  }

  StatementPtr statement() {
    const Token token = expect(TokenKind::name, "a tag name");
    const std::string& tag = token.value;
    if (tag == "for") return for_loop(token.at);
    if (tag == "if") return if_chain(token.at);
    if (tag == "set") return set(token.at);
    if (tag == "macro") return macro(token.at);
    if (tag == "call") return call_block(token.at);
    if (tag == "with") return with(token.at);
    if (tag == "block") return block(token.at);
    if (tag == "include") return include(token.at);
    if (tag == "import") return import(token.at);
    if (tag == "from") return from_import(token.at);
    if (tag == "extends") {
      auto node = make(StatementKind::extends, token.at);
      node->expressions.push_back(expression());
      return node;
    }
    if (tag == "filter") {
      auto node = make(StatementKind::filter_block, token.at);
      node->expressions.push_back(filters(nullptr, true));
      node->body = body_until("endfilter");
      return node;
    }
    if (tag == "autoescape") {
      auto node = make(StatementKind::autoescape, token.at);
      node->expressions.push_back(expression());
      node->body = body_until("endautoescape");
      return node;
    }
    if (tag == "generation") {
      auto node = make(StatementKind::generation, token.at);
      node->body = detached_body("endgeneration");
      return node;
    }
    if (tag == "print") {
      auto node = make(StatementKind::output, token.at);
      while (current().kind != TokenKind::block_end) {
        if (!node->expressions.empty()) expect_symbol(",");
        node->expressions.push_back(expression());
      }
      return node;
    }
    if (tag == "break" || tag == "continue") {
      if (loop_depth_ == 0) fail(fmt::format("'{}' outside loop", tag), token.at);
      return make(tag == "break" ? StatementKind::break_loop : StatementKind::continue_loop, token.at);
    }
    fail(fmt::format("Encountered unknown tag '{}'.", tag), token.at);
  }

  static bool is_constant_name(std::string_view name) {
    return name == "true" || name == "false" || name == "none" || name == "True" || name == "False" || name == "None";
  }

  Target name_target() {
    const Token token = expect(TokenKind::name, "a name");
    if (is_constant_name(token.value)) fail(fmt::format("can't assign to '{}'", token.value), token.at);
    return {token.at, token.value, "", {}, false};
  }

  Target target(std::string_view stop, bool with_namespace) {
    if (with_namespace && current().kind == TokenKind::name && ahead().is_symbol(".")) {
      Target place = name_target();
      take();
      place.attribute = expect(TokenKind::name, "a name").value;
      names_read_.push_back(place.name);
      return place;
    }
    Target all{current().at, "", "", {}, true};
    bool commas = false;
    while (true) {
      if (!all.tuple.empty()) expect_symbol(",");
      const bool ends = current().kind == TokenKind::variable_end || current().kind == TokenKind::block_end ||
                        current().is_symbol(")") || current().is_symbol("=") ||
                        (!stop.empty() && current().is_name(stop));
      if (ends && !all.tuple.empty()) break;
      if (skip_symbol("(")) {
        all.tuple.push_back(target("", false));
        expect_symbol(")");
      } else {
        all.tuple.push_back(name_target());
      }
      if (!current().is_symbol(",")) break;
      commas = true;
    }
    if (commas) return all;
    Target only = std::move(all.tuple[0]);
    return only;
  }

  StatementPtr for_loop(Position at) {
    auto node = make(StatementKind::for_loop, at);
    node->targets.push_back(target("in", false));
    expect_name("in");
    node->expressions.push_back(tuple(false, "recursive", false));
    node->expressions.push_back(skip_name("if") ? expression() : nullptr);
    node->flag = skip_name("recursive");
    begin_body();
    ++loop_depth_;
    node->body = statements({"endfor", "else"});
    --loop_depth_;
    // A recursive loop is a function: no loop around it can be left from inside.
    const int loops = node->flag ? std::exchange(loop_depth_, 0) : loop_depth_;
    if (take().value == "else") node->otherwise = body_until("endfor");
    loop_depth_ = loops;
    return node;
  }

  StatementPtr if_chain(Position at) {
    auto node = make(StatementKind::if_chain, at);
    while (true) {
      node->expressions.push_back(tuple(false, "", false));
      begin_body();
      node->branches.push_back(statements({"elif", "else", "endif"}));
      const std::string tag = take().value;
      if (tag == "elif") continue;
      if (tag == "else") node->otherwise = body_until("endif");
      break;
    }
    return node;
  }

  StatementPtr set(Position at) {
    Target place = target("", true);
    if (skip_symbol("=")) {
      auto node = make(StatementKind::set, at);
      node->targets.push_back(std::move(place));
      node->expressions.push_back(tuple(true, "", false));
      return node;
    }
    auto node = make(StatementKind::set_block, at);
    node->targets.push_back(std::move(place));
    node->expressions.push_back(filters(nullptr, false));
    node->body = body_until("endset");
    return node;
  }

  void signature(Statement& node) {
    expect_symbol("(");
    while (!current().is_symbol(")")) {
      if (!node.parameters.empty()) expect_symbol(",");
      const Target parameter = name_target();
      for (const Parameter& known : node.parameters)
        if (known.name == parameter.name) fail(fmt::format("duplicate argument '{}'", parameter.name), parameter.at);
      const bool optional = skip_symbol("=");
      if (!optional && !node.parameters.empty() && node.parameters.back().fallback != nullptr)
        fail("non-default argument follows default argument", parameter.at);
      node.parameters.push_back({parameter.name, optional ? expression() : nullptr});
    }
    expect_symbol(")");
  }

  void macro_body(Statement& node, std::string_view end) {
    const std::size_t first = names_read_.size();
    node.body = detached_body(end);
    const auto reads = [&](std::string_view name) {
      return std::find(names_read_.begin() + static_cast<std::ptrdiff_t>(first), names_read_.end(), name) !=
             names_read_.end();
    };
    node.reads_caller = reads("caller");
    node.reads_varargs = reads("varargs");
    node.reads_kwargs = reads("kwargs");
  }

  StatementPtr macro(Position at) {
    auto node = make(StatementKind::macro, at);
    node->name = name_target().name;
    signature(*node);
    macro_body(*node, "endmacro");
    return node;
  }

  StatementPtr call_block(Position at) {
    auto node = make(StatementKind::call_block, at);
    node->name = "caller";
    if (current().is_symbol("(")) signature(*node);
    node->expressions.push_back(expression());
    if (node->expressions[0]->kind != ExpressionKind::call) fail("expected call", at);
    macro_body(*node, "endcall");
    return node;
  }

  StatementPtr with(Position at) {
    auto node = make(StatementKind::with, at);
    while (current().kind != TokenKind::block_end) {
      if (!node->targets.empty()) expect_symbol(",");
      node->targets.push_back(target("", false));
      expect_symbol("=");
      node->expressions.push_back(expression());
    }
    node->body = body_until("endwith");
    return node;
  }

  StatementPtr block(Position at) {
    auto node = make(StatementKind::block, at);
    node->name = expect(TokenKind::name, "a name").value;
    node->scoped = skip_name("scoped");
    node->required = skip_name("required");
    if (current().is_symbol("-"))
      fail(
          "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore "
          "instead.",
          current().at);
    for (const auto& [known, other] : source_->blocks)
      if (known == node->name) fail(fmt::format("block '{}' defined twice", node->name), at);
    const std::size_t place = source_->blocks.size();
    source_->blocks.emplace_back(node->name, node.get());
    node->body = detached_body("endblock");
    if (node->required && !std::ranges::all_of(node->body, [](const StatementPtr& child) {
          return child->kind == StatementKind::data && strip(child->name, true, true).empty();
        }))
      fail("Required blocks can only contain comments or whitespace", at);
    source_->blocks[place].second = node.get();
    skip_name(node->name);
    return node;
  }

  bool import_context(bool fallback) {
    if (!(current().is_name("with") || current().is_name("without")) || !ahead().is_name("context")) return fallback;
    const bool with = take().value == "with";
    take();
    return with;
  }

  StatementPtr include(Position at) {
    auto node = make(StatementKind::include, at);
    node->expressions.push_back(expression());
    if (current().is_name("ignore") && ahead().is_name("missing")) {
      take();
      take();
      node->flag = true;
    }
    node->with_context = import_context(true);
    return node;
  }

  StatementPtr import(Position at) {
    auto node = make(StatementKind::import, at);
    node->expressions.push_back(expression());
    expect_name("as");
    node->name = name_target().name;
    node->with_context = import_context(false);
    return node;
  }

  StatementPtr from_import(Position at) {
    auto node = make(StatementKind::from_import, at);
    node->expressions.push_back(expression());
    expect_name("import");
    const auto context_here = [&] {
      return (current().is_name("with") || current().is_name("without")) && ahead().is_name("context");
    };
    while (true) {
      if (!node->imports.empty()) expect_symbol(",");
      if (context_here()) break;
      const Target name = name_target();
      if (name.name.starts_with('_')) fail("names starting with an underline can not be imported", name.at);
      node->imports.emplace_back(name.name, skip_name("as") ? name_target().name : name.name);
      if (context_here() || !current().is_symbol(",")) break;
    }
    node->with_context = import_context(false);
    return node;
  }

  std::shared_ptr<Source> source_;
  int loop_depth_ = 0;
};

}  // namespace

std::shared_ptr<Source> parse_template(std::string_view source, const LexerOptions& options) {
  return Parser(tokenize(source, options), options.name).run();
}

}  // namespace assay::text::jinja
