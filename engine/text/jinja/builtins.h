#pragma once
#include <string>
#include <string_view>

#include "text/jinja/value.h"

/// Jinja's built-in filters, tests and global functions, and the methods of Python's str, list and dict.
namespace assay::text::jinja {

using Filter = Value (*)(Machine& machine, const Value& input, Arguments& arguments);
using Test = bool (*)(Machine& machine, const Value& input, Arguments& arguments);

/// Null when there is none of that name.
Filter find_filter(std::string_view name);
/// What the filter makes of `input`. @throws Failure where there is none of that name, or a text is past the machine's limit.
Value filtered(Machine& machine, std::string_view name, const Value& input, Arguments& arguments);
Test find_test(std::string_view name);

bool is_global(std::string_view name);
/// REQUIRES is_global(name).
Value global(std::string_view name);

/// A bound method of a built-in type, or nullopt. Methods that change their object are there but refuse to be called, as
/// in jinja2's immutable sandbox.
std::optional<Value> method(const Value& object, const std::string& name);

}  // namespace assay::text::jinja
