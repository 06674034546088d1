#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "text/jinja/bound.h"
#include "text/jinja/filters.h"
#include "text/jinja/machine.h"
#include "text/jinja/operators.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

bool is_iterator(const Value& value) { return value.object() != nullptr && value.object()->is_iterator(); }

Value length(Machine&, const Value& input, Arguments& arguments) {
  const Bound bound("length", arguments, {});
  const auto count = input.length();
  if (!count) throw Failure(fmt::format("object of type '{}' has no len()", input.type_name()));
  return Value::size(*count);
}

Value list(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("list", arguments, {});
  return Value::list(machine.items(input));
}

Value first(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("first", arguments, {});
  const auto nothing = [&] { return machine.undefined("No first item, sequence was empty."); };
  if (is_iterator(input)) {
    machine.step();
    const auto next = input.object()->next();
    return next ? *next : nothing();
  }
  const std::vector<Value> all = machine.items(input);
  return all.empty() ? nothing() : all.front();
}

Value last(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("last", arguments, {});
  if (is_iterator(input)) throw Failure(fmt::format("'{}' object is not reversible", input.type_name()));
  const std::vector<Value> all = machine.items(input);
  if (all.empty()) return machine.undefined("No last item, sequence was empty.");
  // Python goes backwards through a text by its indices, which leave Markup what it is; forwards gives a plain text.
  return input.is_markup() ? Value(all.back().text(), true) : all.back();
}

Value reverse(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("reverse", arguments, {});
  if (input.is_text()) {
    std::u32string points = to_code_points(input.text());
    std::ranges::reverse(points);
    return {to_utf8(points), input.is_markup()};
  }
  std::vector<Value> all = machine.items(input);
  std::ranges::reverse(all);
  if (is_iterator(input)) return Value::list(std::move(all));
  return Value::generator(std::move(all), input.type_name() + "_reverseiterator");
}

Value join(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("join", arguments, {"d", "attribute"});
  const std::string separator = bound[0] == nullptr ? std::string() : bound[0]->str();
  std::string out;
  bool begins = true;
  for (const Value& item : machine.items(input)) {
    if (!std::exchange(begins, false)) out += separator;
    out += bound.is_none(1) ? item.str() : dotted_attribute(machine, item, *bound[1]).str();
    machine.check_size(out.size());
  }
  return out;
}

/// A stable sort of `items` by `keys`, as Python's sorted(reverse=…) does it.
std::vector<Value> sorted(const std::vector<Value>& items, const std::vector<Value>& keys, bool descending) {
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return descending ? keys[b].less(keys[a]) : keys[a].less(keys[b]); });
  std::vector<Value> out;
  out.reserve(items.size());
  for (const std::size_t i : order) out.push_back(items[i]);
  return out;
}

Value sort(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("sort", arguments, {"reverse", "case_sensitive", "attribute"});
  const bool case_sensitive = bound.truth(1, false);
  const std::vector<Value> items = machine.items(input);
  std::vector<Value> keys;
  for (const Value& item : items) {
    if (bound.is_none(2) || !bound[2]->is_text()) {
      keys.push_back(Value::tuple({folded(dotted_attribute(machine, item, bound.value(2)), case_sensitive)}));
      continue;
    }
    std::vector<Value> parts;
    const std::string& paths = bound[2]->text();
    for (std::size_t begin = 0;;) {
      const std::size_t comma = paths.find(',', begin);
      parts.push_back(
          folded(dotted_attribute(machine, item, Value(paths.substr(begin, comma - begin))), case_sensitive));
      if (comma == std::string::npos) break;
      begin = comma + 1;
    }
    keys.push_back(Value::tuple(std::move(parts)));
  }
  return Value::list(sorted(items, keys, bound.flag(0)));
}

Value dictsort(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("dictsort", arguments, {"case_sensitive", "by", "reverse"});
  if (input.is_undefined()) fail_undefined(input);
  if (!input.is_dict()) throw Failure(fmt::format("dictsort needs a mapping, not {}", input.type_name()));
  const std::string by = bound.text(1, "key");
  if (by != "key" && by != "value") throw Failure("You can only sort by either \"key\" or \"value\"");
  std::vector<Value> pairs, keys;
  for (const auto& [key, value] : input.as_dict()->entries) {
    machine.step();
    pairs.push_back(Value::tuple({key, value}));
    keys.push_back(folded(by == "key" ? key : value, bound.truth(0, false)));
  }
  return Value::list(sorted(pairs, keys, bound.flag(2)));
}

Value unique(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("unique", arguments, {"case_sensitive", "attribute"});
  std::vector<Value> kept, seen;
  for (const Value& item : machine.items(input)) {
    const Value key = folded(dotted_attribute(machine, item, bound.value(1)), bound.truth(0, false));
    key.check_hashable();
    machine.step(seen.size() / 8);
    if (std::ranges::any_of(seen, [&](const Value& known) { return known.equals(key); })) continue;
    seen.push_back(key);
    kept.push_back(item);
  }
  return Value::generator(std::move(kept));
}

template <bool largest>
Value extreme(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound(largest ? "max" : "min", arguments, {"case_sensitive", "attribute"});
  std::optional<Value> best, best_key;
  for (const Value& item : machine.items(input)) {
    Value key = folded(dotted_attribute(machine, item, bound.value(1)), bound.truth(0, false));
    const bool better = !best_key || (largest ? best_key->less(key) : key.less(*best_key));
    if (!better) continue;
    best = item;
    best_key = std::move(key);
  }
  return best ? *best : machine.undefined("No aggregated item, sequence was empty.");
}

Value sum(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("sum", arguments, {"attribute", "start"});
  Value total = bound.value(1, 0);
  if (total.is_text()) throw Failure("sum() can't sum strings [use ''.join(seq) instead]");
  for (const Value& item : machine.items(input))
    total = binary(machine, "+", total, dotted_attribute(machine, item, bound.value(0)));
  return total;
}

Value batch(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("batch", arguments, {"linecount", "fill_with"}, 1);
  const std::int64_t size = bound.integer(0, 0);
  std::vector<Value> rows, row;
  for (const Value& item : machine.items(input)) {
    if (static_cast<std::int64_t>(row.size()) == size) rows.push_back(Value::list(std::exchange(row, {})));
    row.push_back(item);
  }
  if (!row.empty()) {
    if (!bound.is_none(1) && static_cast<std::int64_t>(row.size()) < size) {
      machine.step(static_cast<std::size_t>(size));
      row.resize(static_cast<std::size_t>(size), *bound[1]);
    }
    rows.push_back(Value::list(std::move(row)));
  }
  return Value::generator(std::move(rows));
}

Value slice(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("slice", arguments, {"slices", "fill_with"}, 1);
  const std::vector<Value> items = machine.items(input);
  const std::int64_t slices = bound.integer(0, 0);
  if (slices == 0) throw Failure("integer division or modulo by zero");
  std::vector<Value> columns;
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(slices, 0));
  machine.step(count);
  auto next = items.begin();
  for (std::size_t i = 0; i < count; ++i) {
    const bool extra = i < items.size() % count;
    const auto end = next + static_cast<std::ptrdiff_t>(items.size() / count + extra);
    std::vector<Value> column(next, end);
    if (!bound.is_none(1) && !extra) column.push_back(*bound[1]);
    columns.push_back(Value::list(std::move(column)));
    next = end;
  }
  return Value::generator(std::move(columns));
}

Value groupby(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1);
  const std::vector<Value> items = machine.items(input);
  const auto key_of = [&](const Value& item, bool case_sensitive) {
    Value key = dotted_attribute(machine, item, *bound[0]);
    if (key.is_undefined() && !bound.is_none(1)) key = *bound[1];
    return folded(key, case_sensitive);
  };
  const bool case_sensitive = bound.truth(2, false);
  std::vector<Value> keys;
  for (const Value& item : items) keys.push_back(key_of(item, case_sensitive));
  std::vector<Value> groups;
  std::optional<Value> current;
  for (const Value& item : sorted(items, keys, false)) {
    const Value key = key_of(item, case_sensitive);
    if (!current || !current->equals(key)) {
      auto group = std::make_shared<ListObject>(std::vector<Value>{key_of(item, true), Value::list({})}, true);
      group->names = {"grouper", "list"};
      groups.emplace_back(group);
      current = key;
    }
    groups.back().as_list()->values[1].as_list()->values.push_back(item);
  }
  return Value::list(std::move(groups));
}

Value items(Machine& machine, const Value& input, Arguments& arguments) {
  const Bound bound("items", arguments, {});
  if (input.is_undefined()) return Value::generator({});
  if (!input.is_dict()) throw Failure("Can only get item pairs from a mapping.");
  std::vector<Value> pairs;
  for (const auto& [key, value] : input.as_dict()->entries) pairs.push_back(Value::tuple({key, value}));
  machine.step(pairs.size());
  return Value::generator(std::move(pairs));
}

}  // namespace

Value dotted_attribute(Machine& machine, Value item, const Value& path) {
  if (path.is_none()) return item;
  if (!path.is_text()) return machine.item(item, path);
  const std::string& text = path.text();
  for (std::size_t begin = 0;;) {
    const std::size_t dot = text.find('.', begin);
    const std::string part = text.substr(begin, dot - begin);
    const bool number = !part.empty() && part.size() < 18 && part.find_first_not_of("0123456789") == std::string::npos;
    item = machine.item(item, number ? Value(std::int64_t{std::stoll(part)}) : Value(part));
    if (dot == std::string::npos) return item;
    begin = dot + 1;
  }
}

Value folded(const Value& value, bool case_sensitive) {
  return value.is_text() && !case_sensitive ? Value(to_lower(value.text())) : value;
}

Filter find_sequence_filter(std::string_view name) {
  static const std::unordered_map<std::string_view, Filter> filters = {
      {"batch", batch},       {"count", length},       {"dictsort", dictsort}, {"first", first},   {"groupby", groupby},
      {"items", items},       {"join", join},          {"last", last},         {"length", length}, {"list", list},
      {"max", extreme<true>}, {"min", extreme<false>}, {"reverse", reverse},   {"slice", slice},   {"sort", sort},
      {"sum", sum},           {"unique", unique},
  };
  const auto found = filters.find(name);
  return found == filters.end() ? nullptr : found->second;
}

}  // namespace assay::text::jinja
