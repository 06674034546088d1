#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scoring.h"

// Real systems' outputs with the scores that sacreBLEU gave them, from ASSAY_SHARED_DATA/metrics: every X.jsonl there
// ({"prediction", "references"} a line) is scored with each setting that X.scores.json has a BLEU for.
namespace assay {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const char* shared = std::getenv("ASSAY_SHARED_DATA");
  return shared == nullptr ? fs::path() : fs::path(shared) / "metrics";
}

std::vector<test::Row> rows_of(const fs::path& file, bool first_reference, std::size_t limit = 0) {
  std::vector<test::Row> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && (limit == 0 || rows.size() < limit);) {
    const Json json = Json::parse(line);
    test::Row row;
    row.answer = json.at("prediction");
    json.at("references").get_to(row.references);
    if (first_reference) row.references.resize(1);
    row.target = row.references.front();
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(BleuSharedTest, EverySystemsScoresAreSacreBleus) {
  if (!fs::is_directory(folder())) GTEST_SKIP() << "needs ASSAY_SHARED_DATA/metrics";
  const std::vector<std::pair<std::string, Json>> settings{{"bleu", Json::object()},
                                                           {"bleu_lowercase", {{"lowercase", true}}},
                                                           {"bleu_intl", {{"tokenize", "intl"}}},
                                                           {"bleu_char", {{"tokenize", "char"}}},
                                                           {"bleu_none", {{"tokenize", "none"}}},
                                                           {"bleu_zh", {{"tokenize", "zh"}}}};
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() != ".jsonl") continue;
    const fs::path file = entry.path();
    std::ifstream in(fs::path(file).replace_extension(".scores.json"));
    ASSERT_TRUE(in) << file;
    const Json scores = Json::parse(in);
    for (const auto& [name, params] : settings) {
      if (!scores.contains(name)) continue;
      for (const bool first : {false, true}) {
        const Json& expected = scores.at(name).at(first ? "first_ref" : "multi_ref");
        const auto scored = test::scored("bleu", params, rows_of(file, first));
        EXPECT_NEAR(scored.values().at(0), expected.at("score").get<double>(), 1e-9) << file << " " << name;
        EXPECT_EQ(scored.signature(), expected.at("signature").get<std::string>()) << file << " " << name;
        ++compared;
      }
    }
    if (scores.contains("sentence_bleu_first_50")) {
      const std::vector<double> expected = scores.at("sentence_bleu_first_50");
      const auto rows = rows_of(file, true, expected.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_NEAR(test::values_of("bleu", {{"effective_order", true}}, {rows[i]}).at(0), expected[i], 1e-9)
            << file << " " << i;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 0) << "no system's outputs in " << folder();
}

}  // namespace
}  // namespace assay
