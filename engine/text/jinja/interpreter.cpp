#include "text/jinja/interpreter.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/macro.h"
#include "text/jinja/python_text.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer.get())
    for (const auto& [known, value] : scope->names)
      if (known == name) return &value;
  return nullptr;
}

void Scope::set(const std::string& name, Value value) {
  for (auto& [known, old] : names)
    if (known == name) {
      old = std::move(value);
      return;
    }
  names.emplace_back(name, std::move(value));
}

Interpreter::~Interpreter() {
  for (const auto& weak : captured_)
    if (const auto scope = weak.lock()) scope->names.clear();
}

std::string Interpreter::render(const SourcePtr& source, const Value& variables) {
  const auto given = std::make_shared<Scope>();
  for (const auto& [name, value] : variables.as_dict()->entries) given->names.emplace_back(name.text(), value);
  const auto rendering = std::make_shared<Rendering>();
  rendering->root = std::make_shared<Scope>();
  rendering->root->outer = given;
  return capture([&] {
    page_ = out_;
    run_template(source, rendering);
  });
}

void Interpreter::write(std::string_view text) {
  check_size(out_->text.size() + text.size());
  out_->text.append(text);
}

void Interpreter::write_part(const Value& value, const Statement& node, const Frame& frame) {
  if (value.is_text())
    write(value.text());
  else if (!out_->stray)
    out_->stray.emplace(frame.source->name, node.at.line, node.at.column,
                        fmt::format("this block gives no text but {}", value.type_name()));
}

std::string Interpreter::joined(Output output) {
  if (output.stray) throw TemplateError(*output.stray);
  return std::move(output.text);
}

Interpreter::Flow Interpreter::run(const Body& body, Frame& frame) {
  for (const auto& statement : body)
    if (const Flow flow = run(*statement, frame); flow != Flow::next) return flow;
  return Flow::next;
}

Interpreter::Flow Interpreter::run(const Statement& node, Frame& frame) {
  try {
    step();
    switch (node.kind) {
      case StatementKind::data:
        if (!is_quiet(frame)) write(node.name);
        break;
      case StatementKind::output:
        run_output(node, frame);
        break;
      case StatementKind::for_loop:
        return run_for(node, frame);
      case StatementKind::if_chain:
        return run_if(node, frame);
      case StatementKind::set:
        assign(node.targets[0], evaluate(*node.expressions[0], frame), frame);
        break;
      case StatementKind::set_block:
        return run_set_block(node, frame);
      case StatementKind::with:
        return run_with(node, frame);
      case StatementKind::macro:
        run_macro(node, frame);
        break;
      case StatementKind::call_block:
        run_call_block(node, frame);
        break;
      case StatementKind::filter_block:
        return run_filter_block(node, frame);
      case StatementKind::block:
        run_block(node, frame);
        break;
      case StatementKind::extends:
        run_extends(node, frame);
        break;
      case StatementKind::include:
        run_include(node, frame);
        break;
      case StatementKind::import:
      case StatementKind::from_import:
        run_import(node, frame);
        break;
      case StatementKind::autoescape:
        return run_autoescape(node, frame);
      case StatementKind::generation:
        return run_generation(node, frame);
      case StatementKind::break_loop:
        return Flow::break_loop;
      case StatementKind::continue_loop:
        return Flow::continue_loop;
    }
  } catch (const Failure& failure) {
    throw TemplateError(frame.source->name, node.at.line, node.at.column, failure.what());
  }
  return Flow::next;
}

void Interpreter::run_output(const Statement& node, Frame& frame) {
  if (is_quiet(frame)) return;
  for (const auto& expression : node.expressions) {
    const Value value = evaluate(*expression, frame);
    if (value.is_undefined() && value.undefined().strict)
      throw TemplateError(frame.source->name, expression->at.line, expression->at.column, *value.undefined().message);
    if (escapes(node) && !value.is_markup())
      write(escape_html(value.str()));
    else if (value.is_text())
      write(value.text());
    else
      write(value.str());
  }
}

Interpreter::Flow Interpreter::run_if(const Statement& node, Frame& frame) {
  for (std::size_t i = 0; i < node.expressions.size(); ++i) {
    const Value condition = evaluate(*node.expressions[i], frame);
    if (condition.is_undefined() && condition.undefined().strict)
      throw TemplateError(frame.source->name, node.expressions[i]->at.line, node.expressions[i]->at.column,
                          *condition.undefined().message);
    if (condition.truthy()) return run(node.branches[i], frame);
  }
  return run(node.otherwise, frame);
}

Interpreter::Flow Interpreter::run_with(const Statement& node, const Frame& frame) {
  Frame inner = frame;
  inner.scope = std::make_shared<Scope>();
  inner.scope->outer = frame.scope;
  inner.top_level = false;
  std::vector<Value> values;
  for (const auto& expression : node.expressions) values.push_back(evaluate(*expression, frame));
  for (std::size_t i = 0; i < values.size(); ++i) assign(node.targets[i], values[i], inner);
  return run(node.body, inner);
}

Interpreter::Flow Interpreter::run_set_block(const Statement& node, Frame& frame) {
  Frame inner = frame;
  inner.scope = std::make_shared<Scope>();
  inner.scope->outer = frame.scope;
  inner.top_level = false;
  inner.quiet_after_extends = false;
  Flow flow = Flow::next;
  Output output = collect([&] { flow = run(node.body, inner); });
  if (flow != Flow::next) return flow;
  Value text(joined(std::move(output)), escapes(node));
  if (node.expressions[0] != nullptr) text = filter_chain(*node.expressions[0], text, inner);
  if (autoescape && !text.is_markup()) text = Value(text.str(), true);
  assign(node.targets[0], text, frame);
  return flow;
}

Interpreter::Flow Interpreter::run_generation(const Statement& node, const Frame& frame) {
  const std::size_t begun = out_->text.size();
  Frame inner = frame;
  inner.scope = std::make_shared<Scope>();
  inner.scope->outer = frame.scope;
  inner.top_level = false;
  inner.quiet_after_extends = false;
  auto stray = std::exchange(out_->stray, std::nullopt);
  const Flow flow = run(node.body, inner);
  // transformers renders the block by a call, which joins what it wrote.
  if (out_->stray) throw TemplateError(*out_->stray);
  out_->stray = std::move(stray);
  if (out_ == page_) generated.emplace_back(begun, out_->text.size());
  return flow;
}

Interpreter::Flow Interpreter::run_filter_block(const Statement& node, const Frame& frame) {
  Frame inner = frame;
  inner.scope = std::make_shared<Scope>();
  inner.scope->outer = frame.scope;
  inner.top_level = false;
  Flow flow = Flow::next;
  Output output = collect([&] { flow = run(node.body, inner); });
  if (flow != Flow::next) return flow;
  const Value text(joined(std::move(output)), escapes(node));
  write_part(filter_chain(*node.expressions[0], text, inner), node, frame);
  return flow;
}

Interpreter::Flow Interpreter::run_autoescape(const Statement& node, Frame& frame) {
  const Autoescape setting(*this, evaluate(*node.expressions[0], frame).truthy());
  Frame inner = frame;
  inner.scope = std::make_shared<Scope>();
  inner.scope->outer = frame.scope;
  inner.top_level = false;
  return run(node.body, inner);
}

void Interpreter::run_macro(const Statement& node, Frame& frame) {
  remember(frame.scope);
  frame.scope->set(node.name, std::make_shared<MacroObject>(node, frame.source, frame.rendering, frame.scope));
}

void Interpreter::run_call_block(const Statement& node, Frame& frame) {
  const Expression& call_node = *node.expressions[0];
  const auto caller = std::make_shared<MacroObject>(node, frame.source, frame.rendering, frame.scope);
  const Value callee = evaluate(*call_node.parts[0], frame);
  Arguments given = arguments(call_node.arguments, frame);
  // Behind what is written out and before what ** unpacks, as Python passes them.
  const auto written = static_cast<std::ptrdiff_t>(call_node.arguments.named.size());
  for (const auto& [name, value] : given.named)
    if (name == "caller") throw Failure("got multiple values for keyword argument 'caller'");
  given.named.insert(given.named.begin() + written, {"caller", caller});
  write_part(call(callee, given), node, frame);
}

void Interpreter::run_block(const Statement& node, const Frame& frame) {
  if (is_quiet(frame)) return;
  run_block_at(node.name, 0, frame.rendering, node.scoped ? frame.scope : frame.rendering->root);
}

void Interpreter::assign(const Target& target, const Value& value, Frame& frame) {
  if (!target.is_tuple && target.attribute.empty()) {
    frame.scope->set(target.name, value);
    return;
  }
  if (!target.is_tuple) {
    const Value holder = name(target.name, frame);
    auto* space = holder.as<NamespaceObject>();
    if (space == nullptr)
      throw TemplateError(frame.source->name, target.at.line, target.at.column,
                          "cannot assign attribute on non-namespace object");
    space->set(target.attribute, value);
    return;
  }
  const std::vector<Value> parts = items(value);
  if (parts.size() != target.tuple.size())
    throw Failure(
        parts.size() < target.tuple.size()
            ? fmt::format("not enough values to unpack (expected {}, got {})", target.tuple.size(), parts.size())
            : fmt::format("too many values to unpack (expected {})", target.tuple.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) assign(target.tuple[i], parts[i], frame);
}

}  // namespace assay::text::jinja
