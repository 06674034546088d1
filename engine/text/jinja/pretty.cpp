#include <algorithm>

#include "text/jinja/filters.h"
#include "text/jinja/python_text.h"
#include "text/regex.h"

namespace assay::text::jinja {
namespace {

constexpr std::size_t line_width = 80;

/// Writes a value over several lines where its repr() is too long for one, as Python's pprint does with its defaults.
class PrettyPrinter {
 public:
  void format(const Value& value, std::size_t indent, std::size_t allowance) {
    const std::string flat = flat_repr(value);
    const std::size_t room = line_width - std::min(line_width, indent + allowance);
    if (text_length(flat) <= room) {
      out += flat;
      return;
    }
    const auto* list = value.as_list();
    // pprint goes by the type's own repr, so it leaves a named tuple on its line.
    const bool breaks = list != nullptr && !list->values.empty() && list->names.empty();
    if (const auto* dict = value.as_dict(); dict != nullptr && !dict->entries.empty()) {
      out += '{';
      const auto entries = sorted_entries(*dict);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0) out += ",\n" + std::string(indent + 1, ' ');
        const std::string key = flat_repr(entries[i].first);
        out += key + ": ";
        const bool last = i + 1 == entries.size();
        format(entries[i].second, indent + 1 + text_length(key) + 2, last ? allowance + 1 : 1);
      }
      out += '}';
    } else if (breaks) {
      const bool single_tuple = list->tuple && list->values.size() == 1;
      out += list->tuple ? '(' : '[';
      for (std::size_t i = 0; i < list->values.size(); ++i) {
        if (i > 0) out += ",\n" + std::string(indent + 1, ' ');
        const bool last = i + 1 == list->values.size();
        format(list->values[i], indent + 1, last ? allowance + 1 + single_tuple : 1);
      }
      out += single_tuple ? ",)" : list->tuple ? ")" : "]";
    } else if (value.is_text() && !value.text().empty() && !value.is_markup()) {
      format_text(value.text(), indent, allowance);
    } else {
      out += flat;
    }
  }

  std::string out;

 private:
  static std::vector<std::pair<Value, Value>> sorted_entries(const DictObject& dict) {
    auto entries = dict.entries;
    std::ranges::stable_sort(entries, [](const auto& a, const auto& b) {
      if (a.first.type_name() == b.first.type_name() && (a.first.is_text() || a.first.is_number()))
        return a.first.less(b.first);
      if (a.first.is_number() && b.first.is_number()) return a.first.less(b.first);
      return a.first.type_name() < b.first.type_name();
    });
    return entries;
  }

  static std::string flat_repr(const Value& value) {
    if (const auto* dict = value.as_dict()) {
      std::string out = "{";
      for (const auto& [key, item] : sorted_entries(*dict))
        out += (out.size() > 1 ? ", " : "") + flat_repr(key) + ": " + flat_repr(item);
      return out + "}";
    }
    if (const auto* list = value.as_list()) {
      std::string out(1, list->tuple ? '(' : '[');
      for (const Value& item : list->values) out += (out.size() > 1 ? ", " : "") + flat_repr(item);
      return out + (!list->tuple ? "]" : list->values.size() == 1 ? ",)" : ")");
    }
    return value.repr();
  }

  /// Adjacent literals, one a line, cut at spaces.
  void format_text(const std::string& text, std::size_t indent, std::size_t allowance) {
    static const Regex words(R"(\S*\s*)"), lines(R"([^\n]*\n|[^\n]+)");
    std::vector<std::string> parts;
    const bool outermost = indent == 0 && allowance == 0;
    if (outermost) {
      ++indent;
      ++allowance;
    }
    std::vector<std::string> all;
    lines.each(text, [&](Span span) { all.push_back(text.substr(span.begin, span.size())); });
    const std::size_t width = line_width - std::min(line_width, indent);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool last_line = i + 1 == all.size();
      const std::string whole = text_repr(all[i]);
      if (text_length(whole) <= width - std::min(width, last_line ? allowance : 0)) {
        parts.push_back(whole);
        continue;
      }
      std::string current;
      std::vector<std::string> pieces;
      words.each(all[i], [&](Span span) { pieces.push_back(all[i].substr(span.begin, span.size())); });
      for (std::size_t k = 0; k < pieces.size(); ++k) {
        const bool last = last_line && k + 1 == pieces.size();
        const std::string candidate = current + pieces[k];
        if (text_length(text_repr(candidate)) > width - std::min(width, last ? allowance : 0)) {
          if (!current.empty()) parts.push_back(text_repr(current));
          current = pieces[k];
        } else {
          current = candidate;
        }
      }
      if (!current.empty()) parts.push_back(text_repr(current));
    }
    if (parts.size() == 1) {
      out += parts[0];
      return;
    }
    if (outermost) out += '(';
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) out += "\n" + std::string(indent, ' ');
      out += parts[i];
    }
    if (outermost) out += ')';
  }
};

}  // namespace

std::string pretty(const Value& value) {
  PrettyPrinter printer;
  printer.format(value, 0, 0);
  return std::move(printer.out);
}

}  // namespace assay::text::jinja
