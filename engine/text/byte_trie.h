#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::text {

/// Finds which of a set of strings begin at a place in a text, in time linear in the longest that does. Const calls are
/// thread-safe.
class ByteTrie {
 public:
  /// `value` must not be negative; a string that is added again takes the later value.
  void add(std::string_view key, std::int32_t value);

  /// Calls `visit(length, value)` for every added string that `text` has at byte `from`, the shorter ones first.
  template <typename Visit>
  void prefixes(std::string_view text, std::size_t from, Visit visit) const {
    std::uint32_t node = 0;
    for (std::size_t i = from; i < text.size() && (node = child(node, text[i])) != 0; ++i)
      if (values_[node] >= 0) visit(i + 1 - from, values_[node]);
  }

  /// Nodes for those who walk by themselves: 0 is the root as an argument, and "no such child" as a result.
  std::uint32_t child(std::uint32_t node, char byte) const {
    const std::uint64_t key = key_of(node, byte);
    for (std::uint64_t at = mix(key) & mask_;; at = (at + 1) & mask_) {
      if (edges_[at].key == key) return edges_[at].node;
      if (edges_[at].node == 0) return 0;
    }
  }
  /// The value of the string that ends at `node`, or -1.
  std::int32_t value(std::uint32_t node) const { return values_[node]; }

 private:
  struct Edge {
    std::uint64_t key = 0;
    std::uint32_t node = 0;
  };
  static std::uint64_t key_of(std::uint32_t node, char byte) {
    return std::uint64_t{node} << 8 | static_cast<unsigned char>(byte);
  }
  static std::uint64_t mix(std::uint64_t key) {
    key *= 0x9E3779B97F4A7C15ULL;
    return key ^ key >> 32;
  }
  void insert(Edge edge);
  void grow();

  std::vector<std::int32_t> values_{-1};  ///< by node
  std::vector<Edge> edges_ = std::vector<Edge>(64);
  std::uint64_t mask_ = 63;
};

}  // namespace assay::text
