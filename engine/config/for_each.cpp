#include "config/for_each.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/schema.h"
#include "config/sources.h"
#include "config/wildcard.h"

namespace assay::config {
namespace {

namespace fs = std::filesystem;

/// One variable and what it stands for.
class Variable {
 public:
  Variable(const std::string& name, std::vector<std::string> values)
      : mark_("${" + name + "}"), values_(std::move(values)) {}

  void write_out(Node& node, Problems& problems) const {
    if (node.is_map()) {
      std::vector<Entry> entries;
      std::set<std::string> keys;
      for (Entry& entry : node.entries) {
        if (entry.key.find(mark_) == std::string::npos) {
          write_out(entry.value, problems);
          entries.push_back(std::move(entry));
          continue;
        }
        for (const std::string& value : values_) {
          entries.push_back(entry);
          put(entries.back(), value);
        }
      }
      for (const Entry& entry : entries) {
        if (!keys.insert(entry.key).second)
          problems.add(entry.at, fmt::format("the key '{}' stands twice once {} is written out", entry.key, mark_));
      }
      node.entries = std::move(entries);
    } else if (node.is_sequence()) {
      std::vector<Node> items;
      for (Node& item : node.items) {
        if (!holds(item)) {
          items.push_back(std::move(item));
          continue;
        }
        for (const std::string& value : values_) {
          items.push_back(item);
          put(items.back(), value);
        }
      }
      node.items = std::move(items);
    } else if (values_.size() == 1) {
      put(node, values_.front());
    } else if (holds(node)) {
      problems.add(node.at, fmt::format("{} stands where nothing can be written once for each value; it belongs into a "
                                        "list's item, or below a key "
                                        "that holds it too",
                                        mark_));
    }
  }

 private:
  [[nodiscard]] bool holds(const Node& node) const {
    const auto in_entry = [&](const Entry& entry) {
      return entry.key.find(mark_) != std::string::npos || holds(entry.value);
    };
    return node.text.find(mark_) != std::string::npos ||
           std::any_of(node.items.begin(), node.items.end(), [&](const Node& item) { return holds(item); }) ||
           std::any_of(node.entries.begin(), node.entries.end(), in_entry);
  }

  void put(std::string& text, const std::string& value) const {
    for (std::size_t at = text.find(mark_); at != std::string::npos; at = text.find(mark_, at + value.size()))
      text.replace(at, mark_.size(), value);
  }
  void put(Entry& entry, const std::string& value) const {
    put(entry.key, value);
    put(entry.value, value);
  }
  void put(Node& node, const std::string& value) const {
    put(node.text, value);
    for (Node& item : node.items) put(item, value);
    for (Entry& entry : node.entries) put(entry, value);
  }

  std::string mark_;
  std::vector<std::string> values_;
};

/// What the star of `written` stands for in the names that are there.
std::vector<std::string> matches(const Node& written, const fs::path& folder, Problems& problems) {
  if (const std::string problem = variables_problem(written.text); !problem.empty()) {
    problems.add(written.at, fmt::format("'for_each' {}", problem));
    return {};
  }
  std::string pattern = resolve(folder, written.text).string();
  const bool folders = pattern.ends_with('/');
  if (folders) pattern.pop_back();
  const fs::path parent = fs::path(pattern).parent_path();
  const std::string name = fs::path(pattern).filename().string();
  const std::size_t star = name.find('*');
  if (star == std::string::npos || name.find('*', star + 1) != std::string::npos ||
      parent.string().find('*') != std::string::npos) {
    problems.add(written.at, fmt::format("'for_each' takes one * in the last part of a path, found {}", written.text));
    return {};
  }
  const std::string head = name.substr(0, star), tail = name.substr(star + 1);
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const std::string one = entry->path().filename().string();
    const bool fits =
        one.size() > head.size() + tail.size() && one.starts_with(head) && one.ends_with(tail) && !one.starts_with('.');
    if (fits && (!folders || entry->is_directory(error)))
      found.push_back(one.substr(head.size(), one.size() - head.size() - tail.size()));
  }
  std::sort(found.begin(), found.end());
  if (found.empty())
    problems.add(
        written.at,
        fmt::format("'for_each' finds nothing by {} (paths are relative to the experiment's folder)", written.text));
  return found;
}

/// The texts of a list, or of one; none where nothing is written.
std::vector<std::string> texts(const Entry* written) {
  std::vector<std::string> all;
  if (!written) return all;
  if (written->value.is_sequence()) {
    for (const Node& item : written->value.items) all.push_back(item.text);
  } else {
    all.push_back(written->value.text);
  }
  return all;
}

/// `{path, only, skip}`: what the star of `path` stands for, those that fit `only` and not `skip`. All may be left out: files of
/// one kind need not be there.
std::vector<std::string> chosen(const Node& written, const fs::path& folder, Problems& problems) {
  const Entry* path = written.find("path");
  if (!path || path->value.text.find('*') == std::string::npos) return {};  // the schema says so
  const auto fits_one_of = [](const std::vector<std::string>& patterns, const std::string& value) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return fits(pattern, value); });
  };
  const std::vector<std::string> only = texts(written.find("only")), skip = texts(written.find("skip"));
  std::vector<std::string> values = matches(path->value, folder, problems);
  std::erase_if(values, [&](const std::string& value) {
    return (!only.empty() && !fits_one_of(only, value)) || fits_one_of(skip, value);
  });
  return values;
}

}  // namespace

void write_out_for_each(Node& root, const fs::path& folder) {
  const Entry* written = root.is_map() ? root.find("for_each") : nullptr;
  if (!written || !written->value.is_map()) return;
  std::vector<Entry> variables = written->value.entries;
  Problems problems;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Entry& variable = variables[i];
    const bool filtered = variable.value.is_map() && variable.value.find("path") != nullptr;
    std::vector<std::string> values;
    if (filtered) {
      values = chosen(variable.value, folder, problems);
    } else if (variable.value.text.find('*') != std::string::npos) {
      values = matches(variable.value, folder, problems);
    } else {
      values = texts(&variable);
    }
    if ((values.empty() && !filtered) || std::find(values.begin(), values.end(), "") != values.end())
      continue;  // said here, or by the schema
    const Variable one(variable.key, std::move(values));
    for (std::size_t later = i + 1; later < variables.size(); ++later) one.write_out(variables[later].value, problems);
    for (Entry& entry : root.entries) {
      if (entry.key != "for_each" && !entry.key.starts_with("x-")) one.write_out(entry.value, problems);
    }
  }
  if (!problems.empty()) throw InvalidExperiment(problems.list());
}

}  // namespace assay::config
