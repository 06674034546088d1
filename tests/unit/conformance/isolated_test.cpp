#include "conformance/isolated.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
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

TEST(IsolatedTest, OfAFloodTheSizeIsKeptAndTheLastLine) {
  const Ended ended = isolated(
      []() -> Json {
        for (int i = 0; i < 100000; ++i) std::fputs("0123456789012345678\n", stdout);
        std::fputs("enough\n", stdout);
        std::fflush(stdout);
        std::_Exit(4);
      },
      30);
  EXPECT_THAT(ended.how, HasSubstr("the last it printed: enough"));
  EXPECT_EQ(ended.printed, 2000007U);
}

TEST(IsolatedTest, AProcessThatIsLeftBehindIsKilledAndHoldsNothingUp) {
  const auto start = std::chrono::steady_clock::now();
  const Ended ended = isolated(
      []() -> Json {
        if (::fork() == 0) {
          ::sleep(300);
          ::_exit(0);
        }
        std::_Exit(4);  // the other one holds the pipes open
      },
      60);
  EXPECT_TRUE(ended.left_running);
  EXPECT_THAT(ended.how, HasSubstr("status 4"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(IsolatedTest, AForkThatComesBackAndAClosedPipeAreTold) {
  EXPECT_THAT(isolated([]() -> Json { return ::fork(); }, 10).how, HasSubstr("a process that it forked came back"));
  const auto close_all = []() -> Json {
    for (int descriptor = 3; descriptor < 256; ++descriptor) ::close(descriptor);
    return nullptr;
  };
  EXPECT_THAT(isolated(close_all, 10).how, HasSubstr("closed file descriptors that are not its own"));
}

TEST(IsolatedTest, AddressesAreOthersInEachChild) {
  const auto address = []() -> Json { return reinterpret_cast<std::uintptr_t>(std::make_unique<int>().get()); };
  EXPECT_NE(isolated(address, 10).answer, isolated(address, 10).answer);
}

}  // namespace
}  // namespace assay::conformance
