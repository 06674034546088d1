#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "text/jinja/filters.h"
#include "text/jinja/machine.h"

namespace assay::text::jinja {
namespace {

/// select, reject, selectattr, rejectattr: keeps items by a named test, or by their truth without one.
template <bool keep, bool by_attribute>
Value chosen(Machine& machine, const Value& input, Arguments& arguments) {
  std::vector<Value> kept;
  if (!input.truthy()) return Value::generator(std::move(kept));
  Arguments rest = arguments;
  Value path;
  if (by_attribute) {
    if (rest.positional.empty()) throw Failure("Missing parameter for attribute name");
    path = rest.positional.front();
    rest.positional.erase(rest.positional.begin());
  }
  Test test = nullptr;
  if (!rest.positional.empty()) {
    const std::string name = rest.positional.front().str();
    test = find_test(name);
    if (test == nullptr) throw Failure(fmt::format("No test named '{}'.", name));
    rest.positional.erase(rest.positional.begin());
  }
  for (const Value& item : machine.items(input)) {
    const Value subject = by_attribute ? dotted_attribute(machine, item, path) : item;
    Arguments given = rest;
    const bool passes = test == nullptr ? subject.truthy() : test(machine, subject, given);
    if (passes == keep) kept.push_back(item);
  }
  return Value::generator(std::move(kept));
}

Value map(Machine& machine, const Value& input, Arguments& arguments) {
  std::vector<Value> out;
  if (!input.truthy()) return Value::generator(std::move(out));
  if (arguments.positional.empty() && !arguments.named.empty()) {
    Value path, fallback;
    bool any = false;
    for (const auto& [name, value] : arguments.named) {
      if (name == "attribute")
        path = value, any = true;
      else if (name == "default")
        fallback = value;
      else
        throw Failure(fmt::format("Unexpected keyword argument '{}'", name));
    }
    if (!any) throw Failure("map requires a filter argument");
    for (const Value& item : machine.items(input)) {
      Value value = dotted_attribute(machine, item, path);
      out.push_back(value.is_undefined() && !fallback.is_none() ? fallback : value);
    }
    return Value::generator(std::move(out));
  }
  if (arguments.positional.empty()) throw Failure("map requires a filter argument");
  const std::string name = arguments.positional.front().str();
  Arguments rest = arguments;
  rest.positional.erase(rest.positional.begin());
  for (const Value& item : machine.items(input)) {
    Arguments given = rest;
    out.push_back(filtered(machine, name, item, given));
  }
  return Value::generator(std::move(out));
}

}  // namespace

Filter find_selection_filter(std::string_view name) {
  static const std::unordered_map<std::string_view, Filter> filters = {
      {"map", map},
      {"reject", chosen<false, false>},
      {"rejectattr", chosen<false, true>},
      {"select", chosen<true, false>},
      {"selectattr", chosen<true, true>},
  };
  const auto found = filters.find(name);
  return found == filters.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
