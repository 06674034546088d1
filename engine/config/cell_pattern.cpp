#include "config/cell_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/load.h"
#include "config/wildcard.h"

namespace assay::config {
namespace {

bool fits_any(const std::vector<std::string>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return fits(pattern, text); });
}

bool equal(const Json& wanted, const Json& found) {
  if (wanted.is_number() && found.is_number()) return wanted.get<double>() == found.get<double>();
  if (wanted.is_string() && found.is_string())
    return fits(wanted.get_ref<const std::string&>(), found.get_ref<const std::string&>());
  return wanted == found;
}

bool has_parameter(const std::vector<StrategySetting>& parts, const std::string& name,
                   const std::vector<Json>& values) {
  for (const StrategySetting& part : parts) {
    for (const auto& [parameter, found] : part.params.items()) {
      if (name != parameter && name != part.name + "." + parameter) continue;
      if (std::any_of(values.begin(), values.end(),
                      [&, &value = found](const Json& wanted) { return equal(wanted, value); }))
        return true;
    }
  }
  return false;
}

/// `a=1,b(c=2, d=3)` at its commas that stand in no bracket: labels may hold commas.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> items(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    if (c == ',' && depth <= 0) {
      items.emplace_back();
    } else if (c != ' ' || !items.back().empty()) {
      items.back() += c;
    }
  }
  return items;
}

std::vector<Node> list_of(const Node& node) { return node.is_sequence() ? node.items : std::vector<Node>{node}; }

bool read_seed(const std::string& text, std::uint64_t& seed) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

bool matches(const CellPattern& pattern, const CellPoint& cell) {
  if (!pattern.models.empty() && !fits_any(pattern.models, cell.model)) return false;
  if (!pattern.datasets.empty() && !fits_any(pattern.datasets, cell.dataset)) return false;
  const bool by_id = std::any_of(pattern.cells.begin(), pattern.cells.end(),
                                 [&](const std::string& id) { return cell.id.starts_with(id); });
  const bool by_strategy = fits_any(pattern.strategies, cell.entry) || fits_any(pattern.strategies, cell.label);
  if ((!pattern.strategies.empty() || !pattern.cells.empty()) && !by_id && !by_strategy) return false;
  if (!pattern.seeds.empty() && std::find(pattern.seeds.begin(), pattern.seeds.end(), cell.seed) == pattern.seeds.end())
    return false;
  return std::all_of(pattern.parameters.begin(), pattern.parameters.end(),
                     [&](const auto& wanted) { return has_parameter(cell.parts, wanted.first, wanted.second); });
}

bool matches_any(std::span<const CellPattern> patterns, const CellPoint& cell) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const CellPattern& pattern) { return matches(pattern, cell); });
}

bool drops_entry(const CellPattern& pattern, const std::string& model, const std::string& dataset,
                 const std::string& entry) {
  if (!pattern.seeds.empty() || !pattern.parameters.empty() || !pattern.cells.empty()) return false;
  return (pattern.models.empty() || fits_any(pattern.models, model)) &&
         (pattern.datasets.empty() || fits_any(pattern.datasets, dataset)) &&
         (pattern.strategies.empty() || fits_any(pattern.strategies, entry));
}

std::vector<CellPattern> read_exclude(const Node& list, Problems& problems) {
  std::vector<CellPattern> patterns;
  if (!list.is_sequence()) return patterns;  // the schema has said so
  for (const Node& item : list.items) {
    if (!item.is_map()) continue;
    CellPattern pattern;
    pattern.position = item.at;
    pattern.text = to_json(item).dump();
    for (const Entry& entry : item.entries) {
      if (entry.key == "parameters") {
        for (const Entry& parameter : entry.value.entries) {
          for (const Node& value : list_of(parameter.value))
            pattern.parameters[parameter.key].push_back(to_json(value));
          // A list may be any of several values, or a value that is a list.
          if (parameter.value.is_sequence()) pattern.parameters[parameter.key].push_back(to_json(parameter.value));
        }
        continue;
      }
      for (const Node& value : list_of(entry.value)) {
        if (value.kind != Node::Kind::scalar) continue;
        if (entry.key == "model") pattern.models.push_back(value.text);
        if (entry.key == "dataset") pattern.datasets.push_back(value.text);
        if (entry.key == "strategy") pattern.strategies.push_back(value.text);
        if (std::uint64_t seed = 0; entry.key == "seed" && read_seed(value.text, seed)) pattern.seeds.push_back(seed);
      }
    }
    if (item.entries.empty())
      problems.add(item.at, "an item of 'matrix.exclude' names what it drops; this one is empty");
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

CellPattern read_pattern(const std::string& text, const std::string& option) {
  const std::string where = option + " " + text;
  CellPattern pattern;
  pattern.text = text;
  pattern.position = {where, 0, 0};
  for (const std::string& item : split(text)) {
    const auto equals = item.find('=');
    const auto bracket = item.find('(');
    if (item.empty() || equals == 0) {
      throw InvalidExperiment(
          {where + ": write key=value, several joined by commas, for instance " + option + " strategy=lora,seed=1"});
    }
    if (equals == std::string::npos || bracket < equals) {  // a word alone; a label may hold = in its brackets
      pattern.strategies.push_back(item);
      pattern.cells.push_back(item);
      continue;
    }
    const std::string key = item.substr(0, equals), value = item.substr(equals + 1);
    if (key == "model") {
      pattern.models.push_back(value);
    } else if (key == "dataset") {
      pattern.datasets.push_back(value);
    } else if (key == "strategy") {
      pattern.strategies.push_back(value);
    } else if (key == "cell") {
      pattern.cells.push_back(value);
    } else if (key == "seed") {
      std::uint64_t seed = 0;
      if (!read_seed(value, seed))
        throw InvalidExperiment({where + ": a seed is a whole number, found '" + value + "'"});
      pattern.seeds.push_back(seed);
    } else {
      pattern.parameters[key].push_back(to_json(parse_yaml(value, where)));
    }
  }
  return pattern;
}

}  // namespace assay::config
