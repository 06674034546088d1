#include "config/price.h"

#include <gtest/gtest.h>

namespace assay::config {
namespace {

TEST(PriceTest, CachedTokensArePaidOnce) {
  // 1,000 prompt tokens, 600 of them cached, 50 written: 400 · $2 + 600 · $1 + 50 · $10 a million = $0.0019.
  const auto price = token_price({{"input", 2}, {"cached_input", 1}, {"output", 10}});
  EXPECT_NEAR(dollars(*price, 1000, 600, 50), 0.0019, 1e-15);
  // Without a price of its own the cache costs as the rest: 1,000 · $2 + 50 · $10 = $0.0025.
  EXPECT_NEAR(dollars(*token_price({{"input", 2}, {"output", 10}}), 1000, 600, 50), 0.0025, 1e-15);
}

TEST(PriceTest, WhatIsNotReadFromTheCacheIsWrittenToIt) {
  // 400 · $2.50 + 600 · $0.20 + 50 · $10 a million = $0.00162.
  const auto price = token_price({{"input", 2}, {"cache_write", 2.5}, {"cached_input", 0.2}, {"output", 10}});
  EXPECT_NEAR(dollars(*price, 1000, 600, 50), 0.00162, 1e-15);
}

TEST(PriceTest, TheDiscountIsTakenOffWhereRequestsAreSentInBatches) {
  Json written{{"input", 2}, {"cached_input", 1}, {"output", 10}, {"batch_discount", 0.5}};
  EXPECT_NEAR(dollars(*token_price(written), 1000, 600, 50), 0.0019, 1e-15);
  written["batch"] = true;  // 0.0019 · (1 - 0.5)
  EXPECT_NEAR(dollars(*token_price(written), 1000, 600, 50), 0.00095, 1e-15);
}

TEST(PriceTest, APriceThatLacksOneSideIsNone) {
  EXPECT_FALSE(token_price({{"output", 10}}));
  EXPECT_FALSE(token_price(Json()));
}

}  // namespace
}  // namespace assay::config
