#pragma once
#include <assay/sdk/json.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Python's values as far as templates see them.
namespace assay::text::jinja {

/// Something went wrong while computing with values; whoever knows the place in the template adds it.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A limit of the engine's own was met; with more room the computing might go on.
struct LimitReached : Failure {
  using Failure::Failure;
};

class Value;
class Machine;
struct Object;
struct ListObject;
struct DictObject;

struct None {};

/// The value of a name, attribute or element that is not there.
struct Undefined {
  std::shared_ptr<const std::string> message;
  bool strict = false;
};

struct Text {
  std::shared_ptr<const std::string> data;
  bool markup = false;  ///< HTML already: escaping leaves it alone
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

using Function = std::function<Value(Machine&, Arguments&)>;

class Value {
 public:
  Value() : data_(None{}) {}
  Value(bool boolean) : data_(boolean) {}
  Value(std::int64_t integer) : data_(integer) {}
  Value(int integer) : data_(std::int64_t{integer}) {}
  Value(double real) : data_(real) {}
  Value(std::string text, bool markup = false)
      : data_(Text{std::make_shared<const std::string>(std::move(text)), markup}) {}
  Value(const char* text) : Value(std::string(text)) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(std::shared_ptr<Object> object) : data_(std::move(object)) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  template <typename T>
  requires std::is_base_of_v<Object, T> Value(std::shared_ptr<T> object)
      : data_(std::shared_ptr<Object>(std::move(object))) {}
  Value(const void*) = delete;

  static Value size(std::size_t count) { return {static_cast<std::int64_t>(count)}; }
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);
  static Value dict(std::vector<std::pair<Value, Value>> entries);
  static Value function(std::string name, Function function);
  /// Items handed out once, as Python's generators are; printed under `type`.
  static Value generator(std::vector<Value> items, std::string type = "generator");
  static Value from_json(const OrderedJson& json);

  bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  bool is_boolean() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_real() const { return std::holds_alternative<double>(data_); }
  bool is_number() const { return is_boolean() || is_integer() || is_real(); }
  bool is_text() const { return std::holds_alternative<Text>(data_); }
  bool is_markup() const { return is_text() && std::get<Text>(data_).markup; }
  bool is_list() const;  ///< a list, not a tuple
  bool is_tuple() const;
  bool is_sequence() const { return as_list() != nullptr; }  ///< a list or a tuple
  bool is_dict() const { return as_dict() != nullptr; }

  const Undefined& undefined() const { return std::get<Undefined>(data_); }
  bool boolean() const { return std::get<bool>(data_); }
  /// REQUIRES is_boolean() or is_integer().
  std::int64_t integer() const { return is_boolean() ? std::int64_t{boolean()} : std::get<std::int64_t>(data_); }
  /// REQUIRES is_number().
  double real() const { return is_real() ? std::get<double>(data_) : static_cast<double>(integer()); }
  const std::string& text() const { return *std::get<Text>(data_).data; }
  Object* object() const;  ///< or null
  ListObject* as_list() const;
  DictObject* as_dict() const;
  template <typename T>
  T* as() const {
    return dynamic_cast<T*>(object());
  }

  bool same_as(const Value& other) const;  ///< Python's `is`

  /// Python's name of the type, as its error messages use it.
  std::string type_name() const;
  bool truthy() const;
  /// Python's str().
  std::string str() const;
  /// Python's repr().
  std::string repr() const;
  /// Python's len(); nullopt where there is none.
  std::optional<std::size_t> length() const;
  bool iterable() const;
  /// The items that iterating gives. @throws Failure when the value is not iterable.
  std::vector<Value> items() const;

  /// @throws Failure when Python has no hash of it: it can be no key.
  void check_hashable() const;

  /// Python's ==.
  bool equals(const Value& other) const;
  /// Python's <. @throws Failure where Python has no order.
  bool less(const Value& other) const;
  /// Python's `item in *this`.
  bool contains(const Value& item) const;

 private:
  std::variant<None, Undefined, bool, std::int64_t, double, Text, std::shared_ptr<Object>> data_;
};

/// Throws what using an undefined value raises.
[[noreturn]] void fail_undefined(const Value& value);

struct Object {
  virtual ~Object() = default;
  /// Lets go of what it holds, which may be itself; only what can change can come to that.
  virtual void release() {}
  virtual std::string type_name() const = 0;
  virtual std::string repr() const;
  virtual std::string str() const { return repr(); }
  virtual bool truthy() const { return true; }
  virtual std::optional<std::size_t> length() const { return std::nullopt; }
  virtual bool iterable() const { return false; }
  virtual std::vector<Value> items() { return {}; }
  /// Whether it hands its items out once, one next() after another.
  virtual bool is_iterator() const { return false; }
  /// The next item of an iterator, while there is one.
  virtual std::optional<Value> next() { return std::nullopt; }
  /// A named attribute that is neither a method of a built-in type nor an element.
  virtual std::optional<Value> attribute(const std::string&) { return std::nullopt; }
  virtual bool callable() const { return false; }
  virtual Value call(Machine&, Arguments&) { throw Failure("'" + type_name() + "' object is not callable"); }
};

struct ListObject : Object {
  ListObject(std::vector<Value> list, bool is_tuple) : values(std::move(list)), tuple(is_tuple) {}
  std::vector<Value> values;
  bool tuple;
  /// By position, for the named tuples that groupby gives.
  std::vector<std::string> names;
  std::string type_name() const override { return tuple ? "tuple" : "list"; }
  std::string repr() const override;
  bool truthy() const override { return !values.empty(); }
  std::optional<std::size_t> length() const override { return values.size(); }
  bool iterable() const override { return true; }
  std::vector<Value> items() override { return values; }
  std::optional<Value> attribute(const std::string& name) override;
};

/// Keys in the order in which they came. Templates cannot change one.
struct DictObject : Object {
  explicit DictObject(std::vector<std::pair<Value, Value>> pairs);
  std::vector<std::pair<Value, Value>> entries;
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  std::string type_name() const override { return "dict"; }
  std::string repr() const override;
  bool truthy() const override { return !entries.empty(); }
  std::optional<std::size_t> length() const override { return entries.size(); }
  bool iterable() const override { return true; }
  std::vector<Value> items() override;

 private:
  std::vector<std::pair<std::string_view, std::size_t>> sorted_;  ///< text keys of larger dicts
};

/// keys(), values() or items() of a dict.
struct ViewObject : Object {
  ViewObject(std::string kind, std::vector<Value> view) : type(std::move(kind)), values(std::move(view)) {}
  std::string type;
  std::vector<Value> values;
  std::string type_name() const override { return type; }
  std::string repr() const override;
  bool truthy() const override { return !values.empty(); }
  std::optional<std::size_t> length() const override { return values.size(); }
  bool iterable() const override { return true; }
  std::vector<Value> items() override { return values; }
};

struct RangeObject : Object {
  RangeObject(std::int64_t from, std::int64_t to, std::int64_t by) : start(from), stop(to), step(by) {}
  std::int64_t start, stop, step;
  std::size_t count() const;
  std::optional<Value> attribute(const std::string& name) override;
  Value at(std::size_t index) const { return {start + static_cast<std::int64_t>(index) * step}; }
  std::string type_name() const override { return "range"; }
  std::string repr() const override;
  bool truthy() const override { return count() > 0; }
  std::optional<std::size_t> length() const override { return count(); }
  bool iterable() const override { return true; }
  std::vector<Value> items() override;
};

struct GeneratorObject : Object {
  GeneratorObject(std::vector<Value> rest, std::string kind) : values(std::move(rest)), type(std::move(kind)) {}
  std::vector<Value> values;
  std::string type;
  std::size_t given = 0;  ///< how many of the values are gone
  std::string type_name() const override { return type; }
  bool iterable() const override { return true; }
  std::vector<Value> items() override;
  bool is_iterator() const override { return true; }
  std::optional<Value> next() override;
};

struct NamespaceObject : Object {
  std::vector<std::pair<std::string, Value>> values;
  void release() override { values.clear(); }
  void set(const std::string& name, Value value);
  std::string type_name() const override { return "Namespace"; }
  std::string repr() const override;
  std::optional<Value> attribute(const std::string& name) override;
};

struct FunctionObject : Object {
  FunctionObject(std::string function_name, Function body)
      : name(std::move(function_name)), function(std::move(body)) {}
  std::string name;
  Function function;
  std::string type_name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(Machine& machine, Arguments& arguments) override { return function(machine, arguments); }
};

}  // namespace assay::text::jinja
