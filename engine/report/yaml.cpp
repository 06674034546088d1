#include <cctype>
#include <string>

#include "report/format.h"

namespace assay::report {
namespace {

bool is_plain(const std::string& text) {
  if (text.empty() || text.size() > 200) return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (!std::isalnum(u) && c != '_' && c != '.' && c != '/' && c != '-') return false;
  }
  // What starts like a number, or means something in YAML, is quoted: 1e-3, .inf, true, no, null, ~.
  if (!std::isalpha(static_cast<unsigned char>(text[0])) && text[0] != '_' && text[0] != '/') return false;
  for (const char* word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    bool same = text.size() == std::string(word).size();
    for (std::size_t i = 0; same && i < text.size(); ++i)
      same = std::tolower(static_cast<unsigned char>(text[i])) == word[i];
    if (same) return false;
  }
  return true;
}

/// JSON's quoting is YAML's double quoting.
std::string scalar(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_leaf(const Json& value) { return !value.is_structured() || value.empty(); }

bool is_short_list(const Json& value) {
  if (!value.is_array()) return false;
  std::size_t size = 0;
  for (const Json& item : value) {
    if (!is_leaf(item)) return false;
    size += scalar(item).size() + 2;
  }
  return size < 90;
}

void put(std::string& out, const Json& value, std::size_t indent);

/// After "key:" or "-": on the same line what fits there, else as a block below.
void put_child(std::string& out, const Json& value, std::size_t indent) {
  if (is_leaf(value)) {
    out += " " + scalar(value) + "\n";
  } else if (is_short_list(value)) {
    out += " [";
    for (std::size_t i = 0; i < value.size(); ++i) out += (i ? ", " : "") + scalar(value[i]);
    out += "]\n";
  } else {
    out += "\n";
    put(out, value, indent + 2);
  }
}

void put(std::string& out, const Json& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      out += margin + scalar(Json(key)) + ":";
      put_child(out, child, indent);
    }
  } else {
    for (const Json& child : value) {
      out += margin + "-";
      put_child(out, child, indent);
    }
  }
}

}  // namespace

std::string yaml(const Json& value) {
  if (is_leaf(value)) return scalar(value) + "\n";
  std::string out;
  put(out, value, 0);
  return out;
}

}  // namespace assay::report
