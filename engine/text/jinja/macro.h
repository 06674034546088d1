#pragma once
#include "text/jinja/interpreter.h"

namespace assay::text::jinja {

/// A macro, or the body of a call block, with the names around its definition.
struct MacroObject : Object {
  MacroObject(const Statement& definition, SourcePtr owner, std::shared_ptr<Rendering> place,
              std::shared_ptr<Scope> around)
      : node(definition), source(std::move(owner)), rendering(std::move(place)), closure(std::move(around)) {}

  std::string type_name() const override { return "Macro"; }
  std::string repr() const override;
  bool callable() const override { return true; }
  Value call(Machine& machine, Arguments& arguments) override;
  std::optional<Value> attribute(const std::string& name) override;

 private:
  /// Whether this is a call block's body, which has no name.
  bool is_caller() const { return node.kind == StatementKind::call_block; }
  /// The scope of one call, its parameters bound.
  std::shared_ptr<Scope> bind(Interpreter& interpreter, Arguments& arguments) const;

  const Statement& node;
  SourcePtr source;
  std::shared_ptr<Rendering> rendering;
  std::shared_ptr<Scope> closure;
};

}  // namespace assay::text::jinja
