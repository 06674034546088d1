#pragma once
#include <assay/sdk/bm25.h>
#include <assay/sdk/example.h>
#include <assay/sdk/vectors.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace few_shot {

/// A training row as a shot shows it.
struct Row {
  std::string id, input, target, rationale;
};
assay::Json to_json(const Row&);
Row row(const assay::Json&);

/// What makes two inputs the same one: blanks at the ends dropped, each run of blanks within as one, case kept.
std::string folded(const std::string& text);

/// The rows that shots are chosen from: the training rows in their order, of those with the same input the first. With
/// them what nearness is measured by, if anything is: BM25 over the inputs, or their vectors.
class Pool {
 public:
  static Pool of(std::span<const assay::sdk::Example> train);

  std::vector<Row> rows;
  std::optional<assay::sdk::Bm25> bm25;
  std::optional<assay::sdk::Vectors> vectors;

  void index_words();
  void index_vectors(assay::sdk::Pooling, assay::sdk::AdaptContext&);

  /// How near each row's input is to a question: BM25 scores, or cosines with the question's `vector`.
  [[nodiscard]] std::vector<double> nearness(const std::string& question, std::span<const float> vector) const;

  /// `pool.jsonl`, and `bm25.index` or `vectors.f32`.
  void save(const std::filesystem::path& folder) const;
  static Pool load(const std::filesystem::path& folder);
};

}  // namespace few_shot
