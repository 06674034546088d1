#include "models/nearest_text.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/cpu_time.h"

namespace assay::models {
namespace {

TEST(NearestTextTest, TheLongestCommonBeginningIsFound) {
  const NearestText texts({"apple pie", "banana split", "apple cake", "cherry"});
  EXPECT_EQ(texts.find("apple cart"), 2U);
  EXPECT_EQ(texts.find("banana"), 1U);
}

TEST(NearestTextTest, AnEndTellsApartWhatBeginsAlike) {
  const NearestText texts({"Preamble. Q: one ?\nA:", "Preamble. Q: two ?\nA:", "Preamble. Q: three ?\nA:"});
  EXPECT_EQ(texts.find("Another preamble. Q: two ?\nA:"), 1U);
  EXPECT_EQ(texts.find("Preamble. Q: three more ?\nA:"), 2U);
}

TEST(NearestTextTest, OneTextIsTheNearestOfAll) { EXPECT_EQ(NearestText({"x"}).find("y"), 0U); }

TEST(NearestTextTest, ACommonBeginningEndsAtACharacter) {
  EXPECT_EQ(common_beginning("aä", "aö"), 1U) << "ä and ö share their first byte";
  EXPECT_EQ(common_beginning("שלום", "שלומ"), 6U);
  EXPECT_EQ(common_beginning("same", "same"), 4U);
  EXPECT_EQ(common_beginning("", "x"), 0U);
  EXPECT_EQ(common_beginning("aä", "a"), 1U);
}

TEST(NearestTextTest, LongTextsThatShareAlmostEverythingAreQuick) {
  const std::string document(100'000, 'd');
  std::vector<std::string> all;
  for (int i = 0; i < 2'000; ++i) all.push_back(document + std::to_string(i) + document);
  const NearestText texts({all.begin(), all.end()});
  const double start = testing::cpu_milliseconds();
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(texts.find(document + std::to_string(i) + "x" + document), static_cast<std::size_t>(i));
  // Comparing with every text would be 2,000 × 200 KB × 100 = 40 GB.
  EXPECT_LT(testing::cpu_milliseconds() - start, 5000);
}

}  // namespace
}  // namespace assay::models
