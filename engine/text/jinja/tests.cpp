#include <fmt/format.h>

#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/builtins.h"
#include "text/jinja/machine.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"

namespace assay::text::jinja {
namespace {

void none(Arguments& arguments) { const Bound bound("test", arguments, {}); }

const Value& operand(const Arguments& arguments) {
  if (arguments.positional.size() != 1 || !arguments.named.empty()) throw Failure("this test takes one argument");
  return arguments.positional[0];
}

bool divides(Machine& machine, const Value& input, const Value& number) {
  return binary(machine, "%", input, number).equals(Value(0));
}

template <const char* symbol>
bool compared(Machine&, const Value& input, Arguments& arguments) {
  return compare(symbol, input, operand(arguments));
}

constexpr char equal[] = "==", not_equal[] = "!=", less[] = "<", at_most[] = "<=", greater[] = ">",
               at_least[] = ">=", within[] = "in";

/// Tests without arguments that only look.
template <bool (*look)(const Value&)>
bool plain(Machine&, const Value& input, Arguments& arguments) {
  none(arguments);
  return look(input);
}

bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_boolean(const Value& value) { return value.is_boolean(); }
bool is_true(const Value& value) { return value.is_boolean() && value.boolean(); }
bool is_false(const Value& value) { return value.is_boolean() && !value.boolean(); }
bool is_integer(const Value& value) { return value.is_integer(); }
bool is_float(const Value& value) { return value.is_real(); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.is_text(); }
bool is_mapping(const Value& value) { return value.is_dict(); }
bool is_iterable(const Value& value) {
  if (value.is_undefined() && value.undefined().strict) fail_undefined(value);
  return value.iterable();
}
bool is_callable(const Value& value) {
  return value.is_undefined() || (value.object() != nullptr && value.object()->callable());
}
bool is_escaped(const Value& value) { return value.is_markup(); }
bool is_sequence(const Value& value) {
  if (value.is_undefined()) return !value.undefined().strict;
  return value.is_text() || value.is_dict() || value.is_sequence() || value.as<RangeObject>() != nullptr;
}
bool is_lower(const Value& value) { return is_lower_text(value.str()); }
bool is_upper(const Value& value) { return is_upper_text(value.str()); }
bool is_filter(const Value& value) { return find_filter(value.str()) != nullptr; }
bool is_test(const Value& value) { return find_test(value.str()) != nullptr; }

bool is_odd(Machine& machine, const Value& input, Arguments& arguments) {
  none(arguments);
  return binary(machine, "%", input, Value(2)).equals(Value(1));
}

bool is_even(Machine& machine, const Value& input, Arguments& arguments) {
  none(arguments);
  return divides(machine, input, Value(2));
}

bool is_divisible(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("divisibleby", arguments, {"num"}, 1);
  return divides(machine, input, *bound[0]);
}

bool is_same(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("sameas", arguments, {"other"}, 1);
  return input.same_as(*bound[0]);
}

}  // namespace

Test find_test(std::string_view name) {
  static const std::unordered_map<std::string_view, Test> tests = {
      {"!=", compared<not_equal>},
      {"<", compared<less>},
      {"<=", compared<at_most>},
      {"==", compared<equal>},
      {">", compared<greater>},
      {">=", compared<at_least>},
      {"boolean", plain<is_boolean>},
      {"callable", plain<is_callable>},
      {"defined", plain<is_defined>},
      {"divisibleby", is_divisible},
      {"eq", compared<equal>},
      {"equalto", compared<equal>},
      {"escaped", plain<is_escaped>},
      {"even", is_even},
      {"false", plain<is_false>},
      {"filter", plain<is_filter>},
      {"float", plain<is_float>},
      {"ge", compared<at_least>},
      {"greaterthan", compared<greater>},
      {"gt", compared<greater>},
      {"in", compared<within>},
      {"integer", plain<is_integer>},
      {"iterable", plain<is_iterable>},
      {"le", compared<at_most>},
      {"lessthan", compared<less>},
      {"lower", plain<is_lower>},
      {"lt", compared<less>},
      {"mapping", plain<is_mapping>},
      {"ne", compared<not_equal>},
      {"none", plain<is_none>},
      {"number", plain<is_number>},
      {"odd", is_odd},
      {"sameas", is_same},
      {"sequence", plain<is_sequence>},
      {"string", plain<is_string>},
      {"test", plain<is_test>},
      {"true", plain<is_true>},
      {"undefined", plain<is_undefined>},
      {"upper", plain<is_upper>},
  };
  const auto found = tests.find(name);
  return found == tests.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
