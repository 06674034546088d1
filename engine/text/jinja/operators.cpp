#include "text/jinja/operators.h"

#include <fmt/format.h>

#include <cmath>

#include "text/jinja/machine.h"
#include "text/jinja/python_format.h"
#include "text/jinja/python_text.h"

namespace assay::text::jinja {
namespace {

[[noreturn]] void fail_operands(const std::string& symbol, const Value& left, const Value& right) {
  throw Failure(
      fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", symbol, left.type_name(), right.type_name()));
}

[[noreturn]] void fail_overflow() { throw Failure("an integer beyond 64 bits would come out"); }

std::int64_t floor_divide(std::int64_t left, std::int64_t right) {
  if (left == INT64_MIN && right == -1) fail_overflow();
  const std::int64_t quotient = left / right;
  return quotient - (left % right != 0 && (left < 0) != (right < 0));
}

std::int64_t modulo(std::int64_t left, std::int64_t right) {
  if (right == -1) return 0;
  const std::int64_t rest = left % right;
  return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}

double modulo(double left, double right) {
  const double rest = std::fmod(left, right);
  if (rest == 0) return std::copysign(0.0, right);
  return (rest < 0) != (right < 0) ? rest + right : rest;
}

/// As CPython: by way of the remainder, so that rounding cannot lift a quotient over the next integer, with a signed zero.
double floor_divide(double left, double right) {
  const double rest = std::fmod(left, right);
  const double quotient = (left - rest) / right - (rest != 0 && (rest < 0) != (right < 0) ? 1 : 0);
  if (quotient == 0) return std::copysign(0.0, left / right);
  const double down = std::floor(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

Value integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) throw Failure("0.0 cannot be raised to a negative power");
    return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  }
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) fail_overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) fail_overflow();
  }
  return result;
}

Value integers(char symbol, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (symbol) {
    case '+':
      overflow = __builtin_add_overflow(left, right, &result);
      break;
    case '-':
      overflow = __builtin_sub_overflow(left, right, &result);
      break;
    case '*':
      overflow = __builtin_mul_overflow(left, right, &result);
      break;
    case '%':
      if (right == 0) throw Failure("integer division or modulo by zero");
      return modulo(left, right);
    default:
      if (right == 0) throw Failure("integer division or modulo by zero");
      return floor_divide(left, right);
  }
  if (overflow) fail_overflow();
  return result;
}

Value reals(const std::string& symbol, double left, double right) {
  if (symbol == "+") return left + right;
  if (symbol == "-") return left - right;
  if (symbol == "*") return left * right;
  if (symbol == "**") {
    if (left == 0 && right < 0) throw Failure("0.0 cannot be raised to a negative power");
    if (left < 0 && right != std::floor(right)) throw Failure("a complex number would come out");
    const double result = std::pow(left, right);
    if (std::isinf(result) && !std::isinf(left) && !std::isinf(right)) throw Failure("Numerical result out of range");
    return result;
  }
  if (right == 0) throw Failure(symbol == "/" ? "division by zero" : "float division by zero");
  if (symbol == "/") return left / right;
  if (symbol == "%") return modulo(left, right);
  return floor_divide(left, right);
}

Value repeated(Machine& machine, const Value& value, std::int64_t times) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (value.is_text()) {
    const std::string& text = value.text();
    if (text.empty()) return value;
    if (count > machine.max_output / text.size()) machine.check_size(machine.max_output + 1);
    std::string out;
    out.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) out += text;
    return {std::move(out), value.is_markup()};
  }
  const auto* list = value.as_list();
  if (list->values.empty()) return value;
  if (count > machine.max_steps / list->values.size()) machine.step(machine.max_steps);
  machine.step(count * list->values.size());
  std::vector<Value> out;
  for (std::size_t i = 0; i < count; ++i) out.insert(out.end(), list->values.begin(), list->values.end());
  return list->tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

Value added(Machine& machine, const Value& left, const Value& right) {
  if (left.is_text() && right.is_text()) {
    machine.check_size(left.text().size() + right.text().size());
    if (!left.is_markup() && !right.is_markup()) return left.text() + right.text();
    const auto html = [](const Value& part) { return part.is_markup() ? part.text() : escape_html(part.text()); };
    return {html(left) + html(right), true};
  }
  if (left.is_text()) throw Failure(fmt::format("can only concatenate str (not \"{}\") to str", right.type_name()));
  const auto *a = left.as_list(), *b = right.as_list();
  if (a == nullptr || b == nullptr || a->tuple != b->tuple) fail_operands("+", left, right);
  machine.step(a->values.size() + b->values.size());
  std::vector<Value> out = a->values;
  out.insert(out.end(), b->values.begin(), b->values.end());
  return a->tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

}  // namespace

Value binary(Machine& machine, const std::string& symbol, const Value& left, const Value& right) {
  if (left.is_undefined()) fail_undefined(left);
  if (symbol == "%" && left.is_text()) return percent_format(machine, left, right);
  if (right.is_undefined()) fail_undefined(right);
  if (left.is_number() && right.is_number()) {
    if (left.is_real() || right.is_real() || symbol == "/") return reals(symbol, left.real(), right.real());
    if (symbol == "**") return integer_power(left.integer(), right.integer());
    return integers(symbol == "//" ? 'd' : symbol[0], left.integer(), right.integer());
  }
  const auto repeatable = [](const Value& value) { return value.is_text() || value.is_sequence(); };
  const auto whole = [](const Value& value) { return value.is_integer() || value.is_boolean(); };
  if (symbol == "*" && repeatable(left) && whole(right)) return repeated(machine, left, right.integer());
  if (symbol == "*" && whole(left) && repeatable(right)) return repeated(machine, right, left.integer());
  if (symbol == "+") return added(machine, left, right);
  fail_operands(symbol == "**" ? "** or pow()" : symbol, left, right);
}

Value unary(const std::string& symbol, const Value& operand) {
  if (operand.is_undefined()) fail_undefined(operand);
  if (!operand.is_number())
    throw Failure(fmt::format("bad operand type for unary {}: '{}'", symbol, operand.type_name()));
  if (operand.is_real()) return symbol == "-" ? -operand.real() : operand.real();
  if (symbol == "+") return operand.integer();
  if (operand.integer() == INT64_MIN) fail_overflow();
  return -operand.integer();
}

bool compare(const std::string& symbol, const Value& left, const Value& right) {
  if (symbol == "==") return left.equals(right);
  if (symbol == "!=") return !left.equals(right);
  if (symbol == "in") return right.contains(left);
  if (symbol == "not in") return !right.contains(left);
  const bool numbers = left.is_number() && right.is_number();
  const bool not_a_number = numbers && (std::isnan(left.real()) || std::isnan(right.real()));
  if (not_a_number) return false;
  try {
    if (symbol == "<") return left.less(right);
    if (symbol == ">") return right.less(left);
    if (symbol == "<=") return !right.less(left);
    return !left.less(right);
  } catch (const Failure&) {
    if (left.is_undefined() || right.is_undefined()) throw;
    throw Failure(fmt::format("'{}' not supported between instances of '{}' and '{}'", symbol, left.type_name(),
                              right.type_name()));
  }
}

Value concatenate(Machine& machine, const std::vector<Value>& parts, bool keeps_markup) {
  std::string out;
  const bool markup = keeps_markup && std::ranges::any_of(parts, &Value::is_markup);
  for (const Value& part : parts) {
    out += markup && !part.is_markup() ? escape_html(part.str()) : part.str();
    machine.check_size(out.size());
  }
  return {std::move(out), markup};
}

}  // namespace assay::text::jinja
