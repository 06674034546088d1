#include "store/lock.h"

#include <assay/sdk/error.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <thread>

#include "unit/store/store_fixture.h"

namespace assay::store {
namespace {

class LockTest : public testing::StoreFixture {
 protected:
  /// A process that holds the lock `name` until it is killed.
  [[nodiscard]] pid_t holder(const std::string& name) const {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lock = FileLock::try_acquire(folder_, name);
      const char holds = lock ? 'y' : 'n';
      if (::write(ends[1], &holds, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char holds = '?';
    EXPECT_EQ(::read(ends[0], &holds, 1), 1);
    EXPECT_EQ(holds, 'y');
    ::close(ends[0]);
    ::close(ends[1]);
    return child;
  }

  static void end(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
};

TEST_F(LockTest, ExcludesASecondOneOfTheSameProcess) {
  auto first = FileLock::try_acquire(folder_, "stage");
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_acquire(folder_, "stage"));
  EXPECT_TRUE(FileLock::try_acquire(folder_, "other"));
  first.reset();
  EXPECT_TRUE(FileLock::try_acquire(folder_, "stage"));
}

TEST_F(LockTest, LeavesNoFileBehind) {
  { const auto lock = FileLock::try_acquire(folder_, "stage"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(LockTest, ExcludesAnotherProcessUntilThatIsKilled) {
  const pid_t child = holder("stage");
  EXPECT_FALSE(FileLock::try_acquire(folder_, "stage"));
  end(child);
  EXPECT_TRUE(FileLock::try_acquire(folder_, "stage")) << "the file that it left behind locks nobody out";
}

TEST_F(LockTest, WaitsForAnotherProcess) {
  const pid_t child = holder("stage");
  std::atomic<bool> got{false};
  std::thread waiting([&] {
    const FileLock lock = FileLock::acquire(folder_, "stage");
    got = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(got);
  end(child);
  waiting.join();
  EXPECT_TRUE(got);
}

TEST_F(LockTest, ManyThreadsHoldItOneAtATime) {
  std::atomic<int> inside{0};
  int counted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const FileLock lock = FileLock::acquire(folder_, "stage");
        EXPECT_EQ(++inside, 1);
        ++counted;
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted, 400);
}

TEST_F(LockTest, CanBeHandedOn) {
  auto first = FileLock::try_acquire(folder_, "stage");
  const FileLock second = std::move(*first);
  first.reset();
  EXPECT_FALSE(FileLock::try_acquire(folder_, "stage"));
}

TEST_F(LockTest, AFolderThatIsNotThereIsSaid) {
  EXPECT_THAT([&] { FileLock::try_acquire(folder_ / "nowhere", "stage"); },
              ::testing::ThrowsMessage<BadInput>(::testing::HasSubstr("nowhere/stage: cannot be locked")));
}

}  // namespace
}  // namespace assay::store
