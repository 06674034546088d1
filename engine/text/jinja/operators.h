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

/// Jinja's ~.
Value concatenate(Machine& machine, const std::vector<Value>& parts);

}  // namespace assay::text::jinja
