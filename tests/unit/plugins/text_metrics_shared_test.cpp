#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scoring.h"

// Real systems' outputs with the scores that sacreBLEU and rouge_score's definition gave them, from
// ASSAY_SHARED_DATA/metrics: every X.jsonl there ({"prediction", "references"} a line) is scored with each setting that
// X.scores.json has a score for.
namespace assay {
namespace {

namespace fs = std::filesystem;

struct Setting {
  std::string metric;
  Json params;
};

/// By the names of *.scores.json.
const std::map<std::string, Setting>& settings() {
  static const std::map<std::string, Setting> all{{"bleu", {"bleu", Json::object()}},
                                                  {"bleu_lowercase", {"bleu", {{"lowercase", true}}}},
                                                  {"bleu_intl", {"bleu", {{"tokenize", "intl"}}}},
                                                  {"bleu_char", {"bleu", {{"tokenize", "char"}}}},
                                                  {"bleu_none", {"bleu", {{"tokenize", "none"}}}},
                                                  {"bleu_zh", {"bleu", {{"tokenize", "zh"}}}},
                                                  {"chrf2", {"chrf", Json::object()}},
                                                  {"chrf2++", {"chrf", {{"word_order", 2}}}},
                                                  {"ter", {"ter", Json::object()}},
                                                  {"rouge", {"rouge", Json::object()}},
                                                  {"rouge_stem", {"rouge", {{"stemmer", true}}}}};
  return all;
}

fs::path folder() {
  const char* shared = std::getenv("ASSAY_SHARED_DATA");
  return shared == nullptr ? fs::path() : fs::path(shared) / "metrics";
}

std::vector<fs::path> systems() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json scores_of(const fs::path& system) {
  std::ifstream in(fs::path(system).replace_extension(".scores.json"));
  return Json::parse(in);
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

constexpr double kRelative = 1e-9;

void expect_sacre_bleus(const std::string& name, const Json& expected, const fs::path& file, bool first_reference) {
  const Setting& setting = settings().at(name);
  const auto scored = test::scored(setting.metric, setting.params, rows_of(file, first_reference));
  const double score = expected.at("score");
  EXPECT_NEAR(scored.values().at(0), score, kRelative * score) << file << " " << name;
  EXPECT_EQ(scored.signature(), expected.at("signature").get<std::string>()) << file << " " << name;
}

TEST(TextMetricsSharedTest, EverySystemsScoresAreTheReferenceImplementations) {
  if (!fs::is_directory(folder())) GTEST_SKIP() << "needs ASSAY_SHARED_DATA/metrics";
  int compared = 0;
  for (const fs::path& file : systems()) {
    const Json known = scores_of(file);
    for (const auto& [name, scores] : known.items()) {
      if (name == "system" || name == "n" || name == "sentence_bleu_first_50") continue;
      ASSERT_TRUE(settings().contains(name)) << file << " has scores named " << name << ", which no setting stands for";
      if (!scores.contains("rouge1")) {
        if (scores.contains("multi_ref")) expect_sacre_bleus(name, scores.at("multi_ref"), file, false);
        if (scores.contains("first_ref")) expect_sacre_bleus(name, scores.at("first_ref"), file, true);
      } else {
        Setting setting = settings().at(name);
        for (const auto& [variant, score] : scores.items()) {
          setting.params["variants"] = {variant};
          EXPECT_NEAR(test::values_of("rouge", setting.params, rows_of(file, false)).at(0), score.get<double>(),
                      kRelative * score.get<double>())
              << file << " " << name << " " << variant;
        }
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 0) << "no system's outputs in " << folder();
}

TEST(TextMetricsSharedTest, SentenceBleuIsSacreBleus) {
  if (!fs::is_directory(folder())) GTEST_SKIP() << "needs ASSAY_SHARED_DATA/metrics";
  int compared = 0;
  for (const fs::path& file : systems()) {
    const Json scores = scores_of(file);
    if (!scores.contains("sentence_bleu_first_50")) continue;
    const std::vector<double> expected = scores.at("sentence_bleu_first_50");
    const auto rows = rows_of(file, true, expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_NEAR(test::values_of("bleu", {{"effective_order", true}}, {rows[i]}).at(0), expected[i], 1e-9)
          << file << " " << i;
      ++compared;
    }
  }
  EXPECT_GT(compared, 0) << "no system's sentence scores in " << folder();
}

}  // namespace
}  // namespace assay
