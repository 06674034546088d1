#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "config/load.h"
#include "config/yaml.h"

namespace assay::config {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void move_to(Node& node, const Position& at) {
  node.at = at;
  for (Node& item : node.items) move_to(item, at);
  for (Entry& entry : node.entries) {
    entry.at = at;
    move_to(entry.value, at);
  }
}

}  // namespace

void apply_override(Node& root, const std::string& assignment) {
  const Position at{"--set " + assignment, 0, 0};
  const auto fail = [&](const std::string& message) { throw InvalidExperiment({at.text() + ": " + message}); };
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    fail("write --set path=value, for instance --set generation.max_tokens=32");
  const std::vector<std::string> path = split(assignment.substr(0, equals));
  if (std::find(path.begin(), path.end(), "") != path.end()) fail("this path has an empty part");

  Node* node = &root;
  std::string walked;
  for (const std::string& part : path) {
    if (node->is_sequence()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
      if (error != std::errc{} || end != part.data() + part.size() || index > node->items.size()) {
        fail(fmt::format("{} is a list of {}; '{}' is none of its indices (from 0)", walked, node->items.size(), part));
      }
      if (index == node->items.size()) node->items.push_back(empty_node(at));
      node = &node->items[index];
    } else {
      if (node->kind == Node::Kind::scalar)
        fail(fmt::format("{} holds {}, which has no '{}'", walked, describe(*node), part));
      node->kind = Node::Kind::map;
      auto found =
          std::find_if(node->entries.begin(), node->entries.end(), [&](const Entry& e) { return e.key == part; });
      if (found == node->entries.end()) found = node->entries.insert(found, Entry{part, at, empty_node(at)});
      found->at = at;
      node = &found->value;
    }
    walked += (walked.empty() ? "" : ".") + part;
  }
  *node = parse_yaml(assignment.substr(equals + 1), at.file);
  move_to(*node, at);
}

}  // namespace assay::config
