#pragma once
#include <assay/sdk/bm25.h>
#include <assay/sdk/vectors.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace retrieval {

/// A piece of a document.
struct Passage {
  std::string source;     ///< the document's id
  std::size_t chunk = 0;  ///< its place among the document's pieces, from 0
  std::string text;
};

/// Passages and what finds them. Positions are those of `passages`.
class Index {
 public:
  std::vector<Passage> passages;
  std::optional<assay::sdk::Bm25> bm25;
  std::optional<assay::sdk::Vectors> vectors;

  /// The `count` best passages for a query (whose vector is needed where there are vectors). With both, each ranks its
  /// `candidates` best and reciprocal-rank fusion joins the two.
  [[nodiscard]] std::vector<assay::sdk::Ranked> search(const std::string& query, std::span<const float> vector,
                                                       std::size_t count, std::size_t candidates, double rrf_k) const;

  /// `passages.jsonl`, `bm25.index`, `vectors.f32`.
  void save(const std::filesystem::path& folder) const;
  static Index load(const std::filesystem::path& folder, assay::sdk::Bm25::Parameters);
};

}  // namespace retrieval
