#include "config/strategies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "config/axes.h"
#include "config/nearest.h"
#include "config/sources.h"

namespace assay::config {
namespace {

/// One plugin as written: its name, and its parameters where there are some.
struct Written {
  std::string name;
  Position at;
  const Node* params = nullptr;
};

std::optional<Written> read_written(const Node& node, const std::string& kind, Problems& problems) {
  if (node.kind == Node::Kind::scalar && to_json(node).is_string()) return Written{node.text, node.at, nullptr};
  if (node.is_map() && node.entries.size() == 1) {
    const Entry& entry = node.entries[0];
    if (entry.value.is_map() || entry.value.kind == Node::Kind::null) {
      return Written{entry.key, entry.at, entry.value.is_map() ? &entry.value : nullptr};
    }
    problems.add(entry.value.at, fmt::format("the parameters of '{}' must be a map, found {}", entry.key, describe(entry.value)));
    return {};
  }
  if (node.is_map() && node.entries.size() > 1) {
    problems.add(node.entries[1].at, fmt::format("one {} an entry: '{}' and '{}' stand in the same map{}", kind, node.entries[0].key,
                                                 node.entries[1].key,
                                                 kind == "strategy" ? "; a hybrid is a list: [a: {…}, b: {…}]" : ""));
    return {};
  }
  problems.add(node.at, fmt::format("a {0} must be its name or {{name: {{parameter: value}}}}, found {1}", kind,
                                    node.is_map() ? "an empty map" : describe(node)));
  return {};
}

const PluginManifest* find_plugin(const Written& written, const std::string& kind, const PluginManifests& plugins, Problems& problems) {
  std::vector<std::string> known;
  bool other_kind = false;
  for (const PluginManifest& plugin : plugins) {
    if (plugin.kind == kind && plugin.name == written.name) return &plugin;
    if (plugin.kind == kind) known.push_back(plugin.name);
    other_kind |= plugin.name == written.name;
  }
  std::sort(known.begin(), known.end());
  problems.add(written.at, fmt::format("unknown {} '{}'{}{}", kind, written.name,
                                       other_kind ? fmt::format(" (there is a {} of this name)", kind == "metric" ? "strategy" : "metric") : "",
                                       suggestion(written.name, known)));
  return nullptr;
}

/// Parameters whose schema says that they name a file must name one that is there.
void check_paths(const Json& params, const Node* node, const Json& schema, const std::string& name, const std::filesystem::path& folder,
                 Problems& problems) {
  if (!node || !schema.contains("properties")) return;
  for (const auto& [key, property] : schema["properties"].items()) {
    const std::string format = property.is_object() ? property.value("format", "") : "";
    if ((format != "path" && format != "prompt-file") || !params.contains(key)) continue;
    const Json values = params[key].is_object() ? params[key].value("sweep", Json::array()) : Json::array({params[key]});
    for (const Json& value : values) {
      if (!value.is_string() || value.get_ref<const std::string&>().empty()) continue;
      const Entry* entry = node->find(key);
      if (!std::filesystem::is_regular_file(resolve(folder, value.get<std::string>()))) {
        problems.add(entry ? entry->value.at : node->at,
                     fmt::format("'{}.{}' names {}, which does not exist (paths are relative to the experiment's folder)", name, key,
                                 value.get<std::string>()));
      }
    }
  }
}

Json read_params(const Written& written, const PluginManifest& plugin, const std::filesystem::path& folder, Axes axes, Problems& problems) {
  Json schema = plugin.params.is_object() ? plugin.params : Json{{"type", "object"}};
  if (!schema.contains("additionalProperties")) schema["additionalProperties"] = false;
  const Node none = empty_node(written.at, Node::Kind::map);
  const std::size_t before = problems.size();
  Json params = check(written.params ? *written.params : none, schema, schema, written.name, axes, problems);
  if (problems.size() != before) return params;
  check_paths(params, written.params, schema, written.name, folder, problems);
  for (const Json& setting : expand_axes(params)) {
    const std::vector<std::string> judged = judge(setting, schema);
    if (judged.empty()) continue;
    problems.add(written.at, fmt::format("the parameters of '{}' do not fit its schema: {}", written.name, fmt::join(judged, "; ")));
    break;
  }
  return params;
}

struct Part {
  StrategySetting setting;
  const PluginManifest* plugin;
  Position at;
};

void check_composition(const std::vector<Part>& parts, const Surroundings& around, Problems& problems) {
  const Part* driver = nullptr;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [setting, plugin, at] = parts[i];
    for (std::size_t k = 0; k < i; ++k) {
      if (parts[k].setting.name == setting.name) {
        problems.add(at, fmt::format("'{}' stands twice in this list; a hybrid takes each strategy once", setting.name));
        continue;
      }
      for (const std::string& site : plugin->sites) {
        const auto& others = parts[k].plugin->sites;
        if (std::find(others.begin(), others.end(), site) != others.end()) {
          problems.add(at, fmt::format("'{}' and '{}' both train the site {}; keep one of them", parts[k].setting.name, setting.name, site));
        }
      }
    }
    if (plugin->drives && driver) {
      problems.add(at, fmt::format("'{}' and '{}' both drive the exchange; a list takes one driver", driver->setting.name, setting.name));
    }
    if (plugin->drives) driver = &parts[i];
    if ((plugin->trains || plugin->needs_train) && !around.without_train.empty()) {
      problems.add(at, fmt::format("'{}' needs training rows, but the dataset '{}' has no `train`", setting.name, around.without_train.front()));
    }
    if (plugin->trains && !around.untrainable.empty()) {
      problems.add(at, fmt::format("'{}' trains the model, but '{}' cannot be trained here (its source is remote)", setting.name,
                                   around.untrainable.front()));
    }
  }
}

}  // namespace

std::vector<Json> expand_axes(const Json& params) {
  if (params.is_object() && params.size() == 1 && params.contains("sweep") && params["sweep"].is_array()) {
    std::vector<Json> all;
    for (const Json& value : params["sweep"]) {
      for (Json& inner : expand_axes(value)) all.push_back(std::move(inner));
    }
    return all;
  }
  if (!params.is_object()) return {params};
  std::vector<Json> all{Json::object()};
  for (const auto& [key, value] : params.items()) {
    std::vector<Json> next;
    const std::vector<Json> choices = expand_axes(value);
    for (const Json& so_far : all) {
      for (const Json& choice : choices) {
        next.push_back(so_far);
        next.back()[key] = choice;
      }
    }
    all = std::move(next);
  }
  return all;
}

std::vector<std::string> axis_names(const Json& params) {
  std::vector<std::string> names;
  for (const auto& [key, value] : params.items()) {
    const std::function<bool(const Json&)> holds = [&](const Json& v) {
      return v.is_object() && (v.contains("sweep") || std::any_of(v.begin(), v.end(), holds));
    };
    if (holds(value)) names.push_back(key);
  }
  return names;
}

namespace {

/// The datasets that an entry is limited to; each must stand in the matrix.
std::vector<std::string> read_dataset_names(const Node& list, const Surroundings& around, Problems& problems) {
  std::vector<std::string> names;
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.at, "`datasets` of an entry must be a list of the matrix's datasets, found " + describe(list));
    return names;
  }
  for (const Node& item : list.items) {
    if (std::find(around.datasets.begin(), around.datasets.end(), item.text) == around.datasets.end()) {
      problems.add(item.at, fmt::format("'{}' is no dataset of the matrix{}", item.text, suggestion(item.text, around.datasets)));
    }
    names.push_back(item.text);
  }
  return names;
}

}  // namespace

std::vector<StrategyEntry> read_strategies(const Node& list, const PluginManifests& plugins, const Surroundings& around,
                                           Problems& problems) {
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.at, fmt::format("'matrix.strategy' must be a list of strategies, found {}",
                                      list.is_sequence() ? "an empty list" : describe(list)));
    return {};
  }
  std::vector<StrategyEntry> entries;
  for (const Node& item : list.items) {
    const std::size_t before = problems.size();
    StrategyEntry entry;
    entry.position = item.at;
    const Node* written = &item;
    if (item.is_map() && item.find("use")) {
      written = &item.find("use")->value;
      for (const Entry& key : item.entries) {
        if (key.key == "name" && key.value.kind == Node::Kind::scalar && !key.value.text.empty()) {
          entry.label = key.value.text;
          entry.position = key.value.at;
        } else if (key.key == "name") {
          problems.add(key.value.at, "the name of an entry must be a text, found " + describe(key.value));
        } else if (key.key == "datasets") {
          entry.datasets = read_dataset_names(key.value, around, problems);
        } else if (key.key != "use") {
          const std::vector<std::string> known{"name", "use", "datasets"};
          problems.add(key.at, fmt::format("unknown key '{}' beside `use`{}", key.key, suggestion(key.key, known)));
        }
      }
    }
    std::vector<const Node*> nodes;
    if (written->is_sequence()) {
      for (const Node& one : written->items) nodes.push_back(&one);
      if (nodes.empty()) problems.add(written->at, "this hybrid is an empty list; name its strategies");
    } else {
      nodes.push_back(written);
    }
    std::vector<Part> parts;
    for (const Node* node : nodes) {
      const auto one = read_written(*node, "strategy", problems);
      const PluginManifest* plugin = one ? find_plugin(*one, "strategy", plugins, problems) : nullptr;
      if (!plugin) continue;
      parts.push_back({{one->name, read_params(*one, *plugin, around.folder, Axes::allowed, problems)}, plugin, one->at});
    }
    check_composition(parts, around, problems);
    for (Part& part : parts) entry.parts.push_back(std::move(part.setting));
    for (const StrategyEntry& other : entries) {
      if (!entry.parts.empty() && other.parts == entry.parts) {
        problems.add(entry.position, fmt::format("this strategy stands twice; it was first written on line {}", other.position.line));
      } else if (!entry.label.empty() && other.label == entry.label) {
        problems.add(entry.position, fmt::format("the name '{}' stands twice in matrix.strategy", entry.label));
      }
    }
    if (problems.size() == before) entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<MetricSetting> read_metrics(const Node& list, const PluginManifests& plugins, const std::filesystem::path& folder,
                                        Problems& problems) {
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.at, fmt::format("'metrics' must be a list of metrics, found {}", list.is_sequence() ? "an empty list" : describe(list)));
    return {};
  }
  std::vector<MetricSetting> metrics;
  std::set<std::string> seen;
  for (const Node& item : list.items) {
    const auto written = read_written(item, "metric", problems);
    const PluginManifest* plugin = written ? find_plugin(*written, "metric", plugins, problems) : nullptr;
    if (!plugin) continue;
    Json params = read_params(*written, *plugin, folder, Axes::refused, problems);
    if (!seen.insert(written->name).second) problems.add(written->at, fmt::format("the metric '{}' stands twice", written->name));
    metrics.push_back({written->name, std::move(params), written->at});
  }
  return metrics;
}

}  // namespace assay::config
