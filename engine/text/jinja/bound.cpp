#include "text/jinja/bound.h"

#include <fmt/format.h>

namespace assay::text::jinja {

Bound::Bound(std::string_view function, const Arguments& arguments, std::initializer_list<std::string_view> parameters,
             std::size_t required)
    : function_(function), values_(parameters.size()) {
  if (arguments.positional.size() > parameters.size())
    throw Failure(fmt::format("{}() takes at most {} argument(s), {} given", function, parameters.size(),
                              arguments.positional.size()));
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    std::size_t at = 0;
    for (const std::string_view parameter : parameters) {
      if (parameter == name) break;
      ++at;
    }
    if (at == parameters.size()) throw Failure(fmt::format("{}() has no parameter '{}'", function, name));
    if (values_[at] != nullptr) throw Failure(fmt::format("{}() got '{}' twice", function, name));
    values_[at] = &value;
  }
  for (std::size_t i = 0; i < required; ++i)
    if (values_[i] == nullptr)
      throw Failure(fmt::format("{}() misses its argument '{}'", function, parameters.begin()[i]));
}

Value Bound::value(std::size_t parameter, Value fallback) const {
  return values_[parameter] == nullptr ? std::move(fallback) : *values_[parameter];
}

bool Bound::truth(std::size_t parameter, bool fallback) const {
  return values_[parameter] == nullptr ? fallback : values_[parameter]->truthy();
}

std::int64_t Bound::integer(std::size_t parameter, std::int64_t fallback) const {
  const Value* value = values_[parameter];
  if (value == nullptr) return fallback;
  if (value->is_undefined()) fail_undefined(*value);
  if (!value->is_integer() && !value->is_boolean())
    throw Failure(fmt::format("{}(): '{}' object cannot be interpreted as an integer", function_, value->type_name()));
  return value->integer();
}

std::string Bound::text(std::size_t parameter, std::string_view fallback) const {
  const Value* value = values_[parameter];
  if (value == nullptr) return std::string(fallback);
  if (value->is_undefined()) fail_undefined(*value);
  if (!value->is_text()) throw Failure(fmt::format("{}(): expected str, not {}", function_, value->type_name()));
  return value->text();
}

void no_named(std::string_view function, const Arguments& arguments) {
  if (!arguments.named.empty()) throw Failure(fmt::format("{}() takes no keyword arguments", function));
}

}  // namespace assay::text::jinja
