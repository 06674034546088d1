#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"
#include "config/yaml.h"

namespace assay::config {

/// Collects what is wrong, each problem beginning with its position.
class Problems {
 public:
  void add(const Position& at, const std::string& message) {
    found_.push_back({{at.line, at.column}, at.text() + ": " + message});
  }
  void add(std::string line) { found_.push_back({{}, std::move(line)}); }
  [[nodiscard]] bool empty() const { return found_.empty(); }
  [[nodiscard]] std::size_t size() const { return found_.size(); }

  /// In the order of the file.
  [[nodiscard]] std::vector<std::string> list() const {
    auto sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> lines;
    for (auto& [place, line] : sorted) lines.push_back(std::move(line));
    return lines;
  }

 private:
  std::vector<std::pair<std::pair<int, int>, std::string>> found_;
};

/// Whether `{sweep: […]}`, `{tune: […]}` and a list where the schema takes none are axes (in a strategy's parameters) or
/// mistakes.
enum class Axes { refused, allowed };

/// Checks `node` against a JSON Schema (draft-07: type, enum, const, minimum, maximum, exclusive*, min/maxItems,
/// min/maxLength, pattern, uniqueItems, items, properties, patternProperties, additionalProperties, required, anyOf,
/// oneOf, $ref into the same document, default) and words each problem for a person: position, what was found, what is
/// allowed, the nearest known name.
///
/// Returns the value with defaults filled in and numbers as the schema wants them (3 becomes 3.0 where any number is
/// allowed, 3.0 becomes 3 where an integer is), so that equal settings are equal JSON. An axis is returned as
/// `{"sweep": […]}` or `{"tune": […]}`. Where a schema says `"x-checked-by-plugins": true` the value is returned unchecked.
/// `path` names the node in messages: "generation.max_tokens", or "" for the whole document.
Json check(const Node& node, const Json& schema, const Json& document, const std::string& path, Axes axes,
           Problems& problems);

/// The judgement of a full JSON Schema validator (valijson) on `value`: one line a problem, worded as it words them.
/// A net below `check`, for keywords that it does not know.
std::vector<std::string> judge(const Json& value, const Json& schema);

}  // namespace assay::config
