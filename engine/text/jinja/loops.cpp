#include <fmt/format.h>

#include "text/jinja/interpreter.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {

struct LoopObject;

/// What a loop goes through: the items of a value, or what is left of another loop, which moves on with it.
struct LoopSource {
  std::vector<Value> items;
  std::shared_ptr<LoopObject> loop;
};

/// The `loop` of a for block. Items behind a filter are tested only when they are needed, as in jinja2: a loop may
/// change what its own filter reads. As a value it hands out what is left, and itself with each item.
struct LoopObject : Object, std::enable_shared_from_this<LoopObject> {
  /// What a loop keeps of an item, if it passes.
  using Filter = std::function<std::optional<Value>(const Value& item)>;

  LoopObject(LoopSource all, Filter test)
      : source(std::move(all)), filter(std::move(test)), as_long_as_outer(source.loop != nullptr && !filter) {}

  std::optional<Value> draw() {
    if (source.loop != nullptr) return source.loop->next();
    if (drawn == source.items.size()) return std::nullopt;
    return std::move(source.items[drawn++]);
  }

  /// Whether there is an item at `position`; tests as many as it takes.
  bool reach(std::size_t position) {
    while (kept.size() <= position && !ended) {
      std::optional<Value> item = draw();
      if (!item) ended = true;
      if (item && filter) item = filter(*item);
      if (item) kept.push_back(*std::move(item));
    }
    return position < kept.size();
  }

  std::size_t count() {
    // jinja2 asks for the length of what it was given, and a loop has one however far it is.
    if (as_long_as_outer) return source.loop->count();
    while (!ended) reach(kept.size());
    return kept.size();
  }

  bool iterable() const override { return true; }
  bool is_iterator() const override { return true; }
  std::optional<Value> next() override {
    if (!reach(index + 1)) return std::nullopt;
    ++index;
    return Value::tuple({kept[index], Value(shared_from_this())});
  }
  std::vector<Value> items() override {
    std::vector<Value> rest;
    while (auto item = next()) rest.push_back(*std::move(item));
    return rest;
  }

  std::string type_name() const override { return "LoopContext"; }
  std::string repr() const override {
    return fmt::format("<LoopContext {}/{}>", index + 1, const_cast<LoopObject*>(this)->count());
  }
  std::optional<std::size_t> length() const override { return const_cast<LoopObject*>(this)->count(); }
  bool callable() const override { return true; }

  Value call(Machine& machine, Arguments& arguments) override {
    if (!recurse) throw Failure("The loop must have the 'recursive' marker to be called recursively.");
    if (arguments.positional.size() != 1 || !arguments.named.empty()) throw Failure("loop() takes one iterable");
    return recurse(source_of(machine, arguments.positional[0]));
  }

  void release() override { last_seen.reset(); }

  std::optional<Value> attribute(const std::string& name) override {
    if (name == "index") return Value::size(index + 1);
    if (name == "index0") return Value::size(index);
    if (name == "first") return index == 0;
    if (name == "last") return !reach(index + 1);
    if (name == "length") return Value::size(count());
    if (name == "revindex") return Value::size(count() - index);
    if (name == "revindex0") return Value::size(count() - index - 1);
    if (name == "depth") return depth + 1;
    if (name == "depth0") return depth;
    if (name == "previtem") return index == 0 ? missing_previous : kept[index - 1];
    if (name == "nextitem") return reach(index + 1) ? kept[index + 1] : missing_next;
    if (name == "cycle")
      return Value::function("cycle", [at = index](Machine&, Arguments& arguments) {
        if (arguments.positional.empty()) throw Failure("no items for cycling given");
        return arguments.positional[at % arguments.positional.size()];
      });
    if (name == "changed")
      // It may be kept past the loop.
      return Value::function("changed", [loop = shared_from_this()](Machine& machine, Arguments& arguments) {
        const Value now = Value::tuple(arguments.positional);
        const bool different = !loop->last_seen || !loop->last_seen->equals(now);
        machine.remember(loop);
        loop->last_seen = now;
        return Value(different);
      });
    return std::nullopt;
  }

  static LoopSource source_of(Machine& machine, const Value& iterable) {
    if (auto* loop = iterable.as<LoopObject>()) return {{}, loop->shared_from_this()};
    return {machine.items(iterable), nullptr};
  }

  LoopSource source;
  Filter filter;
  bool as_long_as_outer;
  std::vector<Value> kept;
  std::size_t drawn = 0;
  bool ended = false;
  std::size_t index = 0;
  int depth = 0;
  Value missing_previous, missing_next;
  std::optional<Value> last_seen;
  std::function<Value(LoopSource)> recurse;
};

Interpreter::Flow Interpreter::run_for(const Statement& node, const Frame& frame) {
  const Value iterable = evaluate(*node.expressions[0], frame);
  LoopSource all;
  try {
    all = LoopObject::source_of(*this, iterable);
  } catch (const Failure& failure) {
    const Position at = node.expressions[0]->at;
    throw TemplateError(frame.source->name, at.line, at.column, failure.what());
  }
  return loop_over(node, frame, std::move(all), 0);
}

Value Interpreter::unpacked(const Target& target, const Value& value) {
  if (!target.is_tuple) return value;
  std::vector<Value> parts = items(value);
  if (parts.size() != target.tuple.size()) return value;  // assigning it will fail
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = unpacked(target.tuple[i], parts[i]);
  return Value::tuple(std::move(parts));
}

Interpreter::Flow Interpreter::loop_over(const Statement& node, const Frame& frame, LoopSource all, int depth) {
  const auto inner_frame = [&] {
    Frame inner = frame;
    inner.scope = std::make_shared<Scope>();
    inner.scope->outer = frame.scope;
    inner.top_level = false;
    return inner;
  };
  LoopObject::Filter test;
  if (node.expressions[1] != nullptr)
    test = [&](const Value& given) -> std::optional<Value> {
      // jinja2 takes an item apart for its filter and hands on what it puts together again: tuples.
      Value item = unpacked(node.targets[0], given);
      Frame inner = inner_frame();
      assign(node.targets[0], item, inner);
      if (!evaluate(*node.expressions[1], inner).truthy()) return std::nullopt;
      return item;
    };
  const auto loop = std::make_shared<LoopObject>(std::move(all), std::move(test));
  loop->depth = depth;
  loop->missing_previous = undefined("there is no previous item");
  loop->missing_next = undefined("there is no next item");
  if (node.flag)
    loop->recurse = [this, &node, frame, depth](LoopSource inner) {
      return Value(capture([&] { loop_over(node, frame, std::move(inner), depth + 1); }), autoescape);
    };
  bool whole = false;  // jinja2 runs `else` unless one round came to the end of the body
  for (; loop->reach(loop->index); ++loop->index) {
    step();
    Frame inner = inner_frame();
    inner.scope->set("loop", loop);
    assign(node.targets[0], loop->kept[loop->index], inner);
    const Flow flow = run(node.body, inner);
    if (flow == Flow::break_loop) break;
    whole = whole || flow == Flow::next;
  }
  if (loop->index > 0 && loop->index == loop->kept.size()) --loop->index;  // it stays at its last item
  // The loop may outlive its block (set in a namespace); what refers to this call must not.
  loop->filter = nullptr;
  loop->recurse = nullptr;
  loop->ended = true;
  if (whole) return Flow::next;
  Frame inner = inner_frame();
  return run(node.otherwise, inner);  // a break in here is the loop's around this one
}

}  // namespace assay::text::jinja
