#include "config/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <regex>
#include <set>

#include "assay/sdk/error.h"
#include "config/nearest.h"

namespace assay::config {
namespace {

std::string join(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

std::string name(const std::string& path) { return path.empty() ? "this document" : "'" + path + "'"; }

std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<std::string> types(const Json& schema) {
  if (!schema.contains("type")) return {};
  const Json& type = schema["type"];
  return type.is_array() ? type.get<std::vector<std::string>>() : std::vector<std::string>{type.get<std::string>()};
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "integer") {
    return value.is_number_integer() ||
           (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>() &&
            std::abs(value.get<double>()) < 9.0e15);
  }
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

std::string type_words(const std::vector<std::string>& types) {
  std::vector<std::string> words;
  for (const std::string& type : types) {
    words.push_back(type == "integer"   ? "an integer"
                    : type == "number"  ? "a number"
                    : type == "string"  ? "a string"
                    : type == "boolean" ? "true or false"
                    : type == "array"   ? "a list"
                    : type == "object"  ? "a map"
                                        : "nothing");
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

const Json& referred(const Json& schema, const Json& document) {
  const Json* at = &schema;
  for (int depth = 0; at->is_object() && at->contains("$ref"); ++depth) {
    const std::string reference = at->at("$ref");
    if (depth > 20 || !reference.starts_with("#")) throw Error("schema: cannot follow $ref " + reference);
    at = &document.at(Json::json_pointer(reference.substr(1)));
  }
  return *at;
}

class Checker {
 public:
  Checker(const Json& document, Axes axes) : document_(document), axes_(axes) {}

  Json value(const Node& node, const Json& unresolved, const std::string& path, Problems& problems) const {
    const Json& schema = referred(unresolved, document_);
    if (!schema.is_object() || schema.value("x-checked-by-plugins", false)) return to_json(node);
    if (axes_ == Axes::allowed) {
      if (auto found = axis(node, schema, path, problems)) return *found;
    }
    for (const char* word : {"anyOf", "oneOf"}) {
      if (schema.contains(word)) return branch(node, schema[word], path, problems);
    }
    const std::vector<std::string> allowed = types(schema);
    if (node.is_map())
      return type_fits(node, Json::object(), schema, allowed, path, problems) ? object(node, schema, path, problems)
                                                                              : to_json(node);
    if (node.is_sequence())
      return type_fits(node, Json::array(), schema, allowed, path, problems) ? array(node, schema, path, problems)
                                                                             : to_json(node);
    Json found = to_json(node);
    if (!enumerated(node, found, schema, path, problems)) return found;
    if (!type_fits(node, found, schema, allowed, path, problems)) return found;
    bounds(node, found, schema, path, problems);
    return as_wanted(std::move(found), allowed);
  }

 private:
  /// Where a key of the user's may stand by mistake, it is not repeated.
  static std::string shown(const Node& node, const Json& schema) {
    return schema.value("x-unshown", false) ? "something else" : describe(node);
  }

  static bool type_fits(const Node& node, const Json& value, const Json& schema,
                        const std::vector<std::string>& allowed, const std::string& path, Problems& problems) {
    if (allowed.empty()) return true;
    for (const std::string& type : allowed) {
      if (has_type(value, type)) return true;
    }
    problems.add(node.at, fmt::format("{} must be {}, found {}", name(path), type_words(allowed), shown(node, schema)));
    return false;
  }

  static Json as_wanted(Json value, const std::vector<std::string>& allowed) {
    bool integer = false, number = false;
    for (const std::string& type : allowed) integer |= type == "integer", number |= type == "number";
    if (number && value.is_number_integer()) return value.get<double>();
    if (integer && !number && value.is_number_float()) return static_cast<std::int64_t>(value.get<double>());
    return value;
  }

  static bool enumerated(const Node& node, const Json& value, const Json& schema, const std::string& path,
                         Problems& problems) {
    Json allowed = Json::array();
    if (schema.contains("enum")) allowed = schema["enum"];
    if (schema.contains("const")) allowed.push_back(schema["const"]);
    if (allowed.empty()) return true;
    std::vector<std::string> words;
    for (const Json& one : allowed) {
      if (one == value) return true;
      words.push_back(text(one));
    }
    const auto meant = nearest(text(value), words);
    problems.add(node.at, fmt::format("{} must be {}{}, found {}{}", name(path), words.size() > 1 ? "one of " : "",
                                      fmt::join(words, ", "), describe(node),
                                      meant ? fmt::format("; did you mean {}?", *meant) : ""));
    return false;
  }

  static void bounds(const Node& node, const Json& value, const Json& schema, const std::string& path,
                     Problems& problems) {
    const auto must = [&](const std::string& what) {
      problems.add(node.at, fmt::format("{} must be {}, found {}", name(path), what, shown(node, schema)));
    };
    if (value.is_number()) {
      const double x = value;
      if (std::isnan(x) || std::isinf(x)) return must("a finite number");
      const auto bound = [&](const char* word, const char* words, auto bad) {
        if (schema.contains(word) && bad(x, schema[word].get<double>())) must(words + schema[word].dump());
      };
      bound("minimum", "at least ", [](double a, double b) { return a < b; });
      bound("maximum", "at most ", [](double a, double b) { return a > b; });
      bound("exclusiveMinimum", "greater than ", [](double a, double b) { return a <= b; });
      bound("exclusiveMaximum", "less than ", [](double a, double b) { return a >= b; });
    }
    if (value.is_string()) {
      const std::string& s = value.get_ref<const std::string&>();
      if (s.size() < schema.value("minLength", std::size_t{0})) must(s.empty() ? "a text that is not empty" : "longer");
      if (schema.contains("maxLength") && s.size() > schema["maxLength"].get<std::size_t>()) {
        must(fmt::format("at most {} characters long", schema["maxLength"].get<std::size_t>()));
      }
      if (schema.contains("pattern") && !std::regex_search(s, std::regex(schema["pattern"].get<std::string>()))) {
        must(schema.value("x-pattern-words", "like " + schema["pattern"].get<std::string>()));
      }
    }
  }

  Json array(const Node& node, const Json& schema, const std::string& path, Problems& problems) const {
    Json list = Json::array();
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", path, i);
      Json item =
          schema.contains("items") ? value(node.items[i], schema["items"], at, problems) : to_json(node.items[i]);
      if (schema.value("uniqueItems", false)) {
        for (const Json& other : list) {
          if (other == item) {
            problems.add(node.items[i].at, fmt::format("'{}' stands twice in {}", text(item), name(path)));
            break;
          }
        }
      }
      list.push_back(std::move(item));
    }
    if (list.size() < schema.value("minItems", std::size_t{0})) {
      problems.add(node.at, fmt::format("{} must have at least {} item{}, found {}", name(path),
                                        schema["minItems"].dump(), schema["minItems"] == 1 ? "" : "s",
                                        list.empty() ? "an empty list" : std::to_string(list.size())));
    }
    if (schema.contains("maxItems") && list.size() > schema["maxItems"].get<std::size_t>()) {
      problems.add(node.at, fmt::format("{} must have at most {} items, found {}", name(path),
                                        schema["maxItems"].dump(), list.size()));
    }
    return list;
  }

  Json object(const Node& node, const Json& schema, const std::string& path, Problems& problems) const {
    const Json none = Json::object();
    const Json& properties = schema.contains("properties") ? schema["properties"] : none;
    Json map = Json::object();
    std::set<std::string> misspelt;  // what unknown keys probably mean: not missed as well
    for (const Entry& entry : node.entries) {
      const std::string at = join(path, entry.key);
      if (properties.contains(entry.key)) {
        map[entry.key] = value(entry.value, properties[entry.key], at, problems);
      } else if (const Json* other = by_pattern(schema, entry.key)) {
        map[entry.key] = value(entry.value, *other, at, problems);
      } else if (!schema.contains("additionalProperties") || schema["additionalProperties"] == true) {
        map[entry.key] = to_json(entry.value);
      } else if (schema["additionalProperties"].is_object()) {
        named(entry, schema, path, problems);
        map[entry.key] = value(entry.value, schema["additionalProperties"], at, problems);
      } else {
        std::vector<std::string> known;
        for (const auto& [key, unused] : properties.items()) known.push_back(key);
        problems.add(entry.at, fmt::format("unknown key '{}'{}{}", entry.key, path.empty() ? "" : " in '" + path + "'",
                                           known.empty() ? "; it takes no keys" : suggestion(entry.key, known)));
        if (const auto meant = nearest(entry.key, known)) misspelt.insert(*meant);
      }
    }
    const Json required = schema.value("required", Json::array());
    for (const Json& needed : required) {
      const auto key = needed.get<std::string>();
      if (!map.contains(key) && !misspelt.contains(key)) {
        problems.add(node.at, fmt::format("'{}' is missing{}", needed.get<std::string>(),
                                          path.empty() ? "" : " in '" + path + "'"));
      }
    }
    if (node.entries.size() < schema.value("minProperties", std::size_t{0})) {
      problems.add(node.at, fmt::format("{} must not be empty", name(path)));
    }
    fill_defaults(map, properties);
    return map;
  }

  /// A default that is itself a map is completed with the defaults inside it.
  void fill_defaults(Json& map, const Json& properties) const {
    for (const auto& [key, unresolved] : properties.items()) {
      const Json& property = referred(unresolved, document_);
      if (map.contains(key) || !property.is_object()) continue;
      const Json& holder = unresolved.contains("default") ? unresolved : property;  // a default may stand beside a $ref
      if (!holder.contains("default")) continue;
      map[key] = holder["default"];
      if (map[key].is_object() && property.contains("properties")) fill_defaults(map[key], property["properties"]);
    }
  }

  static const Json* by_pattern(const Json& schema, const std::string& key) {
    if (!schema.contains("patternProperties")) return nullptr;
    for (const auto& [pattern, property] : schema["patternProperties"].items()) {
      if (std::regex_search(key, std::regex(pattern))) return &property;
    }
    return nullptr;
  }

  void named(const Entry& entry, const Json& schema, const std::string& path, Problems& problems) const {
    if (!schema.contains("propertyNames")) return;
    const Json& rule = referred(schema["propertyNames"], document_);
    if (rule.contains("pattern") && !std::regex_search(entry.key, std::regex(rule["pattern"].get<std::string>()))) {
      problems.add(entry.at, fmt::format("the name '{}' in {} must be {}", entry.key, name(path),
                                         rule.value("x-pattern-words", "like " + rule["pattern"].get<std::string>())));
    }
  }

  /// Chooses among alternatives as a person would: those that take this kind of value, then the one that the map's
  /// constants name (`source: local`), then the one with the fewest problems.
  Json branch(const Node& node, const Json& branches, const std::string& path, Problems& problems) const {
    std::vector<const Json*> fitting;
    std::vector<std::string> allowed;
    const Json found = node.is_map() ? Json::object() : node.is_sequence() ? Json::array() : to_json(node);
    for (const Json& unresolved : branches) {
      const Json& one = referred(unresolved, document_);
      std::vector<std::string> taken = types(one);
      bool fits = taken.empty();
      for (const std::string& type : taken) fits |= has_type(found, type);
      if (fits) fitting.push_back(&one);
      allowed.insert(allowed.end(), taken.begin(), taken.end());
    }
    if (fitting.empty()) {
      problems.add(node.at, fmt::format("{} must be {}, found {}", name(path), type_words(allowed), describe(node)));
      return to_json(node);
    }
    if (node.is_map() && fitting.size() > 1) {
      std::vector<const Json*> named;
      std::vector<std::string> values;
      std::string key;
      for (const Json* one : fitting) {
        if (!one->contains("properties")) continue;
        for (const auto& [property, rule] : (*one)["properties"].items()) {
          if (!rule.is_object() || !rule.contains("const")) continue;
          key = property;
          values.push_back(text(rule["const"]));
          const Entry* entry = node.find(property);
          if (entry && to_json(entry->value) == rule["const"]) named.push_back(one);
        }
      }
      if (!named.empty()) {
        fitting = named;
      } else if (!key.empty()) {
        const Entry* entry = node.find(key);
        if (!entry) {
          problems.add(node.at,
                       fmt::format("'{}' is missing in {}; it is one of {}", key, name(path), fmt::join(values, ", ")));
        } else {
          enumerated(entry->value, to_json(entry->value), Json{{"enum", values}}, join(path, key), problems);
        }
        return to_json(node);
      }
    }
    Problems best;
    Json result;
    for (const Json* one : fitting) {
      Problems here;
      Json checked = value(node, *one, path, here);
      if (here.empty()) return checked;
      if (best.empty() || here.size() < best.size()) {
        best = std::move(here);
        result = std::move(checked);
      }
    }
    for (const std::string& line : best.list()) problems.add(line);
    return result;
  }

  bool takes_list(const Json& unresolved) const {
    const Json& schema = referred(unresolved, document_);
    if (!schema.is_object()) return true;
    for (const char* word : {"anyOf", "oneOf"}) {
      if (!schema.contains(word)) continue;
      for (const Json& one : schema[word]) {
        if (takes_list(one)) return true;
      }
      return false;
    }
    const std::vector<std::string> allowed = types(schema);
    if (allowed.empty()) return !schema.contains("enum") && !schema.contains("const");
    return std::find(allowed.begin(), allowed.end(), "array") != allowed.end();
  }

  std::optional<Json> axis(const Node& node, const Json& schema, const std::string& path, Problems& problems) const {
    const bool tuned = node.is_map() && node.entries.size() == 1 && node.entries[0].key == "tune";
    const bool told = tuned || (node.is_map() && node.entries.size() == 1 && node.entries[0].key == "sweep");
    if (!told && !(node.is_sequence() && !takes_list(schema))) return {};
    const Node& list = told ? node.entries[0].value : node;
    if (!list.is_sequence() || list.items.empty()) {
      problems.add(list.at, fmt::format("the axis {} needs a list of values, found {}", name(path),
                                        list.is_sequence() ? "an empty list" : describe(list)));
      return Json::object();
    }
    Json values = Json::array();
    for (const Node& item : list.items) {
      if (item.is_sequence() && !takes_list(schema)) {
        problems.add(item.at, fmt::format("{} takes no lists, found a list inside its axis", name(path)));
        continue;
      }
      // What is tuned is one cell: no axis of the matrix can stand inside.
      Json one = tuned ? Checker(document_, Axes::refused).value(item, schema, path, problems)
                       : value(item, schema, path, problems);
      if (std::find(values.begin(), values.end(), one) != values.end()) {
        problems.add(item.at, fmt::format("the value {} stands twice in the axis {}", text(one), name(path)));
      }
      values.push_back(std::move(one));
    }
    return Json{{tuned ? "tune" : "sweep", values}};
  }

  const Json& document_;
  Axes axes_;
};

}  // namespace

Json check(const Node& node, const Json& schema, const Json& document, const std::string& path, Axes axes,
           Problems& problems) {
  return Checker(document, axes).value(node, schema, path, problems);
}

}  // namespace assay::config
