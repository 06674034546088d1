#include <fmt/format.h>

#include "text/jinja/interpreter.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {

/// The `loop` of a for block. Items behind a filter are tested only when they are needed, as in jinja2: a loop may
/// change what its own filter reads.
struct LoopObject : Object, std::enable_shared_from_this<LoopObject> {
  LoopObject(std::vector<Value> all, std::function<bool(const Value&)> test) : source(std::move(all)), filter(std::move(test)) {}

  /// Whether there is an item at `position`; tests as many as it takes.
  bool reach(std::size_t position) {
    while (kept.size() <= position && next < source.size()) {
      Value& item = source[next++];
      if (!filter || filter(item)) kept.push_back(std::move(item));
    }
    return position < kept.size();
  }

  std::size_t count() {
    while (next < source.size()) reach(kept.size());
    return kept.size();
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
    return recurse(machine.items(arguments.positional[0]));
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

  std::vector<Value> source;
  std::function<bool(const Value&)> filter;
  std::vector<Value> kept;
  std::size_t next = 0;
  std::size_t index = 0;
  int depth = 0;
  Value missing_previous, missing_next;
  std::optional<Value> last_seen;
  std::function<Value(std::vector<Value>)> recurse;
};

Interpreter::Flow Interpreter::run_for(const Statement& node, const Frame& frame) {
  const Value iterable = evaluate(*node.expressions[0], frame);
  std::vector<Value> all;
  try {
    all = items(iterable);
  } catch (const Failure& failure) {
    const Position at = node.expressions[0]->at;
    throw TemplateError(frame.source->name, at.line, at.column, failure.what());
  }
  loop_over(node, frame, std::move(all), 0);
  return Flow::next;
}

Value Interpreter::unpacked(const Target& target, const Value& value) {
  if (!target.is_tuple) return value;
  std::vector<Value> parts = items(value);
  if (parts.size() != target.tuple.size()) return value;  // assigning it will fail
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = unpacked(target.tuple[i], parts[i]);
  return Value::tuple(std::move(parts));
}

void Interpreter::loop_over(const Statement& node, const Frame& frame, std::vector<Value> all, int depth) {
  const auto inner_frame = [&] {
    Frame inner = frame;
    inner.scope = std::make_shared<Scope>();
    inner.scope->outer = frame.scope;
    inner.top_level = false;
    return inner;
  };
  std::function<bool(const Value&)> test;
  // jinja2 takes an item apart for its filter and hands on what it puts together again: tuples.
  if (node.expressions[1] != nullptr && node.targets[0].is_tuple)
    for (Value& item : all) item = unpacked(node.targets[0], item);
  if (node.expressions[1] != nullptr)
    test = [&](const Value& item) {
      Frame inner = inner_frame();
      assign(node.targets[0], item, inner);
      return evaluate(*node.expressions[1], inner).truthy();
    };
  const auto loop = std::make_shared<LoopObject>(std::move(all), std::move(test));
  loop->depth = depth;
  loop->missing_previous = undefined("there is no previous item");
  loop->missing_next = undefined("there is no next item");
  if (node.flag)
    loop->recurse = [this, &node, frame, depth](std::vector<Value> items) {
      return Value(capture([&] { loop_over(node, frame, std::move(items), depth + 1); }), autoescape);
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
  loop->next = loop->source.size();
  if (!whole) {
    Frame inner = inner_frame();
    run(node.otherwise, inner);
  }
}

}  // namespace assay::text::jinja
