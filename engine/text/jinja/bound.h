#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace assay::text::jinja {

/// Arguments put to the parameters of a built-in, by place or by name, as Python does it.
class Bound {
 public:
  /// @throws Failure when there are too many, an unknown one, one twice, or fewer than `required`.
  Bound(std::string_view function, const Arguments& arguments, std::initializer_list<std::string_view> parameters,
        std::size_t required = 0);

  /// The argument, or null when it was not given.
  const Value* operator[](std::size_t parameter) const { return values_[parameter]; }

  Value value(std::size_t parameter, Value fallback = {}) const;
  bool truth(std::size_t parameter, bool fallback) const;
  /// For what Python takes an int for. @throws Failure when it is none.
  bool flag(std::size_t parameter) const { return integer(parameter, 0) != 0; }
  /// @throws Failure when it is no integer.
  std::int64_t integer(std::size_t parameter, std::int64_t fallback) const;
  /// @throws Failure when it is no text.
  std::string text(std::size_t parameter, std::string_view fallback) const;
  bool is_none(std::size_t parameter) const { return values_[parameter] == nullptr || values_[parameter]->is_none(); }

 private:
  std::string function_;
  std::vector<const Value*> values_;
};

/// For built-ins that take positional arguments alone.
void no_named(std::string_view function, const Arguments& arguments);

}  // namespace assay::text::jinja
