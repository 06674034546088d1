#include "text/byte_trie.h"

namespace assay::text {

void ByteTrie::add(std::string_view key, std::int32_t value) {
  std::uint32_t node = 0;
  for (const char byte : key) {
    std::uint32_t next = child(node, byte);
    if (next == 0) {
      next = static_cast<std::uint32_t>(values_.size());
      values_.push_back(-1);
      if (values_.size() * 2 > edges_.size()) grow();
      insert({key_of(node, byte), next});
    }
    node = next;
  }
  values_[node] = value;
}

void ByteTrie::insert(Edge edge) {
  std::uint64_t at = mix(edge.key) & mask_;
  while (edges_[at].node != 0) at = (at + 1) & mask_;
  edges_[at] = edge;
}

void ByteTrie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  mask_ = edges_.size() - 1;
  for (const Edge& edge : old)
    if (edge.node != 0) insert(edge);
}

}  // namespace assay::text
