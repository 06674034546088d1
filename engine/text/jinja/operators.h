#pragma once
#include <string>

#include "text/jinja/value.h"

namespace assay::text::jinja {

/// Python's arithmetic: + - * / // % **. @throws Failure where Python raises, and when integers leave 64 bits.
Value binary(Machine& machine, const std::string& symbol, const Value& left, const Value& right);

/// Python's + and - before a number.
Value unary(const std::string& symbol, const Value& operand);

/// == != < <= > >= in, not in.
bool compare(const std::string& symbol, const Value& left, const Value& right);

/// Jinja's ~. With `keeps_markup` the rest is escaped where one part is HTML already.
Value concatenate(Machine& machine, const std::vector<Value>& parts, bool keeps_markup);

}  // namespace assay::text::jinja
