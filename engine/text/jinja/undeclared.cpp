#include "text/jinja/undeclared.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "text/jinja/builtins.h"

namespace assay::text::jinja {
namespace {

/// What jinja2's compiler knows about the names of one level: a name read before it is bound comes from outside, and
/// so does one that only some branches of a condition bind.
///
/// What lies inside a level (loops, macros) is looked at after all of it, since names bound later are its names too.
class Level {
 public:
  Level(const Level* outer, std::set<std::string>& undeclared)
      : outer_(outer), undeclared_(&undeclared), inside_(std::make_shared<std::vector<std::function<void()>>>()) {}

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
    for_each_part(*node, [&](const Expression& part) { expression(&part); });
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
    names_of(statements);
    // Branches of this level share the list, so that it runs once, with all of the level known.
    for (std::size_t i = 0; i < inside_->size(); ++i) (*inside_)[i]();
  }

 private:
  void names_of(const Body& statements) {
    for (const auto& node : statements) statement(*node);
  }

  void later(std::function<void()> work) { inside_->push_back(std::move(work)); }

  void statement(const Statement& node) {
    switch (node.kind) {
      case StatementKind::for_loop:
        return for_loop(node);
      case StatementKind::if_chain:
        return if_chain(node);
      case StatementKind::macro:
        bind(node.name);
        return macro(node);
      case StatementKind::call_block:
        expressions(node.expressions);
        return macro(node);
      case StatementKind::block:
        return block(node);
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
      case StatementKind::with:
        expressions(node.expressions);
        return inside(node.body, [&node](Level& inner) {
          for (const Target& place : node.targets) inner.target(place);
        });
      case StatementKind::set_block:
        target(node.targets[0]);
        return inside(node.body, [&node](Level& inner) { inner.expressions(node.expressions); });
      case StatementKind::filter_block:
      case StatementKind::autoescape:
      case StatementKind::generation:
        return inside(node.body, [&node](Level& inner) { inner.expressions(node.expressions); });
      default:
        return expressions(node.expressions);
    }
  }

  /// A level inside this one; `begin` binds and reads what comes before its body.
  void inside(const Body& statements, std::function<void(Level&)> begin) {
    later([outer = owner_ != nullptr ? owner_ : this, undeclared = undeclared_, &statements, begin = std::move(begin)] {
      Level inner(outer, *undeclared);
      begin(inner);
      inner.body(statements);
    });
  }

  void for_loop(const Statement& node) {
    static const Body nothing;
    expression(node.expressions[0].get());
    if (node.expressions[1] != nullptr)
      inside(nothing, [&node](Level& inner) {
        inner.target(node.targets[0]);
        inner.expression(node.expressions[1].get());
      });
    inside(node.body, [&node](Level& inner) {
      inner.bind("loop");
      inner.target(node.targets[0]);
    });
    inside(node.otherwise, [](Level&) {});
  }

  /// Branches see what was known before the condition, not what another branch bound.
  void if_chain(const Statement& node) {
    expression(node.expressions[0].get());
    const std::set<std::string> before = known_;
    std::set<std::string> after = known_;
    std::map<std::string, std::size_t> binders;
    for (std::size_t i = 0; i <= node.branches.size(); ++i) {
      Level branch(*this);
      branch.bound_.clear();
      branch.owner_ = owner_ != nullptr ? owner_ : this;
      if (i > 0 && i < node.branches.size()) branch.expression(node.expressions[i].get());
      branch.names_of(i < node.branches.size() ? node.branches[i] : node.otherwise);
      for (const std::string& name : branch.bound_) ++binders[name];
      after.insert(branch.known_.begin(), branch.known_.end());
    }
    known_ = std::move(after);
    for (const auto& [name, count] : binders) {
      bound_.insert(name);
      const bool outside = before.contains(name) || (outer_ != nullptr && outer_->known(name));
      if (count <= node.branches.size() && !outside) look_up(name);
    }
  }

  void macro(const Statement& node) {
    inside(node.body, [&node](Level& inner) {
      for (const Parameter& parameter : node.parameters) inner.bind(parameter.name);
      if (node.reads_caller) inner.bind("caller");
      if (node.reads_varargs) inner.bind("varargs");
      if (node.reads_kwargs) inner.bind("kwargs");
      for (const Parameter& parameter : node.parameters) inner.expression(parameter.fallback.get());
    });
  }

  /// A block starts afresh: it sees the template's variables, not the names around it.
  void block(const Statement& node) {
    later([&node, undeclared = undeclared_] {
      Level inner(nullptr, *undeclared);
      inner.bind("self");
      inner.bind("super");
      inner.body(node.body);
    });
  }

  bool known(const std::string& name) const {
    return known_.contains(name) || (outer_ != nullptr && outer_->known(name));
  }

  void look_up(const std::string& name) {
    known_.insert(name);
    if (!is_global(name)) undeclared_->insert(name);
  }

  const Level* outer_;
  const Level* owner_ = nullptr;  ///< of a branch: the level that it belongs to
  std::set<std::string>* undeclared_;
  std::shared_ptr<std::vector<std::function<void()>>> inside_;
  std::set<std::string> known_;
  std::set<std::string> bound_;
};

void literal_names(const Expression& node, std::set<std::string>& names) {
  if (node.kind == ExpressionKind::constant && node.value.is_text()) names.insert(node.value.text());
  if (node.kind == ExpressionKind::tuple || node.kind == ExpressionKind::list ||
      node.kind == ExpressionKind::conditional)
    for (std::size_t i = node.kind == ExpressionKind::conditional ? 1 : 0; i < node.parts.size(); ++i)
      if (node.parts[i] != nullptr) literal_names(*node.parts[i], names);
}

/// Calls for every statement that names another template.
template <class Each>
void each_reference(const Body& body, const Each& each) {
  for (const auto& node : body) {
    if (node->kind == StatementKind::include || node->kind == StatementKind::extends ||
        node->kind == StatementKind::import || node->kind == StatementKind::from_import)
      each(*node);
    each_reference(node->body, each);
    each_reference(node->otherwise, each);
    for (const Body& branch : node->branches) each_reference(branch, each);
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
  each_reference(source.body, [&](const Statement& node) { literal_names(*node.expressions[0], names); });
  return names;
}

std::set<std::string> needed_templates(const Source& source) {
  std::set<std::string> names;
  each_reference(source.body, [&](const Statement& node) {
    const Expression& name = *node.expressions[0];
    const bool optional = node.kind == StatementKind::include && node.flag;
    if (!optional && name.kind == ExpressionKind::constant && name.value.is_text()) names.insert(name.value.text());
  });
  return names;
}

}  // namespace assay::text::jinja
