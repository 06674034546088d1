#include "run/worker_process.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"

namespace assay::run {
namespace {

using ::testing::HasSubstr;

/// Shell scripts stand in for the worker.
class WorkerProcessTest : public testing::FolderFixture {
 protected:
  [[nodiscard]] std::filesystem::path script(const std::string& text) const {
    const std::filesystem::path file = write("worker.sh", "#!/bin/sh\n" + text);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  [[nodiscard]] std::filesystem::path log() const { return folder_ / "worker.log"; }

  /// Everything that it says until its end.
  static std::vector<std::string> listen(WorkerProcess& worker) {
    std::vector<std::string> lines;
    for (bool alive = true; alive;) {
      pollfd output{worker.output(), POLLIN, 0};
      ::poll(&output, 1, 5000);
      alive = worker.fill();
      while (const auto line = worker.next()) lines.push_back(*line);
    }
    return lines;
  }
};

TEST_F(WorkerProcessTest, TakesMessagesAndAnswers) {
  WorkerProcess worker(script("read line; echo \"$1 got $line\"; exit 3"), log(), 1);
  EXPECT_TRUE(worker.send({{"key", "k"}}));
  EXPECT_THAT(listen(worker), ::testing::ElementsAre("worker got {\"key\":\"k\"}"));
  const WorkerEnd end = worker.wait();
  EXPECT_EQ(end.signal, 0);
  EXPECT_EQ(end.status, 3);
}

TEST_F(WorkerProcessTest, TheSignalOfItsDeathIsKnown) {
  WorkerProcess worker(script("kill -SEGV $$"), log(), 1);
  EXPECT_TRUE(listen(worker).empty());
  EXPECT_EQ(signal_name(worker.wait().signal), "SIGSEGV");
}

TEST_F(WorkerProcessTest, ItsLastLinesSinceTheMarkAreKept) {
  write("worker.log", "of another stage\n");
  WorkerProcess worker(script("read line; i=0; while [ $i -lt 100 ]; do echo \"line $i\" >&2; i=$((i+1)); done"), log(),
                       1);
  worker.mark_log();
  worker.send({});
  listen(worker);
  worker.wait();
  EXPECT_THAT(worker.log_tail(), ::testing::StartsWith("line 80\n"));
  EXPECT_THAT(worker.log_tail(), ::testing::EndsWith("line 99\n"));
}

TEST_F(WorkerProcessTest, IsInAProcessGroupOfItsOwnAndDiesWithItsOwner) {
  pid_t group = 0;
  {
    WorkerProcess worker(script("echo $$; sleep 60"), log(), 1);
    pollfd output{worker.output(), POLLIN, 0};
    ::poll(&output, 1, 5000);
    worker.fill();
    group = std::stoi(worker.next().value());
    EXPECT_EQ(::getpgid(group), group);
  }
  EXPECT_EQ(::kill(group, 0), -1);
}

TEST_F(WorkerProcessTest, AProgramThatIsNotThereIsSaid) {
  EXPECT_THAT(error_of([&] { WorkerProcess(folder_ / "nowhere", log(), 1); }),
              HasSubstr("nowhere: cannot be started as a worker"));
}

}  // namespace
}  // namespace assay::run
