#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "scoring.h"

// Edge cases (empty texts, one word, Unicode's punctuation, East Asian scripts, shuffled phrases) with what sacreBLEU
// and rouge_score say about them; tests/reference/record_text_metrics.py recorded it.
namespace assay {
namespace {

std::vector<test::Row> rows_of(const Json& segments) {
  std::vector<test::Row> rows;
  for (const Json& segment : segments) {
    test::Row row;
    row.answer = segment.at("prediction");
    segment.at("references").get_to(row.references);
    row.target = row.references.front();
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(RecordedTextMetricsTest, EveryScoreAndSignatureIsTheReferenceImplementations) {
  std::ifstream in(std::string(ASSAY_SOURCE_DIR) + "/tests/unit/plugins/recorded_text_metrics.json");
  const Json recorded = Json::parse(in);
  int compared = 0;
  for (const Json& one : recorded.at("cases")) {
    const std::vector<test::Row> rows = rows_of(one.at("segments"));
    for (const Json& expected : one.at("scores")) {
      const std::string name = one.at("name").get<std::string>() + ": " + expected.at("metric").get<std::string>() +
                               " " + expected.at("params").dump();
      const auto scored = test::scored(expected.at("metric"), expected.at("params"), rows);
      const std::vector<double> values = scored.values(), reference = expected.at("values");
      ASSERT_EQ(values.size(), reference.size()) << name;
      for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(values[i], reference[i], 1e-9 * std::max(1.0, std::abs(reference[i]))) << name << " value " << i;
      if (expected.contains("signature") && !expected.at("params").contains("beta")) {
        const std::string signature = scored.signature();
        EXPECT_EQ(signature.substr(0, signature.rfind('|')), expected.at("signature").get<std::string>()) << name;
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace assay
