#include "models/local/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace assay::models {
namespace {

TEST(ThreadPoolTest, EveryPartRunsOnceInEachOfManyRounds) {
  for (const int threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.size(), threads);
    for (std::size_t round = 0; round < 2000; ++round) {
      std::vector<std::atomic<int>> runs(round % 9);
      pool.run(runs.size(), [&](std::size_t i) { ++runs[i]; });
      for (const auto& count : runs) ASSERT_EQ(count, 1) << threads << " threads, round " << round;
    }
  }
}

TEST(ThreadPoolTest, WakesAfterItsThreadsWentToSleep) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::atomic<int> runs = 0;
    pool.run(3, [&](std::size_t) {
      std::this_thread::sleep_for(std::chrono::microseconds(300));
      ++runs;
    });
    ASSERT_EQ(runs, 3);
  }
}

TEST(ThreadPoolTest, SharesCoverAllItemsWithoutOverlap) {
  ThreadPool pool(3);
  for (std::int64_t items = 0; items < 40; ++items) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(items));
    std::atomic<int> calls = 0;
    pool.share(items, 8, [&](std::int64_t first, std::int64_t count) {
      ++calls;
      for (std::int64_t i = first; i < first + count; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    for (const auto& count : seen) ASSERT_EQ(count, 1);
    EXPECT_EQ(calls, items == 0 ? 0 : items < 8 ? 1 : 3);
  }
}

}  // namespace
}  // namespace assay::models
