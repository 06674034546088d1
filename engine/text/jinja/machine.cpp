#include "text/jinja/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/builtins.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr int deepest_calls = 200;

std::string described(const Value& object) { return object.is_none() ? "None" : object.type_name() + " object"; }

/// Python's attributes with two underscores at both ends exist on every object, out of a sandbox's reach.
bool is_internal(std::string_view name) { return name.size() > 4 && name.starts_with("__") && name.ends_with("__"); }

std::optional<std::int64_t> index_in(const Value& key, std::size_t count) {
  if (!key.is_integer() && !key.is_boolean()) return std::nullopt;
  std::int64_t index = key.integer();
  if (index < 0) index += static_cast<std::int64_t>(count);
  if (index < 0 || index >= static_cast<std::int64_t>(count)) return std::nullopt;
  return index;
}

struct Slice {
  std::int64_t from, to, step;
};

/// Python's slice(start, stop, step).indices(count).
Slice slice_indices(const Value& start, const Value& stop, const Value& by, std::size_t count) {
  const auto whole = [](const Value& part, std::int64_t fallback) {
    if (part.is_undefined()) fail_undefined(part);
    if (part.is_none()) return fallback;
    if (!part.is_integer() && !part.is_boolean())
      throw Failure("slice indices must be integers or None or have an __index__ method");
    return part.integer();
  };
  const auto n = static_cast<std::int64_t>(count);
  const std::int64_t step = whole(by, 1);
  if (step == 0) throw Failure("slice step cannot be zero");
  const auto bound = [&](const Value& part, std::int64_t fallback) {
    if (part.is_none()) return fallback;
    std::int64_t at = whole(part, 0);
    if (at < 0) at = at < -n ? -1 : at + n;
    if (step > 0) return std::clamp<std::int64_t>(at, 0, n);
    return std::clamp<std::int64_t>(at, -1, n - 1);
  };
  // A negative start that lies before the first item is 0 going up, and nothing going down.
  return {bound(start, step > 0 ? 0 : n - 1), bound(stop, step > 0 ? n : -1), step};
}

std::vector<std::size_t> slice_positions(const Value& start, const Value& stop, const Value& by, std::size_t count) {
  const auto [from, to, step] = slice_indices(start, stop, by, count);
  const auto n = static_cast<std::int64_t>(count);
  std::vector<std::size_t> positions;
  if (step > 0)
    for (std::int64_t i = from; i < to; i += std::min(step, n + 1)) positions.push_back(static_cast<std::size_t>(i));
  else
    for (std::int64_t i = from; i > to; i += std::max(step, -n - 1)) positions.push_back(static_cast<std::size_t>(i));
  return positions;
}

Value slice_text(const Value& text, const Value& start, const Value& stop, const Value& by) {
  const std::u32string points = to_code_points(text.text());
  std::string out;
  for (const std::size_t i : slice_positions(start, stop, by, points.size())) append_utf8(out, points[i]);
  return {std::move(out), text.is_markup()};
}

}  // namespace

Machine::~Machine() {
  for (const auto& weak : remembered_)
    if (const auto object = weak.lock()) object->release();
}

void Machine::remember(const std::shared_ptr<Object>& object) {
  if (remembered_.empty() || remembered_.back().lock() != object) remembered_.push_back(object);
}

void Machine::step(std::size_t count) {
  steps_ += count;
  if (steps_ > max_steps)
    throw LimitReached(fmt::format(
        "rendering took more than {} steps: the template loops for ever, or does too much for one text", max_steps));
}

void Machine::check_size(std::size_t bytes) const {
  if (bytes > max_output) throw LimitReached(fmt::format("a text of more than {} bytes would come out", max_output));
}

Value Machine::undefined(std::string message) const {
  return Undefined{std::make_shared<const std::string>(std::move(message)), strict};
}

Value Machine::undefined_name(std::string_view name) const { return undefined(fmt::format("'{}' is undefined", name)); }

Value Machine::undefined_in(const Value& object, const Value& key) const {
  if (key.is_text()) return undefined(fmt::format("'{}' has no attribute {}", described(object), key.repr()));
  return undefined(fmt::format("{} has no element {}", described(object), key.repr()));
}

std::optional<Value> Machine::own_attribute(const Value& object, const std::string& name) const {
  if (is_internal(name))
    return undefined(
        fmt::format("access to attribute {} of '{}' object is unsafe.", text_repr(name), object.type_name()));
  if (object.object() != nullptr)
    if (auto value = object.object()->attribute(name)) return value;
  return method(object, name);
}

Value Machine::attribute(const Value& object, const std::string& name) {
  if (object.is_undefined()) fail_undefined(object);
  if (auto value = own_attribute(object, name)) return *value;
  if (const auto* dict = object.as_dict())
    if (const Value* found = dict->find(std::string_view(name))) return *found;
  return undefined_in(object, Value(name));
}

Value Machine::item(const Value& object, const Value& key) {
  if (object.is_undefined()) fail_undefined(object);
  if (key.is_undefined() && strict) fail_undefined(key);
  if (const auto* dict = object.as_dict()) {
    if (const Value* found = dict->find(key)) return *found;
  } else if (const auto* list = object.as_list()) {
    if (const auto index = index_in(key, list->values.size())) return list->values[static_cast<std::size_t>(*index)];
  } else if (const auto* range = object.as<RangeObject>()) {
    if (const auto index = index_in(key, range->count())) return range->at(static_cast<std::size_t>(*index));
  } else if (object.is_text()) {
    const std::u32string points = to_code_points(object.text());
    if (const auto index = index_in(key, points.size()))
      return {to_utf8(std::u32string_view(points).substr(static_cast<std::size_t>(*index), 1)), object.is_markup()};
  }
  if (key.is_text())
    if (auto value = own_attribute(object, key.text())) return *value;
  return undefined_in(object, key);
}

Value Machine::slice(const Value& object, const Value& start, const Value& stop, const Value& by) {
  if (object.is_undefined()) fail_undefined(object);
  if (object.is_text()) return slice_text(object, start, stop, by);
  if (const auto* range = object.as<RangeObject>()) {
    const auto [from, to, step] = slice_indices(start, stop, by, range->count());
    std::int64_t first = 0, last = 0, combined = 0;
    if (__builtin_mul_overflow(range->step, from, &first) || __builtin_add_overflow(range->start, first, &first) ||
        __builtin_mul_overflow(range->step, to, &last) || __builtin_add_overflow(range->start, last, &last) ||
        __builtin_mul_overflow(range->step, step, &combined))
      throw Failure("an integer beyond 64 bits would come out");
    return std::make_shared<RangeObject>(first, last, combined);
  }
  const auto* list = object.as_list();
  if (list == nullptr) throw Failure(fmt::format("'{}' object is not subscriptable", object.type_name()));
  std::vector<Value> out;
  for (const std::size_t i : slice_positions(start, stop, by, list->values.size())) out.push_back(list->values[i]);
  step(out.size());
  return list->tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

Value Machine::call(const Value& callee, Arguments& arguments) {
  if (callee.is_undefined()) fail_undefined(callee);
  if (callee.object() == nullptr || !callee.object()->callable())
    throw Failure(fmt::format("'{}' object is not callable", callee.type_name()));
  if (calls_ >= deepest_calls) throw Failure("calls are nested too deeply");
  struct Level {
    explicit Level(int& count) : calls(count) { ++calls; }
    ~Level() { --calls; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& calls;
  } level(calls_);
  // The callee may be replaced by what it calls (a namespace's attribute), so it is held here.
  const Value held = callee;
  return held.object()->call(*this, arguments);
}

std::vector<Value> Machine::items(const Value& value) {
  if (const auto length = value.length()) step(*length);
  return value.items();
}

}  // namespace assay::text::jinja
