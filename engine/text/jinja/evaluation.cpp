#include <fmt/format.h>

#include <cmath>

#include "text/jinja/builtins.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/operators.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {
namespace {

constexpr int deepest_evaluation = 1500;

/// jinja2 writes a constant base without parentheses into its program, where Python's ** binds tighter than the sign.
bool is_negative_literal(const Expression& base) {
  return base.constant && (base.constant->is_integer() || base.constant->is_real()) &&
         std::signbit(base.constant->real());
}

struct Level {
  explicit Level(int& count) : depth(count) {
    if (depth >= deepest_evaluation) throw Failure("this is nested too deeply");
    ++depth;
  }
  ~Level() { --depth; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  int& depth;
};

}  // namespace

Value Interpreter::evaluate(const Expression& node, const Frame& frame) {
  try {
    step();
    const Level level(depth_);
    return evaluate_inner(node, frame);
  } catch (const Failure& failure) {
    throw TemplateError(frame.source->name, node.at.line, node.at.column, failure.what());
  }
}

Value Interpreter::evaluate_inner(const Expression& node, const Frame& frame) {
  const auto part = [&](std::size_t i) { return evaluate(*node.parts[i], frame); };
  const auto all_parts = [&] {
    std::vector<Value> values;
    values.reserve(node.parts.size());
    for (std::size_t i = 0; i < node.parts.size(); ++i) values.push_back(part(i));
    return values;
  };
  const auto truth = [&](std::size_t i) {
    const Value value = part(i);
    if (value.is_undefined() && value.undefined().strict) {
      const Position at = node.parts[i]->at;
      throw TemplateError(frame.source->name, at.line, at.column, *value.undefined().message);
    }
    return value.truthy();
  };
  if (node.constant) return *node.constant;
  switch (node.kind) {
    case ExpressionKind::constant:
      return node.value;
    case ExpressionKind::name:
      return name(node.name, frame);
    case ExpressionKind::tuple:
      return Value::tuple(all_parts());
    case ExpressionKind::list:
      return Value::list(all_parts());
    case ExpressionKind::dict: {
      std::vector<std::pair<Value, Value>> entries;
      for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
        Value key = part(i);
        entries.emplace_back(std::move(key), part(i + 1));
      }
      return Value::dict(std::move(entries));
    }
    case ExpressionKind::conditional:
      if (truth(0)) return part(1);
      if (node.parts[2] != nullptr) return part(2);
      // jinja2 lets this one print as nothing even in strict mode.
      return Undefined{std::make_shared<const std::string>(
                           "the inline if-expression evaluated to false and no else section was defined."),
                       false};
    case ExpressionKind::either: {
      Value left = part(0);
      return left.truthy() ? left : part(1);
    }
    case ExpressionKind::both: {
      Value left = part(0);
      return left.truthy() ? part(1) : left;
    }
    case ExpressionKind::negation:
      return !truth(0);
    case ExpressionKind::comparison:
      return comparison(node, frame);
    case ExpressionKind::binary: {
      const Value left = part(0);
      if (node.name == "**" && is_negative_literal(*node.parts[0]))
        return unary("-", binary(*this, node.name, unary("-", left), part(1)));
      return binary(*this, node.name, left, part(1));
    }
    case ExpressionKind::unary:
      return unary(node.name, part(0));
    case ExpressionKind::concatenation:
      return concatenate(*this, all_parts(), node.keeps_markup);
    case ExpressionKind::attribute:
      return attribute(part(0), node.name);
    case ExpressionKind::subscript: {
      const Value object = part(0);
      const Expression& index = *node.parts[1];
      if (index.kind != ExpressionKind::slice) return item(object, part(1));
      const auto bound = [&](std::size_t i) {
        return index.parts[i] == nullptr ? Value() : evaluate(*index.parts[i], frame);
      };
      return slice(object, bound(0), bound(1), bound(2));
    }
    case ExpressionKind::slice:
      throw Failure("a slice is only possible as a subscript on its own");
    case ExpressionKind::call: {
      const Value callee = part(0);
      Arguments given = arguments(node.arguments, frame);
      return call(callee, given);
    }
    case ExpressionKind::filter:
      return filter(node, part(0), frame);
    case ExpressionKind::test: {
      const Test test = find_test(node.name);
      if (test == nullptr) throw Failure(fmt::format("No test named '{}'.", node.name));
      const Value input = part(0);
      Arguments given = arguments(node.arguments, frame);
      return test(*this, input, given);
    }
  }
  throw Failure("an expression of unknown kind");
}

Value Interpreter::name(const std::string& name, const Frame& frame) {
  if (const Value* found = frame.scope->find(name)) return *found;
  if (frame.block != nullptr && name == "super") {
    const auto& definitions = frame.rendering->blocks.find(*frame.block)->second;
    if (frame.block_depth + 1 >= definitions.size())
      return undefined(fmt::format("there is no parent block called '{}'.", *frame.block));
    return block_value(*frame.block, frame.block_depth + 1, frame.rendering, frame.scope);
  }
  if (name == "self") {
    auto space = std::make_shared<NamespaceObject>();
    for (const auto& [block, definitions] : frame.rendering->blocks)
      space->set(block, block_value(block, 0, frame.rendering, frame.rendering->root));
    return space;
  }
  if (is_global(name)) return global(name);
  return undefined_name(name);
}

Value Interpreter::comparison(const Expression& node, const Frame& frame) {
  Value left = evaluate(*node.parts[0], frame);
  for (std::size_t i = 0; i < node.operators.size(); ++i) {
    Value right = evaluate(*node.parts[i + 1], frame);
    if (!compare(node.operators[i], left, right)) return false;
    left = std::move(right);
  }
  return true;
}

Value Interpreter::filter(const Expression& node, const Value& input, const Frame& frame) {
  Arguments given = arguments(node.arguments, frame);
  return filtered(*this, node.name, input, given);
}

Value Interpreter::filter_chain(const Expression& node, const Value& input, const Frame& frame) {
  const Value inner = node.parts[0] == nullptr ? input : filter_chain(*node.parts[0], input, frame);
  try {
    return filter(node, inner, frame);
  } catch (const Failure& failure) {
    throw TemplateError(frame.source->name, node.at.line, node.at.column, failure.what());
  }
}

Arguments Interpreter::arguments(const CallArguments& list, const Frame& frame) {
  Arguments given;
  given.positional.reserve(list.positional.size());
  for (const auto& expression : list.positional) given.positional.push_back(evaluate(*expression, frame));
  for (const auto& [name, expression] : list.named) given.named.emplace_back(name, evaluate(*expression, frame));
  if (list.all_positional != nullptr)
    for (Value& value : items(evaluate(*list.all_positional, frame))) given.positional.push_back(std::move(value));
  if (list.all_named != nullptr) {
    const Value named = evaluate(*list.all_named, frame);
    if (!named.is_dict()) throw Failure(fmt::format("argument after ** must be a mapping, not {}", named.type_name()));
    for (const auto& [key, value] : named.as_dict()->entries) {
      if (!key.is_text()) throw Failure("keywords must be strings");
      for (const auto& [known, other] : given.named)
        if (known == key.text()) throw Failure(fmt::format("got multiple values for keyword argument '{}'", known));
      given.named.emplace_back(key.text(), value);
    }
  }
  return given;
}

}  // namespace assay::text::jinja
