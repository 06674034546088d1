#include "config/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "config/load.h"

namespace assay::config {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    parse_yaml(text, "x.yaml");
  } catch (const InvalidExperiment& error) {
    return error.what();
  }
  return "no error";
}

TEST(YamlTest, PlainScalarsAreTypedByTheCoreSchema) {
  const Json json = to_json(parse_yaml(
      "{a: 1.0e-3, b: 12, c: -7, d: 0x1f, e: true, f: yes, g: ~, h: 1., i: .5, j: 0o17, k: 1e3, l: 1_0, m: -, n: }",
      "x"));
  EXPECT_EQ(json["a"], 1.0e-3);
  EXPECT_TRUE(json["a"].is_number_float());
  EXPECT_EQ(json["b"], 12);
  EXPECT_EQ(json["c"], -7);
  EXPECT_EQ(json["d"], 31);
  EXPECT_EQ(json["e"], true);
  EXPECT_EQ(json["f"], "yes");
  EXPECT_TRUE(json["g"].is_null());
  EXPECT_EQ(json["h"], 1.0);
  EXPECT_EQ(json["i"], 0.5);
  EXPECT_EQ(json["j"], 15);
  EXPECT_EQ(json["k"], 1000.0);
  EXPECT_EQ(json["l"], "1_0");
  EXPECT_TRUE(json["n"].is_null());
}

TEST(YamlTest, QuotedAndTaggedScalarsKeepTheirType) {
  const Json json = to_json(parse_yaml("a: \"1\"\nb: 'true'\nc: !!str 12\nd: !!float 1\ne: |\n  12\n", "x"));
  EXPECT_EQ(json["a"], "1");
  EXPECT_EQ(json["b"], "true");
  EXPECT_EQ(json["c"], "12");
  EXPECT_TRUE(json["d"].is_number_float());
  EXPECT_EQ(json["e"], "12\n");
}

TEST(YamlTest, KeysAndValuesKnowTheirPositions) {
  const Node root = parse_yaml("a:\n  b: 1\n  c: [x, y]\n", "x.yaml");
  const Node& a = root.find("a")->value;
  EXPECT_EQ(a.find("c")->at.text(), "x.yaml:3:3");
  EXPECT_EQ(a.find("c")->value.items[1].at.text(), "x.yaml:3:10");
}

TEST(YamlTest, MergeKeysYieldToWhatIsWrittenAndToEarlierMaps) {
  const Json json =
      to_json(parse_yaml("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], c: 3}\nw:\n  <<: *x\n", "x"));
  EXPECT_EQ(json["z"], (Json{{"a", 1}, {"b", 1}, {"c", 3}}));
  EXPECT_EQ(json["w"], (Json{{"a", 1}, {"b", 1}}));
}

TEST(YamlTest, DuplicateKeysAreRefusedWhereTheyStand) {
  EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"), "x.yaml:3:1: the key 'a' stands twice; it was first written on line 1");
}

TEST(YamlTest, CyclicAliasesAreRefused) {
  EXPECT_THAT(error_of("a: &x\n  b: *x\n"), HasSubstr("x.yaml:2:6: this alias stands inside the value that it names"));
}

TEST(YamlTest, UnknownAliasesAreRefused) {
  EXPECT_THAT(error_of("a: *nowhere\n"), HasSubstr("x.yaml:1:4: malformed YAML: "));
}

TEST(YamlTest, AliasesThatMultiplyAreRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    text +=
        fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(error_of(text), HasSubstr("aliases multiply this document"));
}

TEST(YamlTest, MalformedTextIsReportedWithItsPlace) {
  EXPECT_THAT(error_of("a: [1, 2\nb: 3\n"), HasSubstr("x.yaml:2:"));
  EXPECT_THAT(error_of("a: 1\n--- \nb: 2\n"), HasSubstr("more than one YAML document"));
  EXPECT_THAT(error_of("? [a]\n: 1\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(error_of("a: !!set {}\n"), HasSubstr("unknown tag"));
  EXPECT_THAT(error_of("a: \xff\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of("a: {<<: 3}\n"), HasSubstr("merge key"));
}

TEST(YamlTest, AnEmptyDocumentIsNull) { EXPECT_TRUE(to_json(parse_yaml("# nothing\n", "x")).is_null()); }

}  // namespace
}  // namespace assay::config
