#include "text/jinja/constant_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/builtins.h"
#include "text/jinja/operators.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t most_steps = 200'000;
constexpr std::size_t most_text = 64U << 10;
constexpr std::size_t most_kept = 1U << 20;

/// Filters that jinja2 hands the variables to, and so never runs before.
bool reads_context(std::string_view filter) {
  return filter == "map" || filter == "reject" || filter == "rejectattr" || filter == "select" ||
         filter == "selectattr";
}

/// What can be written into a program: jinja2 puts nothing else in an expression's place.
bool has_literal(const Value& value) {
  if (const auto* list = value.as_list()) return list->names.empty() && std::ranges::all_of(list->values, has_literal);
  if (const auto* dict = value.as_dict())
    return std::ranges::all_of(dict->entries,
                               [](const auto& entry) { return has_literal(entry.first) && has_literal(entry.second); });
  // jinja2 writes infinity as a name that is not there; better to come to it when rendering.
  if (value.is_real()) return std::isfinite(value.real());
  return !value.is_undefined() && (value.object() == nullptr || value.as<RangeObject>() != nullptr);
}

/// Whether jinja2 lets what goes wrong in such an expression out, instead of leaving it to rendering.
bool fails_early(ExpressionKind kind) {
  return kind == ExpressionKind::dict || kind == ExpressionKind::concatenation || kind == ExpressionKind::conditional ||
         kind == ExpressionKind::either || kind == ExpressionKind::both;
}

}  // namespace

ConstantFolder::ConstantFolder(std::string template_name, bool strict_mode, std::size_t longest_text)
    : name_(std::move(template_name)) {
  strict = strict_mode;
  max_steps = most_steps;
  max_output = std::min(most_text, longest_text);
}

void ConstantFolder::fold(Expression& node) {
  if (!seen_.insert(&node).second) return;
  for_each_part(node, [&](Expression& part) { fold(part); });
  if (node.kind == ExpressionKind::constant) return;
  std::optional<Value> value;
  try {
    value = value_of(node);
  } catch (const LimitReached&) {
    // Rendering has more room.
  } catch (const Failure& failure) {
    if (fails_early(node.kind)) throw TemplateError(name_, node.at.line, node.at.column, failure.what());
  }
  if (!value)
    variable_.insert(&node);
  else if (has_literal(*value) && (value->object() != nullptr || !keep(node, *value)))
    remade_.insert(&node);  // a list is made anew each time: templates may change it
}

bool ConstantFolder::keep(Expression& node, Value value) {
  if (value.is_text()) {
    check_size(value.text().size());
    kept_ += value.text().size();
  }
  if (kept_ > most_kept) return false;
  node.constant = std::move(value);
  return true;
}

std::optional<Value> ConstantFolder::value_of(const Expression& node) {
  if (node.constant) return node.constant;
  if (node.kind == ExpressionKind::constant) return node.value;
  if (variable_.contains(&node) || exhausted()) return std::nullopt;
  step();
  std::optional<Value> value = computed(node);
  if (value && value->is_text()) {
    check_size(value->text().size());
    step(value->text().size() / 64);
  }
  return value;
}

std::optional<Value> ConstantFolder::computed(const Expression& node) {
  const auto part = [&](std::size_t i) { return value_of(*node.parts[i]); };
  switch (node.kind) {
    case ExpressionKind::constant:
      return node.value;
    case ExpressionKind::name:
    case ExpressionKind::call:
    case ExpressionKind::slice:
      return std::nullopt;
    case ExpressionKind::tuple:
    case ExpressionKind::list: {
      auto values = values_of(node.parts);
      if (!values) return std::nullopt;
      return node.kind == ExpressionKind::list ? Value::list(*std::move(values)) : Value::tuple(*std::move(values));
    }
    case ExpressionKind::dict: {
      std::vector<std::pair<Value, Value>> entries;
      for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
        auto key = part(i), value = part(i + 1);
        if (!key || !value) return std::nullopt;
        key->check_hashable();
        entries.emplace_back(*std::move(key), *std::move(value));
      }
      return Value::dict(std::move(entries));
    }
    case ExpressionKind::conditional: {
      const auto condition = part(0);
      if (!condition) return std::nullopt;
      if (condition->truthy()) return part(1);
      return node.parts[2] == nullptr ? std::nullopt : part(2);
    }
    case ExpressionKind::either:
    case ExpressionKind::both: {
      auto left = part(0);
      if (!left) return std::nullopt;
      return left->truthy() == (node.kind == ExpressionKind::either) ? left : part(1);
    }
    case ExpressionKind::negation: {
      const auto operand = part(0);
      if (!operand) return std::nullopt;
      return !operand->truthy();
    }
    case ExpressionKind::comparison:
      return comparison(node);
    case ExpressionKind::binary: {
      const auto left = part(0), right = left ? part(1) : std::nullopt;
      if (!right) return std::nullopt;
      return binary(*this, node.name, *left, *right);
    }
    case ExpressionKind::unary: {
      const auto operand = part(0);
      if (!operand) return std::nullopt;
      return unary(node.name, *operand);
    }
    case ExpressionKind::concatenation: {
      const auto values = values_of(node.parts);
      if (!values) return std::nullopt;
      return concatenate(*this, *values, false);
    }
    case ExpressionKind::attribute: {
      const auto object = part(0);
      if (!object) return std::nullopt;
      return attribute(*object, node.name);
    }
    case ExpressionKind::subscript:
      return element(node);
    case ExpressionKind::filter:
    case ExpressionKind::test:
      return filter_or_test(node);
  }
  return std::nullopt;
}

std::optional<Value> ConstantFolder::comparison(const Expression& node) {
  auto left = value_of(*node.parts[0]);
  for (std::size_t i = 0; left && i < node.operators.size(); ++i) {
    auto right = value_of(*node.parts[i + 1]);
    if (!right) return std::nullopt;
    if (!compare(node.operators[i], *left, *right)) return false;
    left = std::move(right);
  }
  if (!left) return std::nullopt;
  return true;
}

std::optional<Value> ConstantFolder::element(const Expression& node) {
  const auto object = value_of(*node.parts[0]);
  if (!object) return std::nullopt;
  const Expression& index = *node.parts[1];
  if (index.kind != ExpressionKind::slice) {
    const auto key = value_of(index);
    if (!key) return std::nullopt;
    return item(*object, *key);
  }
  Value bounds[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (index.parts[i] == nullptr) continue;
    auto bound = value_of(*index.parts[i]);
    if (!bound) return std::nullopt;
    bounds[i] = *std::move(bound);
  }
  if (object->is_undefined()) return std::nullopt;
  // What cannot be cut so, or not there, is undefined here; when rendering it is an error.
  const auto cuts = [](const Value& bound) { return bound.is_none() || bound.is_integer() || bound.is_boolean(); };
  const bool can_be_cut = object->is_text() || object->is_sequence() || object->as<RangeObject>() != nullptr;
  if (!can_be_cut || !std::ranges::all_of(bounds, cuts))
    return undefined(fmt::format("{} has no such slice", object->type_name()));
  return slice(*object, bounds[0], bounds[1], bounds[2]);
}

std::optional<Value> ConstantFolder::filter_or_test(const Expression& node) {
  if (escaping_unknown || node.parts[0] == nullptr) return std::nullopt;
  const bool is_filter = node.kind == ExpressionKind::filter;
  const Test test = is_filter ? nullptr : find_test(node.name);
  if (is_filter ? find_filter(node.name) == nullptr || reads_context(node.name) : test == nullptr) return std::nullopt;
  auto arguments = arguments_of(node.arguments);
  if (!arguments) return std::nullopt;
  const auto input = value_of(*node.parts[0]);
  if (!input) return std::nullopt;
  return is_filter ? filtered(*this, node.name, *input, *arguments) : Value(test(*this, *input, *arguments));
}

std::optional<std::vector<Value>> ConstantFolder::values_of(const std::vector<ExpressionPtr>& nodes) {
  std::vector<Value> values;
  for (const auto& node : nodes) {
    auto value = value_of(*node);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  return values;
}

std::optional<Arguments> ConstantFolder::arguments_of(const CallArguments& list) {
  Arguments given;
  auto positional = values_of(list.positional);
  if (!positional) return std::nullopt;
  given.positional = *std::move(positional);
  for (const auto& [name, node] : list.named) {
    auto value = value_of(*node);
    if (!value) return std::nullopt;
    given.named.emplace_back(name, *std::move(value));
  }
  if (list.all_positional != nullptr) {
    const auto all = value_of(*list.all_positional);
    if (!all) return std::nullopt;
    for (Value& value : items(*all)) given.positional.push_back(std::move(value));
  }
  if (list.all_named != nullptr) {
    const auto all = value_of(*list.all_named);
    if (!all || !all->is_dict()) return std::nullopt;
    for (const auto& [key, value] : all->as_dict()->entries) {
      if (!key.is_text()) return std::nullopt;
      std::erase_if(given.named, [&](const auto& known) { return known.first == key.text(); });
      given.named.emplace_back(key.text(), value);
    }
  }
  return given;
}

}  // namespace assay::text::jinja
