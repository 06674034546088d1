#include "config/strategies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "config/axes.h"
#include "config/cell_pattern.h"
#include "config/file_parameters.h"
#include "config/job_training.h"
#include "config/metric_name.h"
#include "config/nearest.h"
#include "config/sources.h"

namespace assay::config {
namespace {

/// Whether there is a dataset on which both apply.
bool meet(const StrategyEntry& a, const StrategyEntry& b) {
  return a.datasets.empty() || b.datasets.empty() ||
         std::any_of(a.datasets.begin(), a.datasets.end(), [&](const std::string& name) {
           return std::find(b.datasets.begin(), b.datasets.end(), name) != b.datasets.end();
         });
}

constexpr double kMostSettings = 100'000;  // of one entry; more is a slip, and would fill the memory

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
    problems.add(entry.value.at,
                 fmt::format("the parameters of '{}' must be a map, found {}", entry.key, describe(entry.value)));
    return {};
  }
  if (node.is_map() && node.entries.size() > 1) {
    problems.add(node.entries[1].at,
                 fmt::format("one {} an entry: '{}' and '{}' stand in the same map{}", kind, node.entries[0].key,
                             node.entries[1].key, kind == "strategy" ? "; a hybrid is a list: [a: {…}, b: {…}]" : ""));
    return {};
  }
  problems.add(node.at, fmt::format("a {0} must be its name or {{name: {{parameter: value}}}}, found {1}", kind,
                                    node.is_map() ? "an empty map" : describe(node)));
  return {};
}

const PluginManifest* find_plugin(const Written& written, const std::string& kind, const PluginManifests& plugins,
                                  Problems& problems) {
  std::vector<std::string> known;
  bool other_kind = false;
  for (const PluginManifest& plugin : plugins) {
    if (plugin.kind == kind && plugin.name == written.name) return &plugin;
    if (plugin.kind == kind) known.push_back(plugin.name);
    other_kind |= plugin.name == written.name;
  }
  std::sort(known.begin(), known.end());
  problems.add(written.at, fmt::format("unknown {} '{}'{}{}", kind, written.name,
                                       other_kind ? fmt::format(" (there is a {} of this name)",
                                                                kind == "metric" ? "strategy" : "metric")
                                                  : "",
                                       suggestion(written.name, known)));
  return nullptr;
}

/// All values that axes of either kind give.
std::vector<Json> all_settings(const Json& params) {
  std::vector<Json> all;
  for (const Json& setting : expand_axes(params, AxisKind::sweep)) {
    for (Json& one : expand_axes(setting, AxisKind::tune)) all.push_back(std::move(one));
  }
  return all;
}

/// Parameters whose schema says that they name a file must name one that is there.
void check_paths(const Json& params, const Node* node, const Json& schema, const std::string& name,
                 const std::filesystem::path& folder, Problems& problems) {
  if (!node) return;
  std::set<std::string> seen;  // settings share values
  for (const Json& setting : all_settings(params)) {
    for (const auto& [place, format] : file_parameters(setting, schema)) {
      const std::string& written = setting[place].get_ref<const std::string&>();
      const std::string key = place.to_string().substr(1, place.to_string().find('/', 1) - 1);
      if (!seen.insert(key + " " + written).second) continue;
      const Entry* entry = node->find(key);
      const Position& at = entry ? entry->value.at : node->at;
      if (format == "prompt-file" && is_prompt_reference(written)) continue;  // planning looks it up
      if (const std::string problem = variables_problem(written); !problem.empty()) {
        problems.add(at, fmt::format("'{}.{}' {}", name, key, problem));
      } else if (const auto file = resolve(folder, written);
                 !std::filesystem::is_regular_file(file) &&
                 !(format == "documents" && std::filesystem::is_directory(file))) {
        problems.add(
            at, fmt::format("'{}.{}' names {}, which does not exist (paths are relative to the experiment's folder)",
                            name, key, written));
      }
    }
  }
}

/// What the schema says of parameters that do not go together: the description of the first rule of `allOf` that is broken.
std::optional<std::string> broken_rule(const Json& setting, const Json& schema) {
  for (const Json& rule : schema.value("allOf", Json::array())) {
    if (rule.contains("description") && !judge(setting, rule).empty())
      return "together: " + rule["description"].get<std::string>();
  }
  return {};
}

Json read_params(const Written& written, const PluginManifest& plugin, const std::filesystem::path& folder, Axes axes,
                 Problems& problems) {
  Json schema = plugin.params.is_object() ? plugin.params : Json{{"type", "object"}};
  if (!schema.contains("additionalProperties")) schema["additionalProperties"] = false;
  // The engine's own parameters: of whatever reads training rows, of whatever trains.
  if (plugin.takes_train_size()) schema["properties"]["train_size"] = {{"type", "integer"}, {"minimum", 1}};
  if (plugin.takes_train_with_prompt()) schema["properties"]["train_with_prompt"] = {{"type", "boolean"}};
  const Node none = empty_node(written.at, Node::Kind::map);
  const std::size_t before = problems.size();
  Json params = check(written.params ? *written.params : none, schema, schema, written.name, axes, problems);
  if (problems.size() != before) return params;
  if (const double count = count_settings(params); count > kMostSettings) {
    problems.add(written.at, fmt::format("the axes of '{}' make {:.0f} settings, more than {:.0f}; name fewer values",
                                         written.name, count, kMostSettings));
    return params;
  }
  if (const Entry* size = plugin.takes_train_size() && written.params ? written.params->find("train_size") : nullptr;
      size && !axis_names({{"train_size", params.value("train_size", Json())}}, AxisKind::tune).empty()) {
    problems.add(
        size->value.at,
        fmt::format("'{}.train_size' cannot be tuned: more rows are another question; sweep it", written.name));
  }
  check_paths(params, written.params, schema, written.name, folder, problems);
  for (const Json& setting : all_settings(params)) {
    const std::vector<std::string> judged = judge(setting, schema);
    if (judged.empty()) continue;
    problems.add(
        written.at,
        fmt::format("the parameters of '{}' do not fit {}", written.name,
                    broken_rule(setting, schema).value_or(fmt::format("its schema: {}", fmt::join(judged, "; ")))));
    break;
  }
  return params;
}

struct Part {
  StrategySetting setting;
  const PluginManifest* plugin;
  Position at;
};

/// What a part needs of the models and datasets that it meets, those left out that `exclude` drops.
void check_surroundings(const Part& part, const StrategyEntry& entry, const Surroundings& around, Problems& problems) {
  const auto& [setting, plugin, at] = part;
  const std::string name = entry_name(entry);
  const auto meets = [&](const std::string& model, const std::string& dataset) {
    if (!entry.datasets.empty() &&
        std::find(entry.datasets.begin(), entry.datasets.end(), dataset) == entry.datasets.end())
      return false;
    return std::none_of(around.exclude.begin(), around.exclude.end(),
                        [&](const CellPattern& pattern) { return drops_entry(pattern, model, dataset, name); });
  };
  const auto meets_dataset = [&](const std::string& dataset) {
    return std::any_of(around.models.begin(), around.models.end(),
                       [&](const std::string& model) { return meets(model, dataset); });
  };
  const auto meets_model = [&](const std::string& model) {
    return std::any_of(around.datasets.begin(), around.datasets.end(),
                       [&](const std::string& dataset) { return meets(model, dataset); });
  };
  if (plugin->needs_train) {
    const auto bare = std::find_if(around.without_train.begin(), around.without_train.end(), meets_dataset);
    if (bare != around.without_train.end()) {
      problems.add(at,
                   fmt::format("'{}' needs training rows, but the dataset '{}' has no `train`", setting.name, *bare));
    }
  }
  if (plugin->trains) {
    const auto& refused = trains_by_job(*plugin) ? around.without_jobs : around.untrainable;
    const auto fixed = std::find_if(refused.begin(), refused.end(),
                                    [&](const UntrainableModel& model) { return meets_model(model.name); });
    if (fixed != refused.end()) {
      problems.add(at, fmt::format("'{}' trains the model, but '{}' cannot be trained {}: {}", setting.name,
                                   fixed->name, trains_by_job(*plugin) ? "by a fine-tuning job" : "here", fixed->why));
    }
  }
  if (const auto tuned = axis_names(setting.params, AxisKind::tune); !tuned.empty()) {
    const auto bare = std::find_if(around.without_validation.begin(), around.without_validation.end(), meets_dataset);
    if (bare != around.without_validation.end()) {
      problems.add(
          at, fmt::format(
                  "'{}.{}' is tuned on the validation split, but the dataset '{}' has none; give it `validation` or "
                  "`validation_fraction`",
                  setting.name, tuned.front(), *bare));
    }
  }
}

void check_composition(const std::vector<Part>& parts, const StrategyEntry& entry, const Surroundings& around,
                       Problems& problems) {
  const Part* driver = nullptr;
  const Part* reader = nullptr;
  const Part* trying = nullptr;
  const Part* with_prompt = nullptr;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [setting, plugin, at] = parts[i];
    for (std::size_t k = 0; k < i; ++k) {
      if (parts[k].setting.name == setting.name) {
        problems.add(at,
                     fmt::format("'{}' stands twice in this list; a hybrid takes each strategy once", setting.name));
        continue;
      }
      for (const std::string& site : plugin->sites) {
        const auto& others = parts[k].plugin->sites;
        if (std::find(others.begin(), others.end(), site) != others.end()) {
          problems.add(at, fmt::format("'{}' and '{}' both train the site {}; keep one of them", parts[k].setting.name,
                                       setting.name, site));
        }
      }
    }
    if (plugin->drives && driver) {
      problems.add(at, fmt::format("'{}' and '{}' both drive the exchange; a list takes one driver",
                                   driver->setting.name, setting.name));
    }
    if (plugin->drives) driver = &parts[i];
    if (plugin->reads && reader) {
      problems.add(at,
                   fmt::format("'{}' and '{}' both say how an answer is asked for and read; a list takes one of them",
                               reader->setting.name, setting.name));
    }
    if (plugin->reads) reader = &parts[i];
    if (plugin->tries && trying) {
      problems.add(at, fmt::format("'{}' and '{}' both try prompts with all of the list; a list takes one of them",
                                   trying->setting.name, setting.name));
    }
    if (plugin->tries) trying = &parts[i];
    if (plugin->takes_train_with_prompt() && setting.params.value("train_with_prompt", Json(false)) != Json(false))
      with_prompt = &parts[i];
    check_surroundings(parts[i], entry, around, problems);
  }
  if (trying && with_prompt) {
    problems.add(
        with_prompt->at,
        fmt::format(
            "'{}' tries prompts on the trained model, and '{}' is to be trained with the prompt that it finds: neither "
            "can come first; leave out `train_with_prompt`",
            trying->setting.name, with_prompt->setting.name));
  }
}

/// The datasets that an entry is limited to; each must stand in the matrix.
std::vector<std::string> read_dataset_names(const Node& list, const Surroundings& around, Problems& problems) {
  std::vector<std::string> names;
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.at, "`datasets` of an entry must be a list of the matrix's datasets, found " + describe(list));
    return names;
  }
  for (const Node& item : list.items) {
    if (std::find(around.datasets.begin(), around.datasets.end(), item.text) == around.datasets.end()) {
      problems.add(item.at, fmt::format("'{}' is no dataset of the matrix{}", item.text,
                                        suggestion(item.text, around.datasets)));
    }
    names.push_back(item.text);
  }
  return names;
}

/// The axis that a name of `zip` means: `rank`, or `lora.rank`.
std::optional<AxisPlace> find_axis(const Node& node, const StrategyEntry& entry, Problems& problems) {
  std::vector<AxisPlace> found;
  std::vector<std::string> known;
  for (std::size_t part = 0; part < entry.parts.size(); ++part) {
    for (const AxisKind kind : {AxisKind::sweep, AxisKind::tune}) {
      for (const std::string& parameter : axis_names(entry.parts[part].params, kind)) {
        const std::string whole = entry.parts[part].name + "." + parameter;
        known.push_back(entry.parts.size() == 1 ? parameter : whole);
        if (node.text == parameter || node.text == whole) found.push_back({part, parameter});
      }
    }
  }
  if (found.size() == 1) return found.front();
  problems.add(node.at,
               found.empty()
                   ? fmt::format("'{}' in `zip` is no axis of this entry{}", node.text, suggestion(node.text, known))
                   : fmt::format("'{0}' in `zip` is an axis of several strategies; write strategy.{0}", node.text));
  return {};
}

/// `zip: [rank, alpha]`, or a list of such lists.
std::vector<std::vector<AxisPlace>> read_zips(const Node& node, const StrategyEntry& entry, Problems& problems) {
  const bool several = node.is_sequence() && !node.items.empty() && node.items.front().is_sequence();
  const std::vector<Node> one{node};
  std::vector<std::vector<AxisPlace>> zips;
  for (const Node& list : several ? node.items : one) {
    if (!list.is_sequence() || list.items.size() < 2) {
      problems.add(list.at, "`zip` names two axes or more that move together, as in zip: [rank, alpha]; found " +
                                describe(list));
      continue;
    }
    std::vector<AxisPlace> zip;
    for (const Node& name : list.items) {
      const auto place = find_axis(name, entry, problems);
      if (!place) continue;
      const auto holds = [&](const std::vector<AxisPlace>& other) {
        return std::find(other.begin(), other.end(), *place) != other.end();
      };
      if (holds(zip) || std::any_of(zips.begin(), zips.end(), holds)) {
        problems.add(name.at, fmt::format("the axis '{}' stands twice in `zip`", name.text));
        continue;
      }
      const Json& values = entry.parts[place->part].params.at(place->parameter);
      const auto kind_of = [](const Json& v) {
        return axis_names({{"", v}}, AxisKind::tune).empty() ? AxisKind::sweep : AxisKind::tune;
      };
      if (!zip.empty()) {
        const Json& first = entry.parts[zip.front().part].params.at(zip.front().parameter);
        const std::size_t a = expand_axes(first, kind_of(first)).size(),
                          b = expand_axes(values, kind_of(values)).size();
        if (kind_of(first) != kind_of(values)) {
          problems.add(
              name.at,
              fmt::format("`zip` pairs '{}', which is swept, with '{}', which is tuned, or the other way round",
                          zip.front().parameter, place->parameter));
        } else if (a != b) {
          problems.add(name.at, fmt::format("`zip` pairs axes of one length, but '{}' has {} values and '{}' has {}",
                                            zip.front().parameter, a, place->parameter, b));
        }
      }
      zip.push_back(*place);
    }
    zips.push_back(std::move(zip));
  }
  return zips;
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
    const Node* zips = nullptr;
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
        } else if (key.key == "zip") {
          zips = &key.value;
        } else if (key.key != "use") {
          const std::vector<std::string> known{"name", "use", "datasets", "zip"};
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
      parts.push_back(
          {{one->name, read_params(*one, *plugin, around.folder, Axes::allowed, problems)}, plugin, one->at});
    }
    for (const Part& part : parts) entry.parts.push_back(part.setting);
    double settings = 1;
    for (const Part& part : parts) settings *= count_settings(part.setting.params);
    if (settings > kMostSettings && problems.size() == before) {
      problems.add(entry.position,
                   fmt::format("the axes of this entry make {:.0f} settings, more than {:.0f}; name fewer values",
                               settings, kMostSettings));
    }
    check_composition(parts, entry, around, problems);
    if (zips != nullptr && problems.size() == before) entry.zips = read_zips(*zips, entry, problems);
    for (const StrategyEntry& other : entries) {
      if (!meet(entry, other)) continue;
      if (!entry.parts.empty() && other.parts == entry.parts) {
        problems.add(entry.position,
                     fmt::format("this strategy stands twice; it was first written on line {}", other.position.line));
      } else if (!entry.label.empty() && other.label == entry.label) {
        problems.add(entry.position, fmt::format("the name '{}' stands twice in matrix.strategy", entry.label));
      }
    }
    if (problems.size() == before) entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<MetricSetting> read_metrics(const Node& list, const PluginManifests& plugins,
                                        const std::filesystem::path& folder, Problems& problems) {
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.at, fmt::format("'metrics' must be a list of metrics, found {}",
                                      list.is_sequence() ? "an empty list" : describe(list)));
    return {};
  }
  std::vector<MetricSetting> metrics;
  std::set<std::string> seen;
  for (const Node& item : list.items) {
    const auto written = read_written(item, "metric", problems);
    const PluginManifest* plugin = written ? find_plugin(*written, "metric", plugins, problems) : nullptr;
    if (!plugin) continue;
    Json params = read_params(*written, *plugin, folder, Axes::refused, problems);
    metrics.push_back({written->name, std::move(params), written->at});
    if (const std::string name = called(metrics.back()); !seen.insert(name).second) {
      const bool can_be_named =
          name == written->name && plugin->params.value("properties", Json::object()).contains("name");
      problems.add(written->at, fmt::format("the metric '{}' stands twice{}", name,
                                            can_be_named ? "; give each a `name` of its own" : ""));
    }
  }
  return metrics;
}

}  // namespace assay::config
