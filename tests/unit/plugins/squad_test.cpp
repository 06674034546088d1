#include "text/squad.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metric_text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SquadTest, LeavesOutCasePunctuationAndArticles) {
  EXPECT_THAT(squad_tokens("The Eiffel Tower, a (tall) one!"), ElementsAre("eiffel", "tower", "tall", "one"));
  EXPECT_THAT(squad_tokens("the a an"), IsEmpty());
  EXPECT_THAT(squad_tokens("theatre another"), ElementsAre("theatre", "another"));
}

TEST(SquadTest, AnArticleEndsWhereNoWordCharacterFollows) {
  EXPECT_THAT(squad_tokens("vitamin\u2013a\u2013rich"), ElementsAre("vitamin\u2013", "\u2013rich"));
  EXPECT_THAT(squad_tokens("a-b"), ElementsAre("ab"));  // punctuation goes first
  EXPECT_THAT(squad_tokens("\u00e0a A\u0301"), ElementsAre("\u00e0a", "\u0301"));
}

TEST(SquadTest, NormalisedIsJoinedBySingleSpaces) {
  EXPECT_EQ(squad_normalized("  The\u00a0CAF\u00c9  \n x "), "caf\u00e9 x");
}

}  // namespace
}  // namespace metric_text
