#pragma once
#include <functional>
#include <string>
#include <utility>

#include "assay/sdk/error.h"
#include "assay/sdk/json.h"

namespace assay::sdk {

/// A plugin's parameters after validation against the schema that it declared, defaults filled in.
class Params {
 public:
  Params() : values_(Json::object()) {}
  explicit Params(Json values) : values_(std::move(values)) {}
  /// `asked` is told each name that `has` and `get` are called with, whether or not it was given.
  Params(Json values, std::function<void(const std::string& name)> asked)
      : values_(std::move(values)), asked_(std::move(asked)) {}

  [[nodiscard]] bool has(const std::string& name) const {
    if (asked_) asked_(name);
    return values_.contains(name) && !values_.at(name).is_null();
  }

  /// The value of `name`. @throws BadInput when it is absent or of another type, which a complete schema rules out.
  template <class T>
  [[nodiscard]] T get(const std::string& name) const {
    if (!has(name)) throw BadInput("parameter '" + name + "' is needed but was not given");
    return convert<T>(name);
  }

  /// The value of `name`, or `fallback` where it was not given.
  template <class T>
  [[nodiscard]] T get(const std::string& name, T fallback) const {
    return has(name) ? convert<T>(name) : std::move(fallback);
  }

  [[nodiscard]] const Json& json() const noexcept { return values_; }

 private:
  template <class T>
  [[nodiscard]] T convert(const std::string& name) const {
    try {
      return values_.at(name).get<T>();
    } catch (const Json::exception&) {
      throw BadInput("parameter '" + name + "' has the wrong type: " + values_.at(name).dump());
    }
  }

  Json values_;
  std::function<void(const std::string&)> asked_;
};

}  // namespace assay::sdk
