#include "index.h"

#include <assay/sdk/error.h>

#include <array>
#include <fstream>

namespace retrieval {

using assay::Json;
using namespace assay::sdk;

std::vector<Ranked> Index::search(const std::string& query, std::span<const float> vector, std::size_t count,
                                  std::size_t candidates, double rrf_k) const {
  if (!vectors) return bm25.value().rank(query, count);
  if (!bm25) return vectors->nearest(vector, count);
  const std::array<std::vector<Ranked>, 2> rankings{bm25->rank(query, candidates),
                                                    vectors->nearest(vector, candidates)};
  return reciprocal_rank_fusion(rankings, count, rrf_k);
}

void Index::save(const std::filesystem::path& folder) const {
  const auto file = folder / "passages.jsonl";
  std::ofstream out(file, std::ios::binary);
  for (const Passage& passage : passages) {
    out << Json{{"source", passage.source}, {"chunk", passage.chunk}, {"text", passage.text}}.dump() << '\n';
  }
  out.close();
  if (!out) throw assay::Error(file.string() + ": cannot be written; is the disk full?");
  if (bm25) bm25->save(folder / "bm25.index");
  if (vectors) vectors->save(folder / "vectors.f32");
}

Index Index::load(const std::filesystem::path& folder, Bm25::Parameters parameters) {
  Index index;
  std::ifstream in(folder / "passages.jsonl", std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const Json passage = Json::parse(line);
    index.passages.push_back({passage.at("source").get<std::string>(), passage.at("chunk").get<std::size_t>(),
                              passage.at("text").get<std::string>()});
  }
  if (std::filesystem::exists(folder / "bm25.index")) index.bm25 = Bm25::load(folder / "bm25.index", parameters);
  if (std::filesystem::exists(folder / "vectors.f32")) index.vectors = Vectors::load(folder / "vectors.f32");
  return index;
}

}  // namespace retrieval
