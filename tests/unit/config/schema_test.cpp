#include "config/schema.h"

#include <gmock/gmock.h>

namespace assay::config {
namespace {

const Json kSchema = Json::parse(R"({
  "type": "object", "additionalProperties": false, "required": ["rank"],
  "properties": {
    "rank": {"type": "integer", "minimum": 1, "maximum": 64},
    "rate": {"type": "number", "exclusiveMinimum": 0, "default": 1},
    "targets": {"type": "array", "items": {"type": "string"}, "default": ["q", "v"]},
    "mode": {"enum": ["plain", "double"], "default": "plain"},
    "extra": {"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}}}
  }})");

std::vector<std::string> problems_of(const std::string& yaml, Axes axes = Axes::allowed) {
  Problems problems;
  check(parse_yaml(yaml, "x"), kSchema, kSchema, "lora", axes, problems);
  return problems.list();
}

Json checked(const std::string& yaml) {
  Problems problems;
  Json json = check(parse_yaml(yaml, "x"), kSchema, kSchema, "lora", Axes::allowed, problems);
  EXPECT_THAT(problems.list(), testing::IsEmpty());
  return json;
}

TEST(SchemaTest, DefaultsAreFilledInAndNumbersTakeTheSchemasType) {
  const Json json = checked("{rank: 8.0, rate: 2}");
  EXPECT_EQ(json.dump(), R"({"mode":"plain","rank":8,"rate":2.0,"targets":["q","v"]})");
}

TEST(SchemaTest, AListIsAnAxisWhereTheParameterTakesNone) {
  EXPECT_EQ(checked("{rank: [4, 8]}")["rank"], (Json{{"sweep", {4, 8}}}));
  EXPECT_EQ(checked("{rank: 4, targets: [q]}")["targets"], Json::array({"q"}));
  EXPECT_EQ(checked("{rank: 4, targets: {sweep: [[q], [q, v]]}}")["targets"], (Json{{"sweep", {{"q"}, {"q", "v"}}}}));
  EXPECT_EQ(checked("{rank: 4, extra: {x: {sweep: [1, 2]}}}")["extra"], (Json{{"x", {{"sweep", {1.0, 2.0}}}}}));
}

TEST(SchemaTest, AxesAreRefusedWhereTheyMakeNoSense) {
  EXPECT_THAT(problems_of("{rank: [4, 8]}", Axes::refused),
              testing::ElementsAre("x:1:8: 'lora.rank' must be an integer, found a list"));
}

TEST(SchemaTest, EachProblemNamesWhatWasFoundAndWhatIsAllowed) {
  EXPECT_THAT(
      problems_of("{rank: 0, rate: 0, mode: doubel, rnak: 1}"),
      testing::ElementsAre(
          "x:1:8: 'lora.rank' must be at least 1, found the number 0",
          "x:1:17: 'lora.rate' must be greater than 0, found the number 0",
          "x:1:26: 'lora.mode' must be one of plain, double, found the string \"doubel\"; did you mean double?",
          "x:1:34: unknown key 'rnak' in 'lora'; did you mean 'rank'? known: extra, mode, rank, rate, targets"));
  EXPECT_THAT(problems_of("{rate: \"1\", targets: q}"),
              testing::ElementsAre("x:1:1: 'rank' is missing in 'lora'",
                                   "x:1:8: 'lora.rate' must be a number, found the string \"1\"",
                                   "x:1:22: 'lora.targets' must be a list, found the string \"q\""));
  EXPECT_THAT(problems_of("{rank: [4, 4]}"),
              testing::ElementsAre("x:1:12: the value 4 stands twice in the axis 'lora.rank'"));
  EXPECT_THAT(problems_of("{rank: []}"),
              testing::ElementsAre("x:1:8: the axis 'lora.rank' needs a list of values, found an empty list"));
  EXPECT_THAT(problems_of("{rank: [4, 99]}"),
              testing::ElementsAre("x:1:12: 'lora.rank' must be at most 64, found the number 99"));
  EXPECT_THAT(problems_of("{rank: .inf}"), testing::SizeIs(1));
}

TEST(SchemaTest, TheJudgeKnowsKeywordsBeyondTheWalk) {
  const Json schema = Json::parse(R"({"type":"object","properties":{"n":{"type":"integer","multipleOf":2}}})");
  EXPECT_TRUE(judge(Json{{"n", 4}}, schema).empty());
  EXPECT_FALSE(judge(Json{{"n", 3}}, schema).empty());
}

}  // namespace
}  // namespace assay::config
