#include "text/jinja/undeclared.h"

#include <algorithm>
#include <map>
#include <optional>

#include "text/jinja/builtins.h"

namespace assay::text::jinja {
namespace {

/// What jinja2's compiler knows about the names of one level: a name read before it is bound comes from outside, and
/// so does one that only some branches of a condition bind.
class Level {
 public:
  Level(const Level* outer, std::set<std::string>& undeclared) : outer_(outer), undeclared_(&undeclared) {}

  void read(const std::string& name) {
    if (!known(name)) look_up(name);
  }

  void bind(const std::string& name) {
    bound_.insert(name);
    known_.insert(name);
  }

  void expressions(const std::vector<ExpressionPtr>& list) {
    for (const auto& node : list) expression(node.get());
  }

  void expression(const Expression* node) {
    if (node == nullptr) return;
    if (node->kind == ExpressionKind::name) read(node->name);
    expressions(node->parts);
    expressions(node->arguments.positional);
    for (const auto& [name, value] : node->arguments.named) expression(value.get());
    expression(node->arguments.all_positional.get());
    expression(node->arguments.all_named.get());
  }

  void target(const Target& place) {
    if (place.is_tuple)
      for (const Target& part : place.tuple) target(part);
    else if (!place.attribute.empty())
      read(place.name);
    else
      bind(place.name);
  }

  void body(const Body& statements) {
    for (const auto& node : statements) statement(*node);
  }

 private:
  void statement(const Statement& node) {
    switch (node.kind) {
      case StatementKind::for_loop: return for_loop(node);
      case StatementKind::if_chain: return if_chain(node);
      case StatementKind::macro:
        bind(node.name);
        return macro(node);
      case StatementKind::call_block:
        expressions(node.expressions);
        return macro(node);
      case StatementKind::block: return block(node);
      case StatementKind::set:
        expressions(node.expressions);
        return target(node.targets[0]);
      case StatementKind::import:
        expressions(node.expressions);
        return bind(node.name);
      case StatementKind::from_import:
        expressions(node.expressions);
        for (const auto& [name, alias] : node.imports) bind(alias);
        return;
      case StatementKind::set_block: {
        target(node.targets[0]);
        Level inner(this, *undeclared_);
        inner.expressions(node.expressions);
        return inner.body(node.body);
      }
      case StatementKind::with: {
        expressions(node.expressions);
        Level inner(this, *undeclared_);
        for (const Target& place : node.targets) inner.target(place);
        return inner.body(node.body);
      }
      case StatementKind::filter_block:
      case StatementKind::autoescape:
      case StatementKind::scope: {
        Level inner(this, *undeclared_);
        inner.expressions(node.expressions);
        return inner.body(node.body);
      }
      default: return expressions(node.expressions);
    }
  }

  void for_loop(const Statement& node) {
    expression(node.expressions[0].get());
    if (node.expressions[1] != nullptr) {
      Level test(this, *undeclared_);
      test.target(node.targets[0]);
      test.expression(node.expressions[1].get());
    }
    Level inner(this, *undeclared_);
    inner.bind("loop");
    inner.target(node.targets[0]);
    inner.body(node.body);
    Level otherwise(this, *undeclared_);
    otherwise.body(node.otherwise);
  }

  void if_chain(const Statement& node) {
    expression(node.expressions[0].get());
    std::map<std::string, std::size_t> binders;
    std::vector<Level> branches;
    const auto branch = [&](std::size_t condition, const Body& statements) {
      Level inner(*this);
      if (condition > 0 && condition < node.expressions.size()) inner.expression(node.expressions[condition].get());
      inner.body(statements);
      for (const std::string& name : inner.bound_)
        if (!bound_.contains(name)) ++binders[name];
      known_.insert(inner.known_.begin(), inner.known_.end());
      branches.push_back(std::move(inner));
    };
    // Branches see what was known before the condition, not what another branch bound.
    const std::set<std::string> before = known_;
    for (std::size_t i = 0; i < node.branches.size(); ++i) {
      const std::set<std::string> merged = std::exchange(known_, before);
      branch(i, node.branches[i]);
      known_.insert(merged.begin(), merged.end());
    }
    const std::set<std::string> merged = std::exchange(known_, before);
    branch(node.expressions.size(), node.otherwise);
    known_.insert(merged.begin(), merged.end());
    for (const auto& [name, count] : binders) {
      bound_.insert(name);
      if (count < branches.size() && !before.contains(name) && (outer_ == nullptr || !outer_->known(name))) look_up(name);
    }
  }

  void macro(const Statement& node) {
    Level inner(this, *undeclared_);
    for (const Parameter& parameter : node.parameters) inner.bind(parameter.name);
    for (const char* name : {"caller", "varargs", "kwargs"}) inner.bind(name);
    for (const Parameter& parameter : node.parameters) inner.expression(parameter.fallback.get());
    inner.body(node.body);
  }

  /// A block starts afresh: it sees the template's variables, not the names around it.
  void block(const Statement& node) {
    Level inner(node.scoped ? this : nullptr, *undeclared_);
    inner.bind("self");
    inner.bind("super");
    inner.body(node.body);
  }

  bool known(const std::string& name) const {
    return known_.contains(name) || (outer_ != nullptr && outer_->known(name));
  }

  void look_up(const std::string& name) {
    known_.insert(name);
    if (!is_global(name)) undeclared_->insert(name);
  }

  const Level* outer_;
  std::set<std::string>* undeclared_;
  std::set<std::string> known_;
  std::set<std::string> bound_;
};

void literal_names(const Expression& node, std::set<std::string>& names) {
  if (node.kind == ExpressionKind::constant && node.value.is_text()) names.insert(node.value.text());
  if (node.kind == ExpressionKind::tuple || node.kind == ExpressionKind::list || node.kind == ExpressionKind::conditional)
    for (std::size_t i = node.kind == ExpressionKind::conditional ? 1 : 0; i < node.parts.size(); ++i)
      if (node.parts[i] != nullptr) literal_names(*node.parts[i], names);
}

void templates_in(const Body& body, std::set<std::string>& names) {
  for (const auto& node : body) {
    if (node->kind == StatementKind::include || node->kind == StatementKind::extends ||
        node->kind == StatementKind::import || node->kind == StatementKind::from_import)
      literal_names(*node->expressions[0], names);
    templates_in(node->body, names);
    templates_in(node->otherwise, names);
    for (const Body& branch : node->branches) templates_in(branch, names);
  }
}

}  // namespace

std::set<std::string> undeclared_names(const Source& source) {
  std::set<std::string> names;
  Level top(nullptr, names);
  top.bind("self");
  top.body(source.body);
  return names;
}

std::set<std::string> named_templates(const Source& source) {
  std::set<std::string> names;
  templates_in(source.body, names);
  return names;
}

}  // namespace assay::text::jinja
