#include <gmock/gmock.h>

#include "config/load.h"
#include "config/yaml.h"

namespace assay::config {
namespace {

Json with(const std::string& text, const std::string& assignment) {
  Node root = parse_yaml(text, "x.yaml");
  apply_override(root, assignment);
  return to_json(root);
}

TEST(OverrideTest, SetsMakesAndAppends) {
  EXPECT_EQ(with("a: {b: 1}", "a.b=2"), (Json{{"a", {{"b", 2}}}}));
  EXPECT_EQ(with("a: {b: 1}", "a.c.d=[x, 'y']"), (Json{{"a", {{"b", 1}, {"c", {{"d", {"x", "y"}}}}}}}));
  EXPECT_EQ(with("a: [1, 2]", "a.1=9"), (Json{{"a", {1, 9}}}));
  EXPECT_EQ(with("a: [1, 2]", "a.2={k: v}"), (Json{{"a", {1, 2, {{"k", "v"}}}}}));
  EXPECT_EQ(with("a: x", "a="), (Json{{"a", nullptr}}));
}

TEST(OverrideTest, AValueSharedByAnAliasChangesInOnePlaceOnly) {
  EXPECT_EQ(with("a: &x {k: 1}\nb: *x\n", "b.k=2"), (Json{{"a", {{"k", 1}}}, {"b", {{"k", 2}}}}));
}

TEST(OverrideTest, SaysWhatIsWrongWithThePath) {
  const auto error = [](const std::string& assignment) -> std::string {
    try {
      with("a: [1]\nb: text\n", assignment);
    } catch (const InvalidExperiment& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_THAT(error("a.5=1"), testing::HasSubstr("a is a list of 1; '5' is none of its indices"));
  EXPECT_THAT(error("b.c=1"), testing::HasSubstr("b holds the string \"text\""));
  EXPECT_THAT(error("b"), testing::HasSubstr("write --set path=value"));
  EXPECT_THAT(error("b=[1"), testing::HasSubstr("--set b=[1"));
}

}  // namespace
}  // namespace assay::config
