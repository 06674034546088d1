#include "config/axes.h"

#include <gmock/gmock.h>

namespace assay::config {
namespace {

using ::testing::ElementsAre;

Json json(const char* text) { return Json::parse(text); }

TEST(AxesTest, EachKindIsExpandedAlone) {
  const Json params = json(R"({"a":{"sweep":[1,2]},"b":{"tune":[3,4]},"c":5})");
  EXPECT_THAT(expand_axes(params),
              ElementsAre(json(R"({"a":1,"b":{"tune":[3,4]},"c":5})"), json(R"({"a":2,"b":{"tune":[3,4]},"c":5})")));
  EXPECT_THAT(expand_axes(expand_axes(params)[0], AxisKind::tune),
              ElementsAre(json(R"({"a":1,"b":3,"c":5})"), json(R"({"a":1,"b":4,"c":5})")));
  EXPECT_THAT(axis_names(params), ElementsAre("a"));
  EXPECT_THAT(axis_names(params, AxisKind::tune), ElementsAre("b"));
}

TEST(AxesTest, AnAxisMayStandInsideAMapAndHoldLists) {
  const Json params = json(R"({"a":{"x":{"tune":[[1],[1,2]]},"y":0}})");
  EXPECT_THAT(axis_names(params, AxisKind::tune), ElementsAre("a"));
  EXPECT_THAT(expand_axes(params, AxisKind::tune),
              ElementsAre(json(R"({"a":{"x":[1],"y":0}})"), json(R"({"a":{"x":[1,2],"y":0}})")));
}

std::vector<std::string> shown(const std::vector<std::vector<StrategySetting>>& settings) {
  std::vector<std::string> all;
  for (const auto& parts : settings) {
    all.emplace_back();
    for (const StrategySetting& part : parts) {
      for (const auto& [name, value] : part.params.items()) all.back() += value.dump();
    }
  }
  return all;
}

TEST(AxesTest, TheLastAxisOfTheLastPartChangesFastest) {
  const std::vector<StrategySetting> parts{{"p", json(R"({"a":{"sweep":[1,2]},"b":0})")},
                                           {"q", json(R"({"c":{"sweep":[3,4]}})")}};
  EXPECT_THAT(shown(expand_parts(parts, {})), ElementsAre("103", "104", "203", "204"));
}

TEST(AxesTest, ZippedAxesMoveTogetherAtThePlaceOfTheFirst) {
  const std::vector<StrategySetting> parts{{"p", json(R"({"a":{"sweep":[1,2]},"b":{"sweep":[5,6]}})")},
                                           {"q", json(R"({"c":{"sweep":[3,4]},"d":{"sweep":[7,8]}})")}};
  EXPECT_THAT(shown(expand_parts(parts, {{{0, "a"}, {1, "c"}}, {{0, "b"}, {1, "d"}}})),
              ElementsAre("1537", "1638", "2547", "2648"));
  EXPECT_EQ(expand_parts(parts, {}).size(), 16U);
}

TEST(AxesTest, AZipOfTunedParametersLeavesSweptOnesAlone) {
  const std::vector<StrategySetting> parts{
      {"p", json(R"({"a":{"tune":[1,2]},"b":{"tune":[5,6]},"c":{"sweep":[3,4]}})")}};
  const std::vector<std::vector<AxisPlace>> zips{{{0, "a"}, {0, "b"}}};
  const auto cells = expand_parts(parts, zips);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_THAT(shown(expand_parts(cells[1], zips, AxisKind::tune)), ElementsAre("154", "264"));
}

}  // namespace
}  // namespace assay::config
