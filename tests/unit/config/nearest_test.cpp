#include "config/nearest.h"

#include <gtest/gtest.h>

namespace assay::config {
namespace {

TEST(NearestTest, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("accuracy", "accuracy"), 0U);
  EXPECT_EQ(edit_distance("acuracy", "accuracy"), 1U);
  EXPECT_EQ(edit_distance("lroa", "lora"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(NearestTest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known{"few_shot", "zero_shot", "lora"};
  EXPECT_EQ(nearest("few_shots", known), "few_shot");
  EXPECT_EQ(nearest("lroa", known), "lora");
  EXPECT_FALSE(nearest("retrieval", known));
  EXPECT_EQ(suggestion("few_shots", known), "; did you mean 'few_shot'? known: few_shot, zero_shot, lora");
  EXPECT_EQ(suggestion("retrieval", known), "; known: few_shot, zero_shot, lora");
}

}  // namespace
}  // namespace assay::config
