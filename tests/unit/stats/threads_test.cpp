#include "stats/threads.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace assay::stats {
namespace {

TEST(ThreadsTest, EveryPieceIsDoneOnce) {
  for (const std::size_t count : {0U, 1U, 5U, 100U})
    for (const int threads : {-1, 1, 2, 9}) {
      std::vector<int> done(count);
      in_parallel(count, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++done[i];
      });
      EXPECT_EQ(done, std::vector<int>(count, 1)) << count << " by " << threads;
    }
}

TEST(ThreadsTest, WhatAThreadThrowsArrives) {
  const auto fail_late = [](std::size_t, std::size_t end) {
    if (end == 10) throw std::runtime_error("late");
  };
  EXPECT_THROW(in_parallel(10, 3, fail_late), std::runtime_error);
}

}  // namespace
}  // namespace assay::stats
