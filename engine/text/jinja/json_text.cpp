#include "text/jinja/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/machine.h"
#include "text/jinja/python_text.h"
#include "text/unicode.h"

namespace assay::text::jinja {
namespace {

constexpr int deepest = 200;

class JsonWriter {
 public:
  JsonWriter(Machine& machine, const JsonStyle& style) : machine_(machine), style_(style) {}

  void write(const Value& value, int depth) {
    machine_.step();
    machine_.check_size(out.size());
    if (depth > deepest) throw Failure("value is nested too deeply for JSON");
    if (value.is_none()) {
      out += "null";
    } else if (value.is_boolean()) {
      out += value.boolean() ? "true" : "false";
    } else if (value.is_integer()) {
      out += std::to_string(value.integer());
    } else if (value.is_real()) {
      out += real(value.real());
    } else if (value.is_text()) {
      text(value.text());
    } else if (const auto* list = value.as_list()) {
      members('[', ']', list->values.size(), depth, [&](std::size_t i) { write(list->values[i], depth + 1); });
    } else if (const auto* dict = value.as_dict()) {
      std::vector<std::pair<Value, Value>> sorted;
      if (style_.sort_keys) {
        sorted = dict->entries;
        std::ranges::stable_sort(
            sorted, [](const Value& a, const Value& b) { return a.less(b); }, &std::pair<Value, Value>::first);
      }
      std::vector<std::pair<std::string, const Value*>> entries;
      for (const auto& [key, item] : style_.sort_keys ? sorted : dict->entries)
        entries.emplace_back(key_text(key), &item);
      members('{', '}', entries.size(), depth, [&](std::size_t i) {
        text(entries[i].first);
        out += style_.key_separator;
        write(*entries[i].second, depth + 1);
      });
    } else {
      throw Failure(fmt::format("Object of type {} is not JSON serializable", value.type_name()));
    }
  }

  std::string out;

 private:
  template <typename Write>
  void members(char open, char close, std::size_t count, int depth, Write write_member) {
    out += open;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += style_.item_separator;
      line(depth + 1);
      write_member(i);
    }
    if (count > 0) line(depth);
    out += close;
  }

  void line(int depth) {
    if (!style_.indent) return;
    out += '\n';
    for (int i = 0; i < depth; ++i) out += *style_.indent;
  }

  static std::string real(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return float_repr(value);
  }

  std::string key_text(const Value& key) const {
    if (key.is_text()) return key.text();
    if (key.is_none()) return "null";
    if (key.is_boolean()) return key.boolean() ? "true" : "false";
    if (key.is_real()) return real(key.real());
    if (key.is_integer()) return key.str();
    throw Failure(fmt::format("keys must be str, int, float, bool or None, not {}", key.type_name()));
  }

  void text(const std::string& value) {
    out += '"';
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t begin = at;
      const char32_t c = next_code_point(value, at);
      switch (c) {
        case '"':
          out += "\\\"";
          continue;
        case '\\':
          out += "\\\\";
          continue;
        case '\n':
          out += "\\n";
          continue;
        case '\r':
          out += "\\r";
          continue;
        case '\t':
          out += "\\t";
          continue;
        case '\b':
          out += "\\b";
          continue;
        case '\f':
          out += "\\f";
          continue;
        default:
          break;
      }
      const bool escaped = c < 0x20 || (style_.ensure_ascii && c >= 0x7F);
      if (!escaped) {
        out.append(value, begin, at - begin);
      } else if (c > 0xFFFF) {
        const char32_t rest = c - 0x10000;
        out += fmt::format("\\u{:04x}\\u{:04x}", static_cast<unsigned>(0xD800 + (rest >> 10)),
                           static_cast<unsigned>(0xDC00 + (rest & 0x3FF)));
      } else {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      }
    }
    out += '"';
  }

  Machine& machine_;
  const JsonStyle& style_;
};

}  // namespace

std::string to_json(Machine& machine, const Value& value, const JsonStyle& style) {
  JsonWriter writer(machine, style);
  writer.write(value, 0);
  return std::move(writer.out);
}

}  // namespace assay::text::jinja
