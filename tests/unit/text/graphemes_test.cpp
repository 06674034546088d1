#include "text/graphemes.h"

#include <gmock/gmock.h>

namespace assay::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GraphemesTest, EndsAreThoseOfCharactersAsPeopleSeeThem) {
  EXPECT_THAT(grapheme_ends(""), IsEmpty());
  EXPECT_THAT(grapheme_ends("ab"), ElementsAre(1, 2));
  EXPECT_THAT(grapheme_ends("e\u0301x"), ElementsAre(3, 4)) << "a letter and its accent";
  EXPECT_THAT(grapheme_ends("\r\n\n"), ElementsAre(2, 3));
  EXPECT_THAT(grapheme_ends("🇩🇪🇫🇷"), ElementsAre(8, 16)) << "flags are pairs";
  EXPECT_THAT(grapheme_ends("👩‍👩‍👧!"), ElementsAre(18, 19)) << "joined by U+200D";
  EXPECT_THAT(grapheme_ends("한국"), ElementsAre(3, 6));
}

TEST(GraphemesTest, InvalidBytesAreCharactersOfTheirOwn) {
  EXPECT_THAT(grapheme_ends("a\xff"), ElementsAre(1, 2));
  EXPECT_EQ(grapheme_ends("\xe2\x82").back(), 2U);
}

}  // namespace
}  // namespace assay::text
