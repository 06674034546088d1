#include "coverage/population.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <stdexcept>

#include "coverage/findings.h"

namespace assay::coverage {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::filesystem::path file_of(const std::string& content) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "assay-coverage-population.jsonl";
  std::ofstream(path) << content;
  return path;
}

TEST(PopulationTest, RowsOfOneClusterComeTogether) {
  const Population population = read_population(file_of("{\"first\": 1, \"second\": false, \"cluster\": \"b\"}\n"
                                                        "{\"first\": 0, \"second\": false, \"cluster\": 7}\n"
                                                        "{\"first\": true, \"second\": 1, \"cluster\": \"b\"}\n"),
                                                {});
  EXPECT_TRUE(population.clustered);
  EXPECT_EQ(population.kind, Kind::proportion);
  EXPECT_EQ(population.first, (std::vector<double>{1, 1, 0}));
  EXPECT_EQ(population.second, (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(population.starts, (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_DOUBLE_EQ(population.discordant(), 1 / 3.0);
}

TEST(PopulationTest, FieldsAndStatisticsAreAsked) {
  const Fields fields{.first = "counts", .statistic = "f1"};
  const Population population =
      read_population(file_of("{\"counts\": [3, 1, 0]}\n\n{\"counts\": [1, 0, 2]}\n"), fields);
  EXPECT_FALSE(population.clustered);
  EXPECT_TRUE(population.second.empty());
  EXPECT_DOUBLE_EQ(value(population, population.first), 2 * 4 / (2 * 4 + 1 + 2.0));
}

TEST(PopulationTest, ARowThatCannotBeReadIsNamed) {
  const auto reading = [](const std::string& content) {
    return [content] { (void)read_population(file_of(content), {}); };
  };
  EXPECT_THAT(reading("{\"first\": 1}\n{\"other\": 1}\n"), ThrowsMessage<std::runtime_error>(HasSubstr(".jsonl:2: ")));
  EXPECT_THAT(reading("{\"first\": [1, 2]}\n"),
              ThrowsMessage<std::runtime_error>(HasSubstr("takes 1 number(s) a system")));
  EXPECT_THAT(reading(""), ThrowsMessage<std::runtime_error>(HasSubstr("has no rows")));
  EXPECT_THAT(reading("{\"first\": 1}\n{\"first\": 1, \"second\": 0}\n"),
              ThrowsMessage<std::runtime_error>(HasSubstr("some rows have 'second'")));
}

TEST(PopulationTest, WhatIsWrongWithARowIsSaidInWords) {
  const auto problem = [](const std::string& row, const char* words) {
    EXPECT_THAT([&] { (void)read_population(file_of(row + "\n"), {}); },
                ThrowsMessage<std::runtime_error>(HasSubstr(words)))
        << row;
  };
  problem("{\"score\": 1}", "there is no field 'first' (fields: score)");
  problem("{\"first\": \"1\"}", "'first' holds neither a number nor a list of numbers");
  problem("first, 1", "no JSON object");
}

TEST(PopulationTest, CorpusBleuIsSmoothedAndPenalised) {
  // "the cat sat on the mat" against "the cat is on the mat": precisions 5/6, 3/5, 1/4 and, smoothed, (1/2)/3.
  Population population{.name = "",
                        .kind = Kind::bleu,
                        .width = 10,
                        .first = {5, 3, 1, 0, 6, 5, 4, 3, 6, 6},
                        .second = {},
                        .starts = {0, 1}};
  EXPECT_NEAR(value(population, population.first), std::pow(5 / 6.0 * 3 / 5 / 4 / 6, 0.25), 1e-12);
  population.first[9] = 9;
  EXPECT_NEAR(value(population, population.first), std::pow(5 / 6.0 * 3 / 5 / 4 / 6, 0.25) * std::exp(-0.5), 1e-12);
}

TEST(PopulationTest, ExchangedClustersAreWhole) {
  Sample sample{{1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0}, {{0, 0, 1, 1, 2, 2}, 3}};
  Random random(5);
  bool some = false;
  for (int i = 0; i < 20; ++i) {
    const Sample equal = exchanged(sample, 1, random);
    for (std::size_t k = 0; k < 6; k += 2) EXPECT_EQ(equal.first[k], equal.first[k + 1]);
    for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(equal.first[k] + equal.second[k], 1);
    some |= equal.first != sample.first;
  }
  EXPECT_TRUE(some);
}

TEST(FindingsTest, TheNumberOfThreadsChangesNothing) {
  const auto with = [](int threads) {
    return replicate({.seed = 3, .replications = 50, .resamples = 1, .threads = threads},
                     [](std::size_t, Random& random, Findings& findings) {
                       findings.note("high", {40, 60}, random() >> 63 != 0);
                     })
        .counts()
        .at("high")
        .happened;
  };
  EXPECT_EQ(with(1), with(3));
}

TEST(FindingsTest, SharesOutsideTheirBoundsAreSeen) {
  Findings findings;
  for (int i = 0; i < 10; ++i) findings.note("often", {0, 60}, i < 7);
  EXPECT_DOUBLE_EQ(findings.counts().at("often").percent(), 70);
  EXPECT_FALSE(findings.counts().at("often").within());
}

}  // namespace
}  // namespace assay::coverage
