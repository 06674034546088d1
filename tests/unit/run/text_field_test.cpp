#include "run/text_field.h"

#include <gtest/gtest.h>

namespace assay::run {
namespace {

std::string field(const std::string& json) {
  TextField target("target");
  return Json::sax_parse(json, &target) ? target.value() : "no JSON";
}

TEST(TextFieldTest, ItIsTheFieldOfTheObjectItself) {
  EXPECT_EQ(field(R"({"details":{"target":"x"},"outputs":["target"],"target":"a \"b\"","usage":{"n":1}})"), "a \"b\"");
  EXPECT_EQ(field(R"({"answer":"target","list":[{"target":"x"}]})"), "");
}

TEST(TextFieldTest, WhatIsNoTextIsLeftOut) { EXPECT_EQ(field(R"({"target":null,"other":"x"})"), ""); }

TEST(TextFieldTest, WhatIsNoJsonIsRefused) { EXPECT_EQ(field(R"({"target":"a")"), "no JSON"); }

}  // namespace
}  // namespace assay::run
