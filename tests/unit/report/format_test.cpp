#include "report/format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "store/paths.h"

namespace assay::report {
namespace {

const Output kShare{"f1", "f1", "", true, true, 300};
const Output kLatency{"latency", "latency.p95", "ms", false, false, 50};

TEST(FormatTest, ThreeSignificantDigitsWithThousandsApart) {
  EXPECT_EQ(significant(0.012345), "0.0123");
  EXPECT_EQ(significant(12.345), "12.3");
  EXPECT_EQ(significant(1234.5), "1,234");
  EXPECT_EQ(significant(1234567), "1,234,567");
  EXPECT_EQ(significant(-12.34), "−12.3");
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(significant(kUnknown), "–");
}

TEST(FormatTest, SharesArePercentAndDifferencesHaveASign) {
  EXPECT_EQ(number(kShare, 0.9733), "97.3");
  EXPECT_EQ(signed_number(kShare, 0.12), "+12.0");
  EXPECT_EQ(signed_number(kShare, -0.12), "−12.0");
  EXPECT_EQ(signed_number(kShare, -0.0001), "0.0");
  EXPECT_EQ(value_text(kShare, {0.5, 0.45, 0.55, kUnknown, {}}), "50.0 % [45.0, 55.0]");
  EXPECT_EQ(value_text(kLatency, {12.3, 11, 14, kUnknown, {}}), "12.3 ms [11.0, 14.0]");
}

TEST(FormatTest, SecondsDollarsAndParametersAreReadable) {
  EXPECT_EQ(seconds_text(0.85), "850 ms");
  EXPECT_EQ(seconds_text(34.21), "34.2 s");
  EXPECT_EQ(seconds_text(200), "3 min 20 s");
  EXPECT_EQ(seconds_text(7500), "2 h 5 min");
  EXPECT_EQ(dollars_text(0.0123), "$0.0123");
  EXPECT_EQ(dollars_text(0.00001813), "$0.0000181");
  EXPECT_EQ(parameters_text(12288), "12,288");
  EXPECT_EQ(parameters_text(8.03e9), "8.03 B");
}

TEST(FormatTest, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shortened("short", 10), "short");
  EXPECT_EQ(shortened("ab\xC3\xA9z", 3), "ab\n… (3 more bytes)");
}

TEST(YamlTest, ReadsAsYamlAndQuotesWhatWouldChangeItsMeaning) {
  const Json value{{"name", "a-b"},
                   {"stop", {"\n", "no"}},
                   {"rate", 0.001},
                   {"number", "12"},
                   {"parts", {{{"lora", {{"rank", 8}}}}, "x: y"}},
                   {"none", nullptr},
                   {"empty", Json::array()}};
  EXPECT_EQ(yaml(value),
            "empty: []\nname: a-b\nnone: null\nnumber: \"12\"\nparts:\n  -\n    lora:\n      rank: 8\n  - \"x: y\"\n"
            "rate: 0.001\nstop: [\"\\n\", \"no\"]\n");
}

TEST(PathsTest, AbsolutePathsAreShortened) {
  setenv("HOME", "/home/ann", 1);
  const store::ShortPaths short_paths("/srv/project/results");
  EXPECT_EQ(short_paths(std::string("cannot read /srv/project/experiments/x.yaml:3")),
            "cannot read experiments/x.yaml:3");
  EXPECT_EQ(short_paths(std::string("'/home/ann/data.jsonl'")), "'~/data.jsonl'");
  EXPECT_EQ(short_paths(std::string("/mnt/home/ann/data")), "/mnt/home/ann/data");
  const Json nested{{"path", {"/home/ann/m", 3}}};
  EXPECT_EQ(short_paths(nested).dump(), R"({"path":["~/m",3]})");
}

}  // namespace
}  // namespace assay::report
