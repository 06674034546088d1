#include "text/jinja/macro.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/python_text.h"

namespace assay::text::jinja {

std::string MacroObject::repr() const {
  return fmt::format("<Macro {}>", is_caller() ? "anonymous" : text_repr(node.name));
}

std::optional<Value> MacroObject::attribute(const std::string& name) {
  std::vector<Value> names;
  for (const Parameter& parameter : node.parameters) names.emplace_back(parameter.name);
  if (name == "name") return is_caller() ? Value() : Value(node.name);
  if (name == "arguments") return Value::tuple(std::move(names));
  if (name == "catch_kwargs") return node.reads_kwargs;
  if (name == "catch_varargs") return node.reads_varargs;
  if (name == "caller") return node.reads_caller;
  return std::nullopt;
}

std::shared_ptr<Scope> MacroObject::bind(Interpreter& interpreter, Arguments& arguments) const {
  auto scope = std::make_shared<Scope>();
  scope->outer = closure;
  const auto take = [&](const std::string& name) -> std::optional<Value> {
    const auto found = std::ranges::find(arguments.named, name, &std::pair<std::string, Value>::first);
    if (found == arguments.named.end()) return std::nullopt;
    Value value = found->second;
    arguments.named.erase(found);
    return value;
  };
  Interpreter::Frame frame;
  frame.source = source;
  frame.rendering = rendering;
  frame.scope = scope;
  bool caller_is_parameter = false;
  const std::size_t count = node.parameters.size();
  std::vector<std::optional<Value>> given(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = node.parameters[i];
    if (parameter.name == "caller") caller_is_parameter = true;
    given[i] = i < arguments.positional.size() ? std::optional(arguments.positional[i]) : take(parameter.name);
  }
  if (node.reads_caller && !caller_is_parameter) {
    const auto caller = take("caller");
    scope->set("caller", caller && !caller->is_none() ? *caller : interpreter.undefined("No caller defined"));
  }
  if (node.reads_kwargs) {
    std::vector<std::pair<Value, Value>> rest;
    for (auto& [name, value] : arguments.named) rest.emplace_back(Value(name), value);
    scope->set("kwargs", Value::dict(std::move(rest)));
  } else if (!arguments.named.empty()) {
    const std::string& name = arguments.named.front().first;
    if (name == "caller")
      throw Failure(
          fmt::format("macro {} does not use its caller, so it cannot be called with a body", text_repr(node.name)));
    throw Failure(fmt::format("macro {} takes no keyword argument {}", text_repr(node.name), text_repr(name)));
  }
  if (node.reads_varargs) {
    std::vector<Value> rest;
    for (std::size_t i = count; i < arguments.positional.size(); ++i) rest.push_back(arguments.positional[i]);
    scope->set("varargs", Value::tuple(std::move(rest)));
  } else if (arguments.positional.size() > count) {
    throw Failure(fmt::format("macro {} takes not more than {} argument(s)", text_repr(node.name), count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = node.parameters[i];
    if (given[i])
      scope->set(parameter.name, *given[i]);
    else if (parameter.fallback != nullptr)
      scope->set(parameter.name, interpreter.evaluate(*parameter.fallback, frame));
    else
      scope->set(parameter.name,
                 interpreter.undefined(fmt::format("parameter {} was not provided", text_repr(parameter.name))));
  }
  return scope;
}

Value MacroObject::call(Machine& machine, Arguments& arguments) {
  // Macros exist only where an interpreter made them.
  auto& interpreter = static_cast<Interpreter&>(machine);
  Interpreter::Frame frame;
  frame.source = source;
  frame.rendering = rendering;
  frame.scope = bind(interpreter, arguments);
  std::string text = interpreter.capture([&] { interpreter.run(node.body, frame); });
  return {std::move(text), machine.autoescape};
}

}  // namespace assay::text::jinja
