#pragma once
#include <optional>
#include <string>
#include <unordered_set>

#include "text/jinja/ast.h"
#include "text/jinja/machine.h"

namespace assay::text::jinja {

/// Works out, as jinja2's optimizer does before a template runs, the expressions that read no name and call nothing.
///
/// It shows in more than speed: what such an expression does not come to is never looked at (`true or x|gone`), and
/// some operations give there what they would not give later. Work and size have small limits of their own; what is
/// past them is left to rendering.
class ConstantFolder : public Machine {
 public:
  ConstantFolder(std::string template_name, bool strict_mode, std::size_t longest_text);

  /// Whether escaping shows only later; then filters and tests have no value yet.
  bool escaping_unknown = false;

  /// Gives values to the constant expressions in `node`, from the inside out.
  /// @throws TemplateError where jinja2's optimizer fails: at a dict whose key can be none.
  void fold(Expression& node);
  /// Whether fold() found a value, be it one that is made anew each time: nothing inside matters any more.
  bool is_constant(const Expression& node) const { return node.constant || remade_.contains(&node); }

  /// The value of `node`; nullopt where it takes rendering to know. @throws Failure where working it out fails.
  std::optional<Value> value_of(const Expression& node);

  /// Has `node` give `value` from now on, while there is room for it; whether there was.
  /// @throws Failure where a text is too long for one.
  bool keep(Expression& node, Value value);

 private:
  std::optional<Value> computed(const Expression& node);
  std::optional<Value> comparison(const Expression& node);
  std::optional<Value> element(const Expression& node);
  std::optional<Value> filter_or_test(const Expression& node);
  std::optional<std::vector<Value>> values_of(const std::vector<ExpressionPtr>& nodes);
  std::optional<Arguments> arguments_of(const CallArguments& list);

  std::string name_;
  std::size_t kept_ = 0;  // bytes
  std::unordered_set<const Expression*> seen_;
  std::unordered_set<const Expression*> variable_;
  std::unordered_set<const Expression*> remade_;
};

}  // namespace assay::text::jinja
