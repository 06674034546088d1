#include "text/jinja/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t small_dict = 12;  // entries; below, looking at each is fastest
constexpr int deepest_repr = 200;

/// Stops printing at a depth that no honest value has.
struct Nesting {
  static int& depth() {
    thread_local int value = 0;
    return value;
  }
  Nesting() {
    if (++depth() > deepest_repr) {
      --depth();
      throw Failure("value is nested too deeply to be printed");
    }
  }
  ~Nesting() { --depth(); }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
};

std::string join_reprs(const std::vector<Value>& values) {
  const Nesting nesting;
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    out += values[i].repr();
  }
  return out;
}

void use(const Value& value) {
  if (value.is_undefined() && value.undefined().strict) fail_undefined(value);
}

}  // namespace

void fail_undefined(const Value& value) { throw Failure(*value.undefined().message); }

Value Value::list(std::vector<Value> items) { return std::make_shared<ListObject>(std::move(items), false); }
Value Value::tuple(std::vector<Value> items) { return std::make_shared<ListObject>(std::move(items), true); }
Value Value::dict(std::vector<std::pair<Value, Value>> entries) {
  return std::make_shared<DictObject>(std::move(entries));
}
Value Value::function(std::string name, Function function) {
  return std::make_shared<FunctionObject>(std::move(name), std::move(function));
}
Value Value::generator(std::vector<Value> items, std::string type) {
  return std::make_shared<GeneratorObject>(std::move(items), std::move(type));
}

Value Value::from_json(const OrderedJson& json) {
  switch (json.type()) {
    case OrderedJson::value_t::boolean:
      return json.get<bool>();
    case OrderedJson::value_t::number_integer:
      return json.get<std::int64_t>();
    case OrderedJson::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(INT64_MAX)) return static_cast<double>(number);
      return static_cast<std::int64_t>(number);
    }
    case OrderedJson::value_t::number_float:
      return json.get<double>();
    case OrderedJson::value_t::string:
      return to_valid_utf8(json.get_ref<const std::string&>());
    case OrderedJson::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const OrderedJson& item : json) items.push_back(from_json(item));
      return list(std::move(items));
    }
    case OrderedJson::value_t::object: {
      std::vector<std::pair<Value, Value>> entries;
      entries.reserve(json.size());
      for (const auto& [key, item] : json.items()) entries.emplace_back(Value(to_valid_utf8(key)), from_json(item));
      return dict(std::move(entries));
    }
    default:
      return {};
  }
}

Object* Value::object() const {
  const auto* pointer = std::get_if<std::shared_ptr<Object>>(&data_);
  return pointer == nullptr ? nullptr : pointer->get();
}
ListObject* Value::as_list() const { return as<ListObject>(); }
DictObject* Value::as_dict() const { return as<DictObject>(); }
bool Value::is_list() const { return as_list() != nullptr && !as_list()->tuple; }
bool Value::is_tuple() const { return as_list() != nullptr && as_list()->tuple; }

bool Value::same_as(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (object() != nullptr) return object() == other.object();
  if (is_undefined()) return undefined().message == other.undefined().message;
  return equals(other);
}

std::string Value::type_name() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_boolean()) return "bool";
  if (is_integer()) return "int";
  if (is_real()) return "float";
  if (is_text()) return is_markup() ? "Markup" : "str";
  return object()->type_name();
}

bool Value::truthy() const {
  use(*this);
  if (is_undefined() || is_none()) return false;
  if (is_boolean() || is_integer()) return integer() != 0;
  if (is_real()) return real() != 0;
  if (is_text()) return !text().empty();
  return object()->truthy();
}

std::string Value::str() const {
  use(*this);
  if (is_undefined()) return {};
  if (is_text()) return text();
  return object() != nullptr ? object()->str() : repr();
}

std::string Value::repr() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "None";
  if (is_boolean()) return boolean() ? "True" : "False";
  if (is_integer()) return std::to_string(integer());
  if (is_real()) return float_repr(real());
  if (is_text()) return is_markup() ? "Markup(" + text_repr(text()) + ")" : text_repr(text());
  return object()->repr();
}

std::optional<std::size_t> Value::length() const {
  use(*this);
  if (is_undefined()) return 0;
  if (is_text()) return text_length(text());
  if (object() != nullptr) return object()->length();
  return std::nullopt;
}

bool Value::iterable() const { return is_undefined() || is_text() || (object() != nullptr && object()->iterable()); }

std::vector<Value> Value::items() const {
  use(*this);
  if (is_undefined()) return {};
  if (is_text()) {
    std::vector<Value> characters;
    for (std::size_t at = 0; at < text().size();) {
      const std::size_t begin = at;
      next_code_point(text(), at);
      characters.emplace_back(text().substr(begin, at - begin));
    }
    return characters;
  }
  if (!iterable()) throw Failure(fmt::format("'{}' object is not iterable", type_name()));
  return object()->items();
}

bool Value::equals(const Value& other) const {
  use(*this);
  use(other);
  if (is_number() && other.is_number()) {
    if (is_real() || other.is_real()) return real() == other.real();
    return integer() == other.integer();
  }
  if (data_.index() != other.data_.index()) return false;
  if (is_text()) return text() == other.text();
  if (object() == nullptr) return true;  // None with None, undefined with undefined
  if (object() == other.object()) return true;
  const Nesting nesting;
  if (const auto* a = as_list(), *b = other.as_list(); a != nullptr && b != nullptr)
    return a->tuple == b->tuple &&
           std::ranges::equal(a->values, b->values, [](const Value& x, const Value& y) { return x.equals(y); });
  if (const auto* a = as_dict(), *b = other.as_dict(); a != nullptr && b != nullptr)
    return a->entries.size() == b->entries.size() && std::ranges::all_of(a->entries, [&](const auto& entry) {
             const Value* found = b->find(entry.first);
             return found != nullptr && found->equals(entry.second);
           });
  if (const auto* a = as<RangeObject>(), *b = other.as<RangeObject>(); a != nullptr && b != nullptr)
    return a->count() == b->count() &&
           (a->count() == 0 || (a->start == b->start && (a->count() == 1 || a->step == b->step)));
  if (const auto* a = as<ViewObject>(), *b = other.as<ViewObject>();
      a != nullptr && b != nullptr && a->type == b->type && a->type != "dict_values")
    return a->values.size() == b->values.size() && std::ranges::all_of(a->values, [&](const Value& value) {
             return std::ranges::any_of(b->values, [&](const Value& candidate) { return value.equals(candidate); });
           });
  return false;
}

bool Value::less(const Value& other) const {
  if (is_undefined()) fail_undefined(*this);
  if (other.is_undefined()) fail_undefined(other);
  if (is_number() && other.is_number()) {
    if (is_real() || other.is_real()) return real() < other.real();
    return integer() < other.integer();
  }
  // UTF-8 sorts by bytes as it does by code points.
  if (is_text() && other.is_text()) return text() < other.text();
  if (const auto* a = as_list(), *b = other.as_list(); a != nullptr && b != nullptr && a->tuple == b->tuple) {
    const std::size_t common = std::min(a->values.size(), b->values.size());
    for (std::size_t i = 0; i < common; ++i)
      if (!a->values[i].equals(b->values[i])) return a->values[i].less(b->values[i]);
    return a->values.size() < b->values.size();
  }
  throw Failure(fmt::format("'<' not supported between instances of '{}' and '{}'", type_name(), other.type_name()));
}

void Value::check_hashable() const {
  if (is_list() || is_dict()) throw Failure(fmt::format("unhashable type: '{}'", type_name()));
  if (is_tuple())
    for (const Value& item : as_list()->values) item.check_hashable();
}

bool Value::contains(const Value& item) const {
  use(*this);
  if (is_text()) {
    if (item.is_undefined()) fail_undefined(item);
    if (!item.is_text())
      throw Failure(fmt::format("'in <string>' requires string as left operand, not {}", item.type_name()));
    return text().find(item.text()) != std::string::npos;
  }
  if (const auto* dict = as_dict()) {
    item.check_hashable();
    return dict->find(item) != nullptr;
  }
  if (!iterable()) throw Failure(fmt::format("argument of type '{}' is not iterable", type_name()));
  if (object() != nullptr && object()->is_iterator()) {
    while (const auto candidate = object()->next())
      if (candidate->equals(item)) return true;
    return false;
  }
  return std::ranges::any_of(items(), [&](const Value& candidate) { return candidate.equals(item); });
}

std::string Object::repr() const { return fmt::format("<{} object>", type_name()); }

std::string ListObject::repr() const {
  if (!tuple) return "[" + join_reprs(values) + "]";
  return "(" + join_reprs(values) + (values.size() == 1 ? ",)" : ")");
}

std::optional<Value> ListObject::attribute(const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return values[static_cast<std::size_t>(found - names.begin())];
}

DictObject::DictObject(std::vector<std::pair<Value, Value>> pairs) {
  const bool large = pairs.size() > small_dict;
  if (!large || std::ranges::any_of(pairs, [](const auto& pair) { return !pair.first.is_text(); })) {
    for (auto& [key, value] : pairs) {
      key.check_hashable();
      if (auto* known = const_cast<Value*>(find(key)))
        *known = std::move(value);
      else
        entries.emplace_back(std::move(key), std::move(value));
    }
    return;
  }
  entries = std::move(pairs);
  sorted_.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) sorted_.emplace_back(entries[i].first.text(), i);
  std::ranges::sort(sorted_);
  // A key that comes again keeps its first place and takes its last value.
  std::vector<bool> repeated(entries.size());
  bool any = false;
  for (std::size_t i = 0; i < sorted_.size();) {
    std::size_t last = i;
    while (last + 1 < sorted_.size() && sorted_[last + 1].first == sorted_[i].first) ++last;
    for (std::size_t k = i + 1; k <= last; ++k) any = repeated[sorted_[k].second] = true;
    if (last > i) entries[sorted_[i].second].second = entries[sorted_[last].second].second;
    i = last + 1;
  }
  if (!any) return;
  std::vector<std::pair<Value, Value>> kept;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (!repeated[i]) kept.push_back(std::move(entries[i]));
  *this = DictObject(std::move(kept));
}

const Value* DictObject::find(const Value& key) const {
  if (key.is_text()) return find(std::string_view(key.text()));
  for (const auto& [known, value] : entries)
    if (known.equals(key)) return &value;
  return nullptr;
}

const Value* DictObject::find(std::string_view key) const {
  if (sorted_.empty()) {
    for (const auto& [known, value] : entries)
      if (known.is_text() && known.text() == key) return &value;
    return nullptr;
  }
  const auto found = std::ranges::lower_bound(sorted_, key, {}, &std::pair<std::string_view, std::size_t>::first);
  return found == sorted_.end() || found->first != key ? nullptr : &entries[found->second].second;
}

std::string DictObject::repr() const {
  const Nesting nesting;
  std::string out = "{";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out += ", ";
    out += entries[i].first.repr() + ": " + entries[i].second.repr();
  }
  return out + "}";
}

std::vector<Value> DictObject::items() {
  std::vector<Value> keys;
  keys.reserve(entries.size());
  for (const auto& entry : entries) keys.push_back(entry.first);
  return keys;
}

std::string ViewObject::repr() const { return type + "([" + join_reprs(values) + "])"; }

std::size_t RangeObject::count() const {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto distance = step > 0 ? static_cast<std::uint64_t>(stop) - static_cast<std::uint64_t>(start)
                                 : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(stop);
  const std::uint64_t width =
      step > 0 ? static_cast<std::uint64_t>(step) : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  return (distance - 1) / width + 1;
}

std::optional<Value> RangeObject::attribute(const std::string& name) {
  if (name == "start") return Value(start);
  if (name == "stop") return Value(stop);
  if (name == "step") return Value(step);
  return std::nullopt;
}

std::string RangeObject::repr() const {
  return step == 1 ? fmt::format("range({}, {})", start, stop) : fmt::format("range({}, {}, {})", start, stop, step);
}

std::vector<Value> RangeObject::items() {
  std::vector<Value> out;
  const std::size_t n = count();
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) out.push_back(at(i));
  return out;
}

std::vector<Value> GeneratorObject::items() {
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(given));
  given = 0;
  return std::exchange(values, {});
}

std::optional<Value> GeneratorObject::next() {
  if (given == values.size()) return std::nullopt;
  return std::move(values[given++]);
}

void NamespaceObject::set(const std::string& name, Value value) {
  for (auto& [known, old] : values)
    if (known == name) {
      old = std::move(value);
      return;
    }
  values.emplace_back(name, std::move(value));
}

std::optional<Value> NamespaceObject::attribute(const std::string& name) {
  for (const auto& [known, value] : values)
    if (known == name) return value;
  return std::nullopt;
}

std::string NamespaceObject::repr() const {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [name, value] : values) entries.emplace_back(Value(name), value);
  return "<Namespace " + Value::dict(std::move(entries)).repr() + ">";
}

}  // namespace assay::text::jinja
