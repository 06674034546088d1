#include "stats/kinds.h"

#include <gtest/gtest.h>

#include "stats/bootstrap.h"

namespace assay::stats {
namespace {

const Kinds kRight{{0, 0, 1, 1, 0}, {0, 2}};
const Kinds kClass{{0, 1, 1, 1, 0}, {0, 1}};

std::optional<Kinds> joint_of(const std::vector<const Kinds*>& parts, std::size_t most) { return joint(parts, most); }

TEST(KindsTest, WeightsAddUpByKind) {
  std::vector<double> sums(2);
  kRight.sum(std::vector<double>{1, 2, 4, 8, 16}, sums);
  EXPECT_EQ(sums, (std::vector<double>{19, 12}));
}

TEST(KindsTest, ExamplesAreAlikeTogetherWhereTheyAreAlikeInEach) {
  const auto both = joint_of({&kRight, &kClass}, 3);
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(both->of, (std::vector<std::uint32_t>{0, 1, 2, 2, 0}));
  EXPECT_EQ(both->first, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(KindsTest, ExamplesWithEqualRowsAreAlike) {
  const auto kinds = kinds_of_rows(std::vector<double>{1, 0, 0, 1, 1, 0, 1, 1}, 2, 3);
  ASSERT_TRUE(kinds.has_value());
  EXPECT_EQ(kinds->of, (std::vector<std::uint32_t>{0, 1, 0, 2}));
  EXPECT_EQ(kinds->first, (std::vector<std::uint32_t>{0, 1, 3}));
}

TEST(KindsTest, TooManyKindsAreNone) {
  EXPECT_FALSE(kinds_of_rows(std::vector<double>{1, 2, 3}, 1, 2).has_value());
  EXPECT_FALSE(joint_of({&kRight, &kClass}, 2).has_value());
  EXPECT_FALSE(joint_of({&kRight}, 1).has_value());
  EXPECT_FALSE(joint_of({}, 10).has_value());
}

TEST(KindsTest, AResamplesCountsAreItsWeightsByKind) {
  const Kinds kinds{{0, 1, 0, 2, 2, 1, 0, 0}, {0, 1, 3}};
  for (const Resampler& resampler : {Resampler(8, 3), Resampler(Clusters{{0, 0, 1, 1, 2, 2, 3, 3}, 4}, 3)}) {
    std::vector<double> weights(8), expected(3), counts(3);
    for (int b = 0; b < 50; ++b) {
      resampler.weights(b, weights);
      kinds.sum(weights, expected);
      resampler.counts(b, kinds, counts);
      EXPECT_EQ(counts, expected) << b;
    }
  }
}

}  // namespace
}  // namespace assay::stats
