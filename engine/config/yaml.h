#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "assay/sdk/json.h"
#include "config/experiment.h"

namespace assay::config {

struct Entry;

/// A YAML value that knows where it was written. Aliases are replaced by copies and merge keys (`<<`) are merged, so what
/// is left is plain: nulls, scalars, sequences, and maps with distinct text keys in the order written.
struct Node {
  enum class Kind { null, scalar, sequence, map };
  Kind kind = Kind::null;
  std::string text;   ///< of a scalar
  bool plain = true;  ///< neither quoted nor a block: only such scalars may be numbers or booleans
  std::string tag;    ///< str, int, float, bool, null where written (`!!str`)
  Position at;
  std::vector<Node> items;     ///< of a sequence
  std::vector<Entry> entries;  ///< of a map

  [[nodiscard]] bool is_map() const { return kind == Kind::map; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
  [[nodiscard]] const Entry* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;  ///< of the key
  Node value;
};

/// A null (or, with `kind`, an empty map or list) at `at`.
Node empty_node(const Position& at, Node::Kind kind = Node::Kind::null);

/// Reads one YAML 1.2 document. `file` names it in positions.
/// @throws InvalidExperiment: malformed YAML, duplicate keys, keys that are no text, unknown or cyclic aliases, merge keys
/// of something else than maps, unknown tags, text that is no UTF-8, more than one document, aliases that multiply
/// beyond 100,000 nodes.
Node parse_yaml(const std::string& text, const std::string& file);

/// Reads a file. @throws InvalidExperiment, also when it cannot be read.
Node read_yaml(const std::filesystem::path& file);

/// The value by YAML 1.2's core schema: `1.0e-3` is a number, `"1"` a string, `yes` a string.
Json to_json(const Node& node);

/// What a value is, for messages: `the string "16"`, `the number 3`, `a list`.
std::string describe(const Node& node);

/// Sets `a.b.0.c` in `root`: maps by key (made where absent), sequences by index (one past the end appends). `assignment`
/// is `path=value`, the value parsed as YAML. @throws InvalidExperiment
void apply_override(Node& root, const std::string& assignment);

}  // namespace assay::config
