#include "text/jinja/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/bound.h"
#include "text/jinja/builtins.h"
#include "text/jinja/machine.h"
#include "text/jinja/python_text.h"

namespace assay::text::jinja {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// There, as attributes of the object are, but no template may call it.
Value forbidden(const Value& object, const std::string& name) {
  return Undefined{std::make_shared<const std::string>(fmt::format("access to attribute {} of '{}' object is unsafe.",
                                                                   text_repr(name), object.type_name())),
                   false};
}

Value dict_view(const Value& object, const std::string& name) {
  std::vector<Value> values;
  for (const auto& [key, value] : object.as_dict()->entries) {
    if (name == "keys")
      values.push_back(key);
    else if (name == "values")
      values.push_back(value);
    else
      values.push_back(Value::tuple({key, value}));
  }
  return std::make_shared<ViewObject>("dict_" + name, std::move(values));
}

std::optional<Value> dict_method(const Value& object, const std::string& name) {
  if (is_one_of(name, {"clear", "pop", "popitem", "setdefault", "update"})) return forbidden(object, name);
  if (is_one_of(name, {"keys", "values", "items"}))
    return Value::function(name, [object, name](Machine& machine, Arguments& arguments) {
      const Bound bound(name, arguments, {});
      machine.step(object.as_dict()->entries.size());
      return dict_view(object, name);
    });
  if (name == "get")
    return Value::function(name, [object](Machine&, Arguments& arguments) {
      no_named("get", arguments);
      const Bound bound("get", arguments, {"key", "default"}, 1);
      bound[0]->check_hashable();
      const Value* found = object.as_dict()->find(*bound[0]);
      return found != nullptr ? *found : bound.value(1);
    });
  if (name == "copy")
    return Value::function(name, [object](Machine&, Arguments& arguments) {
      const Bound bound("copy", arguments, {});
      return Value::dict(object.as_dict()->entries);
    });
  return std::nullopt;
}

/// count() and index(), which lists, tuples and ranges have.
std::optional<Value> sequence_method(const Value& object, const std::string& name) {
  if (name == "count")
    return Value::function(name, [object](Machine& machine, Arguments& arguments) {
      const Bound bound("count", arguments, {"value"}, 1);
      std::int64_t count = 0;
      for (const Value& item : machine.items(object)) count += item.equals(*bound[0]);
      return Value(count);
    });
  if (name == "index")
    return Value::function(name, [object](Machine& machine, Arguments& arguments) {
      const Bound bound("index", arguments, {"value", "start", "stop"}, 1);
      const std::vector<Value> values = machine.items(object);
      const auto n = static_cast<std::int64_t>(values.size());
      const auto at = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + n : i, 0, n); };
      for (std::int64_t i = at(bound.integer(1, 0)), end = at(bound.integer(2, n)); i < end; ++i)
        if (values[static_cast<std::size_t>(i)].equals(*bound[0])) return Value(i);
      throw Failure(fmt::format("{} is not in list", bound[0]->repr()));
    });
  return std::nullopt;
}

std::optional<Value> list_method(const Value& object, const std::string& name) {
  if (auto shared = sequence_method(object, name)) return shared;
  if (object.is_tuple()) return std::nullopt;
  if (is_one_of(name, {"append", "reverse", "insert", "sort", "extend", "remove"})) return forbidden(object, name);
  if (name == "copy")
    return Value::function(name, [object](Machine& machine, Arguments& arguments) {
      const Bound bound("copy", arguments, {});
      return Value::list(machine.items(object));
    });
  // jinja2's sandbox forgets these two, and templates rely on it.
  if (name == "pop")
    return Value::function(name, [object](Machine&, Arguments& arguments) {
      const Bound bound("pop", arguments, {"index"});
      auto& values = object.as_list()->values;
      std::int64_t index = bound.integer(0, -1);
      if (index < 0) index += static_cast<std::int64_t>(values.size());
      if (index < 0 || index >= static_cast<std::int64_t>(values.size()))
        throw Failure(values.empty() ? "pop from empty list" : "pop index out of range");
      Value item = values[static_cast<std::size_t>(index)];
      values.erase(values.begin() + index);
      return item;
    });
  if (name == "clear")
    return Value::function(name, [object](Machine&, Arguments& arguments) {
      const Bound bound("clear", arguments, {});
      object.as_list()->values.clear();
      return Value();
    });
  return std::nullopt;
}

/// MarkupSafe's Markup passes most methods of str on with their texts escaped; a few that it does not know give a str.
Value markup_method(const Value& object, const std::string& name, Method found) {
  const bool escapes =
      is_one_of(name, {"center", "ljust", "lstrip", "partition", "replace", "rjust", "rpartition", "rstrip", "strip"});
  const bool bares = is_one_of(name, {"casefold", "removeprefix", "removesuffix"});
  return Value::function(name, [object, found, escapes, bares](Machine& machine, Arguments& arguments) {
    const auto escape = [&](Value& argument) {
      if (!argument.is_text() || argument.is_markup()) return;
      argument = Value(escape_html(argument.text()), true);
      machine.check_size(argument.text().size());
    };
    if (escapes) {
      for (Value& argument : arguments.positional) escape(argument);
      for (auto& [key, argument] : arguments.named) escape(argument);
    }
    return found(machine, bares ? Value(object.text()) : object, arguments);
  });
}

std::optional<Value> number_method(const Value& object, const std::string& name) {
  if (name == "real" || (name == "numerator" && !object.is_real()))
    return object.is_boolean() ? Value(object.integer()) : object;
  if (name == "imag") return object.is_real() ? Value(0.0) : Value(0);
  if (name == "denominator" && !object.is_real()) return 1;
  if (name == "is_integer" && object.is_real())
    return Value::function(
        name, [object](Machine&, Arguments&) { return Value(object.real() == std::floor(object.real())); });
  if (name == "conjugate") return Value::function(name, [object](Machine&, Arguments&) { return object; });
  if (name == "bit_length" && !object.is_real())
    return Value::function(name, [object](Machine&, Arguments&) {
      std::int64_t bits = 0;
      for (auto rest = static_cast<std::uint64_t>(std::abs(object.integer())); rest != 0; rest >>= 1) ++bits;
      return Value(bits);
    });
  return std::nullopt;
}

}  // namespace

std::optional<Value> method(const Value& object, const std::string& name) {
  if (object.is_text()) {
    const Method found = find_text_method(name);
    if (found == nullptr) return std::nullopt;
    if (object.is_markup()) return markup_method(object, name, found);
    return Value::function(
        name, [object, found](Machine& machine, Arguments& arguments) { return found(machine, object, arguments); });
  }
  if (object.is_dict()) return dict_method(object, name);
  if (object.is_sequence()) return list_method(object, name);
  if (object.as<RangeObject>() != nullptr) return sequence_method(object, name);
  if (object.is_number()) return number_method(object, name);
  if (const auto* range = object.as<RangeObject>()) {
    if (name == "start") return range->start;
    if (name == "stop") return range->stop;
    if (name == "step") return range->step;
  }
  return std::nullopt;
}

}  // namespace assay::text::jinja
