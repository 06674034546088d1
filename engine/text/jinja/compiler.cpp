#include "text/jinja/compiler.h"

#include <fmt/format.h>

#include "text/jinja/builtins.h"
#include "text/jinja/constant_folder.h"
#include "text/jinja/python_text.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {
namespace {

/// Expressions that jinja2 compiles part by part without looking for a value of the whole.
bool is_literal(ExpressionKind kind) {
  return kind == ExpressionKind::constant || kind == ExpressionKind::name || kind == ExpressionKind::tuple ||
         kind == ExpressionKind::list || kind == ExpressionKind::dict || kind == ExpressionKind::slice;
}

class Compiler {
 public:
  Compiler(Source& source, bool strict, std::size_t longest_text)
      : source_(source), folder_(source.name, strict, longest_text) {}

  void run() {
    body(source_.body, {.top_level = true, .root = true, .dropped_by_extends = true});
    for (const auto& [name, block] : source_.blocks) body(block->body, {});
  }

 private:
  /// Where a statement stands.
  struct Place {
    bool conditional = false;  ///< only a condition leads here, so what is missing may never be missed
    bool top_level = false;
    bool root = false;  ///< top-level, and in no condition
    bool dropped_by_extends = false;

    Place in_condition() const { return {true, top_level, false, dropped_by_extends}; }
    Place inside() const { return {.dropped_by_extends = dropped_by_extends}; }
  };

  /// False where rendering cannot pass: jinja2 compiles nothing behind it.
  bool body(Body& statements, Place place) {
    for (const auto& statement : statements)
      if (!compile(*statement, place)) return false;
    return true;
  }

  bool compile(Statement& node, Place place) {
    node.escaping = folder_.escaping_unknown ? Escaping::as_rendered
                    : folder_.autoescape     ? Escaping::on
                                             : Escaping::off;
    switch (node.kind) {
      case StatementKind::data:
      case StatementKind::block:  // on its own, from Source::blocks
      case StatementKind::break_loop:
      case StatementKind::continue_loop:
        break;
      case StatementKind::output:
        if (place.dropped_by_extends && extended_) break;
        for (const auto& expression : node.expressions) output(*expression, place);
        break;
      case StatementKind::for_loop:
        settle(node.expressions[0], place);
        settle(node.expressions[1], place.inside());
        body(node.body, place.inside());
        body(node.otherwise, place.inside());
        break;
      case StatementKind::if_chain:
        settle_all(node.expressions, place.in_condition());
        for (Body& branch : node.branches) body(branch, place.in_condition());
        body(node.otherwise, place.in_condition());
        break;
      case StatementKind::set:
      case StatementKind::include:
      case StatementKind::import:
      case StatementKind::from_import:
        settle_all(node.expressions, place);
        break;
      case StatementKind::set_block:
        settle(node.expressions[0], {});
        body(node.body, {});
        break;
      case StatementKind::filter_block:
        settle(node.expressions[0], place.inside());
        body(node.body, place.inside());
        break;
      case StatementKind::with:
        settle_all(node.expressions, place);
        body(node.body, place.inside());
        break;
      case StatementKind::macro:
      case StatementKind::call_block:
      case StatementKind::generation:
        for (const Parameter& parameter : node.parameters) settle(parameter.fallback, {});
        body(node.body, {});
        settle_all(node.expressions, place);
        break;
      case StatementKind::autoescape:
        autoescape(node, place.inside());
        break;
      case StatementKind::extends:
        return extends(node, place);
    }
    return true;
  }

  bool extends(Statement& node, Place place) {
    if (!place.top_level) fail("cannot use extends from a non top-level scope", node.at);
    if (extended_) return false;
    settle_all(node.expressions, place);
    extended_ = place.root;
    return true;
  }

  void autoescape(Statement& node, Place place) {
    const bool on = folder_.autoescape, unknown = folder_.escaping_unknown;
    settle_all(node.expressions, place);
    try {
      if (const auto value = folder_.value_of(*node.expressions[0]))
        folder_.autoescape = value->truthy();
      else
        folder_.escaping_unknown = true;
    } catch (const Failure&) {
      folder_.escaping_unknown = true;
    }
    body(node.body, place);
    folder_.autoescape = on;
    folder_.escaping_unknown = unknown;
  }

  /// What is written out is escaped here already, so by what is known here.
  void output(Expression& node, Place place) {
    try {
      if (const auto value = folder_.value_of(node)) {
        const bool escapes = folder_.autoescape && !value->is_markup();
        folder_.keep(node, Value(escapes ? escape_html(value->str()) : value->str(), true));
        return;
      }
    } catch (const Failure&) {
      // It fails again when it is rendered, if it is.
    }
    settle(node, place.conditional);
  }

  void settle(const ExpressionPtr& node, Place place) {
    if (node != nullptr) settle(*node, place.conditional);
  }

  void settle_all(const std::vector<ExpressionPtr>& nodes, Place place) {
    for (const auto& node : nodes) settle(node, place);
  }

  void settle(Expression& node, bool conditional) {
    if (!folder_.escaping_unknown && !is_literal(node.kind)) folder_.fold(node);
    if (folder_.is_constant(node)) return;
    if (!conditional && node.kind == ExpressionKind::filter && find_filter(node.name) == nullptr)
      fail(fmt::format("No filter named '{}'.", node.name), node.at);
    if (!conditional && node.kind == ExpressionKind::test && find_test(node.name) == nullptr)
      fail(fmt::format("No test named '{}'.", node.name), node.at);
    node.keeps_markup = folder_.autoescape && !folder_.escaping_unknown;
    for_each_part(node,
                  [&](Expression& part) { settle(part, conditional || node.kind == ExpressionKind::conditional); });
  }

  [[noreturn]] void fail(const std::string& message, Position at) const {
    throw TemplateError(source_.name, at.line, at.column, message);
  }

  Source& source_;
  ConstantFolder folder_;
  bool extended_ = false;  // for certain, by an extends that every rendering comes to
};

}  // namespace

void compile(Source& source, bool strict, std::size_t longest_text) { Compiler(source, strict, longest_text).run(); }

}  // namespace assay::text::jinja
