#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/builtins.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {
namespace {

constexpr int deepest_templates = 60;

/// What an import gives: the names set at another template's top level.
struct ModuleObject : NamespaceObject {
  std::string file;
  std::function<std::string()> text;
  std::string type_name() const override { return "TemplateModule"; }
  std::string repr() const override { return fmt::format("<TemplateModule '{}'>", file); }
  std::string str() const override { return text(); }
};

}  // namespace

/// A block as a function: self.name, super.
struct BlockObject : Object {
  BlockObject(std::string block, std::size_t level, std::shared_ptr<Rendering> place, std::shared_ptr<Scope> around)
      : name(std::move(block)), depth(level), rendering(std::move(place)), scope(std::move(around)) {}

  std::string type_name() const override { return "BlockReference"; }
  bool callable() const override { return true; }
  Value call(Machine& machine, Arguments& arguments) override {
    if (!arguments.positional.empty() || !arguments.named.empty()) throw Failure("a block takes no arguments");
    auto& interpreter = static_cast<Interpreter&>(machine);
    std::string text = interpreter.capture([&] { interpreter.run_block_at(name, depth, rendering, scope); });
    return {std::move(text), machine.autoescape};
  }
  std::optional<Value> attribute(const std::string& attribute) override {
    if (attribute != "super" || depth + 1 >= rendering->blocks.find(name)->second.size()) return std::nullopt;
    return Value(std::make_shared<BlockObject>(name, depth + 1, rendering, scope));
  }

  std::string name;
  std::size_t depth;
  std::shared_ptr<Rendering> rendering;
  std::shared_ptr<Scope> scope;
};

Value Interpreter::block_value(const std::string& name, std::size_t depth, const std::shared_ptr<Rendering>& rendering,
                               const std::shared_ptr<Scope>& scope) {
  return std::make_shared<BlockObject>(name, depth, rendering, scope);
}

void Interpreter::run_block_at(const std::string& name, std::size_t depth, const std::shared_ptr<Rendering>& rendering,
                               const std::shared_ptr<Scope>& scope) {
  const auto found = rendering->blocks.find(name);
  const auto& [node, source] = found->second[depth];
  if (node->required && depth == 0) throw Failure(fmt::format("Required block '{}' not found", name));
  Frame frame;
  frame.source = source;
  frame.rendering = rendering;
  frame.scope = std::make_shared<Scope>();
  frame.scope->outer = scope;
  frame.block = &found->first;
  frame.block_depth = depth;
  run(node->body, frame);
}

void Interpreter::run_template(const SourcePtr& first, const std::shared_ptr<Rendering>& rendering) {
  remember(rendering->root);
  SourcePtr source = first;
  for (int depth = 0; source != nullptr; ++depth) {
    if (depth > deepest_templates) throw Failure("templates extend each other in a circle");
    for (const auto& [name, node] : source->blocks) rendering->blocks[name].emplace_back(node, source);
    rendering->parent = nullptr;
    Frame frame;
    frame.source = source;
    frame.rendering = rendering;
    frame.scope = rendering->root;
    frame.top_level = true;
    frame.quiet_after_extends = true;
    run(source->body, frame);
    source = rendering->parent;
  }
}

SourcePtr Interpreter::load(const Value& name, bool ignore_missing) {
  if (name.is_undefined()) fail_undefined(name);
  const std::vector<Value> candidates = name.is_sequence() ? name.items() : std::vector<Value>{name};
  for (const Value& candidate : candidates) {
    if (!candidate.is_text())
      throw Failure(fmt::format("a template's name must be a text, not {}", candidate.type_name()));
    if (SourcePtr source = load_(candidate.text())) return source;
  }
  if (ignore_missing) return nullptr;
  if (candidates.size() == 1) throw Failure(fmt::format("there is no template '{}'", candidates[0].str()));
  throw Failure(fmt::format("none of the templates {} exists", name.repr()));
}

void Interpreter::run_extends(const Statement& node, Frame& frame) {
  if (frame.rendering->parent != nullptr) throw Failure("extended multiple times");
  frame.rendering->parent = load(evaluate(*node.expressions[0], frame), false);
}

void Interpreter::run_include(const Statement& node, const Frame& frame) {
  const SourcePtr source = load(evaluate(*node.expressions[0], frame), node.flag);
  if (source == nullptr) return;
  const auto rendering = std::make_shared<Rendering>();
  rendering->root = std::make_shared<Scope>();
  if (node.with_context) rendering->root->outer = frame.scope;
  Arguments none;
  // Through call(), which bounds how deep templates include each other.
  call(Value::function("include",
                       [&](Machine&, Arguments&) {
                         const Autoescape setting(*this, false);
                         run_template(source, rendering);
                         return Value();
                       }),
       none);
}

Value Interpreter::module(const Statement& node, const Frame& frame) {
  const SourcePtr source = load(evaluate(*node.expressions[0], frame), false);
  const auto rendering = std::make_shared<Rendering>();
  rendering->root = std::make_shared<Scope>();
  if (node.with_context) rendering->root->outer = frame.scope;
  const auto result = std::make_shared<ModuleObject>();
  result->file = source->name;
  Arguments none;
  call(Value::function("import",
                       [&](Machine&, Arguments&) {
                         const Autoescape setting(*this, false);
                         result->text = [output = collect([&] { run_template(source, rendering); })] {
                           return joined(output);
                         };
                         return Value();
                       }),
       none);
  for (const auto& [name, value] : rendering->root->names)
    if (!name.starts_with('_')) result->set(name, value);
  return result;
}

void Interpreter::run_import(const Statement& node, Frame& frame) {
  const Value imported = module(node, frame);
  if (node.kind == StatementKind::import) {
    frame.scope->set(node.name, imported);
    return;
  }
  const auto* names = imported.as<ModuleObject>();
  for (const auto& [name, alias] : node.imports) {
    const auto found = std::ranges::find(names->values, name, &std::pair<std::string, Value>::first);
    frame.scope->set(alias, found != names->values.end()
                                ? found->second
                                : undefined(fmt::format("the template '{}' does not export the requested name '{}'",
                                                        names->file, name)));
  }
}

}  // namespace assay::text::jinja
