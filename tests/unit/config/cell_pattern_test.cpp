#include "config/cell_pattern.h"

#include <gmock/gmock.h>

#include "config/load.h"

namespace assay::config {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kModel = "nano", kDataset = "tickets", kEntry = "lora + few_shot",
                  kLabel = "lora(rank=8) + few_shot(shots=2)", kId = "3f2a01bc9d7e";
const std::vector<StrategySetting> kParts{
    {"lora", Json{{"rank", 8}, {"learning_rate", 0.001}, {"targets", {"q", "v"}}}},
    {"few_shot", Json{{"shots", 2}, {"select", "random"}}}};

bool is_meant(const std::string& pattern) {
  return matches(read_pattern(pattern, "--only"), {kModel, kDataset, kEntry, kLabel, kParts, 3, kId});
}

TEST(CellPatternTest, EveryKeyMustMatch) {
  EXPECT_TRUE(is_meant("model=nano,dataset=tickets,seed=3"));
  EXPECT_FALSE(is_meant("model=nano,dataset=tickets,seed=4"));
  EXPECT_TRUE(is_meant("seed=4,seed=3")) << "a key that stands twice is any of its values";
  EXPECT_FALSE(is_meant("model=mini"));
}

TEST(CellPatternTest, AStrategyIsAnEntrysNameOrACellsLabel) {
  EXPECT_TRUE(is_meant("strategy=lora + few_shot"));
  EXPECT_TRUE(is_meant("lora(rank=8) + few_shot(shots=2)")) << "commas and = within brackets are the label's";
  EXPECT_TRUE(is_meant("lora*"));
  EXPECT_TRUE(is_meant("*few_s?ot"));
  EXPECT_FALSE(is_meant("lora")) << "a hybrid is another strategy";
  EXPECT_TRUE(is_meant("3f2a")) << "the first letters of its id";
  EXPECT_FALSE(is_meant("cell=2a"));
}

TEST(CellPatternTest, ParametersAreComparedAsValues) {
  EXPECT_TRUE(is_meant("rank=8"));
  EXPECT_TRUE(is_meant("lora.rank=8.0"));
  EXPECT_TRUE(is_meant("learning_rate=1e-3"));
  EXPECT_TRUE(is_meant("select=rand*"));
  EXPECT_TRUE(is_meant("targets=[q, v]"));
  EXPECT_FALSE(is_meant("few_shot.rank=8"));
  EXPECT_FALSE(is_meant("rank=4"));
  EXPECT_FALSE(is_meant("shots=2,rank=4"));
}

TEST(CellPatternTest, WhatIsNoPatternIsSaid) {
  EXPECT_THAT([] { read_pattern("", "--skip"); }, ThrowsMessage<InvalidExperiment>(HasSubstr("write key=value")));
  EXPECT_THAT([] { read_pattern("a=1,", "--skip"); },
              ThrowsMessage<InvalidExperiment>(HasSubstr("--skip a=1,: write key=value")));
  EXPECT_THAT([] { read_pattern("seed=x", "--skip"); }, ThrowsMessage<InvalidExperiment>(HasSubstr("found 'x'")));
}

TEST(CellPatternTest, AListInExcludeIsAnyOfItsValues) {
  Problems problems;
  const auto patterns = read_exclude(
      parse_yaml("[{strategy: [zero_shot, 'lora*'], seed: [3, 4], parameters: {shots: [2, 4], targets: [q, v]}}]",
                 "e.yaml"),
      problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_TRUE(matches(patterns.at(0), {kModel, kDataset, kEntry, kLabel, kParts, 4, kId}));
  EXPECT_FALSE(matches(patterns.at(0), {kModel, kDataset, kEntry, kLabel, kParts, 5, kId}));
}

}  // namespace
}  // namespace assay::config
