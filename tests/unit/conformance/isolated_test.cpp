#include "conformance/isolated.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace assay::conformance {
namespace {

using ::testing::HasSubstr;

TEST(IsolatedTest, AnAnswerComesBack) {
  const Ended ended = isolated([] { return Json{{"a", std::string(200000, 'x')}}; }, 10);
  ASSERT_TRUE(ended.answered);
  EXPECT_EQ(ended.answer["a"].get<std::string>().size(), 200000U);
}

TEST(IsolatedTest, WhatIsThrownIsTold) {
  EXPECT_EQ(isolated([]() -> Json { throw std::runtime_error("out of ink"); }, 10).how, "out of ink");
  EXPECT_THAT(isolated([]() -> Json { throw 3; }, 10).how, HasSubstr("no std::exception"));
}

TEST(IsolatedTest, AProcessThatEndsIsToldByItsStatusAndItsLastLine) {
  const Ended ended = isolated(
      []() -> Json {
        std::fputs("first\nabout to leave\n", stderr);
        std::_Exit(4);
      },
      10);
  EXPECT_FALSE(ended.answered);
  EXPECT_EQ(ended.how, "it ended its process with status 4; the last it printed: about to leave");
}

TEST(IsolatedTest, ASignalIsToldByItsName) {
  EXPECT_THAT(isolated([]() -> Json { return std::raise(SIGKILL); }, 10).how, HasSubstr("SIGKILL"));
}

TEST(IsolatedTest, AHangEndsAtTheTimeLimit) {
  const auto start = std::chrono::steady_clock::now();
  const Ended ended = isolated(
      []() -> Json {
        std::this_thread::sleep_for(std::chrono::minutes(5));
        return nullptr;
      },
      0.2);
  EXPECT_TRUE(ended.timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace assay::conformance
