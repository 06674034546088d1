#include "pool.h"

#include <assay/sdk/error.h>

#include <algorithm>
#include <fstream>
#include <unordered_set>

namespace few_shot {

using assay::Json;

Json to_json(const Row& row) {
  return {{"id", row.id}, {"input", row.input}, {"target", row.target}, {"rationale", row.rationale}};
}

Row row(const Json& json) {
  return {json.at("id").get<std::string>(), json.at("input").get<std::string>(), json.at("target").get<std::string>(),
          json.at("rationale").get<std::string>()};
}

std::string folded(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n\v\f";
  std::string result;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    if (!result.empty()) result += ' ';
    result.append(text, at, end - at);
    at = text.find_first_not_of(kBlanks, end);
  }
  return result;
}

Pool Pool::of(std::span<const assay::sdk::Example> train) {
  Pool pool;
  std::unordered_set<std::string> seen;
  for (const assay::sdk::Example& example : train) {
    if (seen.insert(folded(example.input.text)).second)
      pool.rows.push_back({example.input.id, example.input.text, example.target, example.rationale});
  }
  return pool;
}

void Pool::index_words() {
  bm25.emplace();
  for (const Row& row : rows) bm25->add(row.input);
}

void Pool::index_vectors(assay::sdk::Pooling pooling, assay::sdk::AdaptContext& context) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(row.input);
  vectors = assay::sdk::embed(texts, pooling, context, [this](std::size_t i) { return "training row " + rows[i].id; });
}

std::vector<double> Pool::nearness(const std::string& question, std::span<const float> vector) const {
  return vectors ? vectors->cosines(vector) : bm25.value().scores(question);
}

void Pool::save(const std::filesystem::path& folder) const {
  std::ofstream out(folder / "pool.jsonl", std::ios::binary);
  for (const Row& row : rows) out << to_json(row).dump() << '\n';
  out.close();
  if (!out) throw assay::Error((folder / "pool.jsonl").string() + ": cannot be written; is the disk full?");
  if (bm25) bm25->save(folder / "bm25.index");
  if (vectors) vectors->save(folder / "vectors.f32");
}

Pool Pool::load(const std::filesystem::path& folder) {
  Pool pool;
  std::ifstream in(folder / "pool.jsonl", std::ios::binary);
  for (std::string line; std::getline(in, line);) pool.rows.push_back(row(Json::parse(line)));
  if (std::filesystem::exists(folder / "bm25.index")) pool.bm25 = assay::sdk::Bm25::load(folder / "bm25.index", {});
  if (std::filesystem::exists(folder / "vectors.f32")) pool.vectors = assay::sdk::Vectors::load(folder / "vectors.f32");
  return pool;
}

}  // namespace few_shot
