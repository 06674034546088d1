#include <fmt/format.h>

#include <ctime>
#include <map>

#include "text/jinja/bound.h"
#include "text/jinja/builtins.h"
#include "text/jinja/machine.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t longest_range = 100'000;  // as jinja2's sandbox

Value range(Machine&, Arguments& arguments) {
  no_named("range", arguments);
  const Bound bound("range", arguments, {"start", "stop", "step"}, 1);
  std::int64_t start = bound.integer(0, 0), stop = 0;
  if (bound[1] == nullptr) {
    stop = start;
    start = 0;
  } else {
    stop = bound.integer(1, 0);
  }
  const std::int64_t step = bound.integer(2, 1);
  if (step == 0) throw Failure("range() arg 3 must not be zero");
  const auto result = std::make_shared<RangeObject>(start, stop, step);
  if (result->count() > longest_range)
    throw Failure(fmt::format("Range too big. A range may have {} items.", longest_range));
  return result;
}

std::vector<std::pair<Value, Value>> entries_of(Machine& machine, const Arguments& arguments,
                                                std::string_view function) {
  if (arguments.positional.size() > 1)
    throw Failure(fmt::format("{} expected at most 1 argument, got {}", function, arguments.positional.size()));
  std::vector<std::pair<Value, Value>> entries;
  for (const Value& source : arguments.positional) {
    if (source.is_undefined()) fail_undefined(source);
    if (const auto* dict = source.as_dict()) {
      entries = dict->entries;
      continue;
    }
    for (const Value& item : machine.items(source)) {
      const std::vector<Value> pair = machine.items(item);
      if (pair.size() != 2) throw Failure("dictionary update sequence elements must be pairs");
      entries.emplace_back(pair[0], pair[1]);
    }
  }
  for (const auto& [name, value] : arguments.named) entries.emplace_back(Value(name), value);
  return entries;
}

Value dict(Machine& machine, Arguments& arguments) { return Value::dict(entries_of(machine, arguments, "dict")); }

Value make_namespace(Machine& machine, Arguments& arguments) {
  auto space = std::make_shared<NamespaceObject>();
  for (const auto& [name, value] : entries_of(machine, arguments, "namespace")) space->set(name.str(), value);
  machine.remember(space);
  return space;
}

struct CyclerObject : Object {
  std::vector<Value> values;
  std::size_t at = 0;
  std::string type_name() const override { return "Cycler"; }
};

Value cycler(Machine&, Arguments& arguments) {
  no_named("cycler", arguments);
  if (arguments.positional.empty()) throw Failure("at least one item has to be provided");
  struct Cycler : CyclerObject, std::enable_shared_from_this<Cycler> {
    std::optional<Value> attribute(const std::string& name) override {
      if (name == "current") return values[at];
      if (name == "next")
        return Value::function(name, [self = shared_from_this()](Machine&, Arguments&) {
          Value value = self->values[self->at];
          self->at = (self->at + 1) % self->values.size();
          return value;
        });
      if (name == "reset")
        return Value::function(name, [self = shared_from_this()](Machine&, Arguments&) {
          self->at = 0;
          return Value();
        });
      return std::nullopt;
    }
  };
  auto object = std::make_shared<Cycler>();
  object->values = arguments.positional;
  return object;
}

struct JoinerObject : Object {
  Value separator;
  bool used = false;
  std::string type_name() const override { return "Joiner"; }
  bool callable() const override { return true; }
  Value call(Machine&, Arguments&) override { return std::exchange(used, true) ? separator : Value(""); }
  std::optional<Value> attribute(const std::string& name) override {
    if (name == "sep") return separator;
    if (name == "used") return used;
    return std::nullopt;
  }
};

Value joiner(Machine&, Arguments& arguments) {
  const Bound bound("joiner", arguments, {"sep"});
  auto object = std::make_shared<JoinerObject>();
  object->separator = bound.value(0, ", ");
  return object;
}

Value raise_exception(Machine&, Arguments& arguments) {
  const Bound bound("raise_exception", arguments, {"message"}, 1);
  throw Failure(bound[0]->str());
}

Value strftime_now(Machine& machine, Arguments& arguments) {
  const Bound bound("strftime_now", arguments, {"format"}, 1);
  const std::string format = bound.text(0, "");
  const std::time_t now = machine.now.value_or(std::time(nullptr));
  std::tm local{};
  localtime_r(&now, &local);
  // A space keeps the result from being empty, which would read as a buffer that is too small.
  std::string text(256 + format.size() * 8, '\0');
  text.resize(std::strftime(text.data(), text.size(), (format + " ").c_str(), &local));
  if (!text.empty()) text.pop_back();
  return text;
}

const std::map<std::string_view, Value>& globals() {
  static const std::map<std::string_view, Value> all = {
      {"cycler", Value::function("cycler", cycler)},
      {"dict", Value::function("dict", dict)},
      {"joiner", Value::function("joiner", joiner)},
      {"namespace", Value::function("namespace", make_namespace)},
      {"raise_exception", Value::function("raise_exception", raise_exception)},
      {"range", Value::function("range", range)},
      {"strftime_now", Value::function("strftime_now", strftime_now)},
  };
  return all;
}

}  // namespace

bool is_global(std::string_view name) { return globals().contains(name); }
Value global(std::string_view name) { return globals().find(name)->second; }

}  // namespace assay::text::jinja
