#pragma once
#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace assay::text::jinja {

/// What all computing with values shares while one template renders: the mode, the limits, the clock.
class Machine {
 public:
  bool strict = false;
  bool autoescape = false;
  std::size_t max_steps = 0;
  std::size_t max_output = 0;
  std::optional<std::time_t> now;

  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  /// Has `object` release what it holds when rendering ends.
  void remember(const std::shared_ptr<Object>& object);

  /// Counts work. @throws Failure past the limit.
  void step(std::size_t count = 1);
  bool exhausted() const { return steps_ > max_steps; }
  /// @throws Failure when a text of `bytes` may not be made.
  void check_size(std::size_t bytes) const;

  Value undefined(std::string message) const;
  Value undefined_name(std::string_view name) const;
  /// What a missing attribute or element gives.
  Value undefined_in(const Value& object, const Value& key) const;

  /// `object.name`: an attribute or method, else an element.
  Value attribute(const Value& object, const std::string& name);
  /// `object[key]`: an element, else an attribute or method.
  Value item(const Value& object, const Value& key);
  /// `object[start:stop:step]`; None stands for what is left out. @throws Failure as Python does.
  Value slice(const Value& object, const Value& start, const Value& stop, const Value& by);

  Value call(const Value& callee, Arguments& arguments);

  /// The items of a value, counted as steps.
  std::vector<Value> items(const Value& value);

 private:
  std::optional<Value> own_attribute(const Value& object, const std::string& name) const;
  std::vector<std::weak_ptr<Object>> remembered_;
  std::size_t steps_ = 0;
  int calls_ = 0;
};

}  // namespace assay::text::jinja
