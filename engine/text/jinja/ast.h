#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/lexer.h"
#include "text/jinja/value.h"

namespace assay::text::jinja {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Body = std::vector<std::unique_ptr<Statement>>;

enum class ExpressionKind {
  constant,       // value
  name,           // name
  tuple,          // parts
  list,           // parts
  dict,           // parts: key, value, key, value, …
  conditional,    // parts: condition, then, else or null
  either,         // `or`; parts: left, right
  both,           // `and`; parts: left, right
  negation,       // `not`; parts: operand
  comparison,     // parts: first, then one for each of `operators`
  binary,         // name: the operator; parts: left, right
  unary,          // name: + or -; parts: operand
  concatenation,  // `~`; parts
  attribute,      // parts: object; name
  subscript,      // parts: object, index
  slice,          // parts: start, stop, step, each or null; only as a subscript's index
  call,           // parts: callee; arguments
  filter,         // parts: input, or null in a filter block; name; arguments
  test,           // parts: input; name; arguments
};

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr all_positional;  // *args
  ExpressionPtr all_named;       // **kwargs
};

struct Expression {
  ExpressionKind kind;
  Position at;
  std::string name;
  Value value;
  std::optional<Value> constant;  ///< what it gives, where the compiler could tell
  bool keeps_markup = false;      ///< of a concatenation
  std::vector<ExpressionPtr> parts;
  std::vector<std::string> operators;
  CallArguments arguments;
};

template <typename Visit>
void for_each_part(const Expression& node, Visit visit) {
  const auto visit_one = [&](const ExpressionPtr& part) {
    if (part != nullptr) visit(*part);
  };
  for (const auto& part : node.parts) visit_one(part);
  for (const auto& part : node.arguments.positional) visit_one(part);
  for (const auto& [name, part] : node.arguments.named) visit_one(part);
  visit_one(node.arguments.all_positional);
  visit_one(node.arguments.all_named);
}

enum class StatementKind {
  data,          // name: the text
  generation,    // body: what an assistant writes
  output,        // expressions
  for_loop,      // target; expressions: iterable, filter or null; body; otherwise; flag: recursive
  if_chain,      // expressions: conditions; branches: one a condition; otherwise
  set,           // target; expressions: value
  set_block,     // target; expressions: filter or null; body
  with,          // targets, expressions: values; body
  macro,         // name; parameters; body
  call_block,    // parameters; expressions: the call; body
  filter_block,  // expressions: filter; body
  block,         // name; body; scoped, required
  extends,       // expressions: template
  include,       // expressions: template; flag: ignore missing; with_context
  import,        // expressions: template; name; with_context
  from_import,   // expressions: template; imports; with_context
  autoescape,    // expressions: on or off; body
  break_loop,
  continue_loop,
};

/// Whether what is written is escaped: jinja2 goes by where that stands in the source, if it can tell from there.
enum class Escaping { off, on, as_rendered };

/// What is assigned to: a name, an attribute of a namespace, or a tuple of names.
struct Target {
  Position at;
  std::string name;
  std::string attribute;
  std::vector<Target> tuple;
  bool is_tuple = false;
};

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  // or null
};

struct Statement {
  StatementKind kind;
  Position at;
  std::string name;
  std::vector<ExpressionPtr> expressions;
  std::vector<Target> targets;
  std::vector<Parameter> parameters;
  std::vector<std::pair<std::string, std::string>> imports;  // name, alias
  Body body;
  Body otherwise;
  std::vector<Body> branches;
  bool flag = false;
  bool with_context = false;
  bool scoped = false;
  bool required = false;
  Escaping escaping = Escaping::off;  ///< of an output, and of what a block hands to its filters
  // Which of the names that a body may read it does read; jinja2 decides by it what a macro accepts.
  bool reads_caller = false;
  bool reads_varargs = false;
  bool reads_kwargs = false;
};

/// A parsed template.
struct Source {
  std::string name;
  Body body;
  std::vector<std::pair<std::string, Statement*>> blocks;  // by name, in order
};

}  // namespace assay::text::jinja
