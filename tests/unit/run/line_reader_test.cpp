#include "run/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace assay::run {
namespace {

class LineReaderTest : public ::testing::Test {
 protected:
  LineReaderTest() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~LineReaderTest() override {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void put(const std::string& text) {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }
  std::array<int, 2> ends_{};
};

TEST_F(LineReaderTest, GivesWholeLinesOnly) {
  LineReader reader(ends_[0]);
  put("one\n\nthr");
  EXPECT_TRUE(reader.fill());
  EXPECT_EQ(reader.next(), "one");
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), std::nullopt);
  put("ee\n");
  EXPECT_TRUE(reader.fill());
  EXPECT_EQ(reader.next(), "three");
}

TEST_F(LineReaderTest, TellsTheEndAndDropsWhatWasCutOff) {
  LineReader reader(ends_[0]);
  put("one\ntw");
  end();
  EXPECT_TRUE(reader.fill());
  EXPECT_EQ(reader.next(), "one");
  EXPECT_FALSE(reader.fill());
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(LineReaderTest, NothingThereYetIsNoEnd) {
  ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  LineReader reader(ends_[0]);
  EXPECT_TRUE(reader.fill());
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(LineReaderTest, ALineLongerThanThePipeArrivesWhole) {
  const std::string line(3'000'000, 'x');
  std::thread writer([&] { EXPECT_TRUE(write_line(ends_[1], line)); });
  LineReader reader(ends_[0]);
  std::optional<std::string> got;
  while (!got && reader.fill()) got = reader.next();
  writer.join();
  EXPECT_TRUE(got == line);
}

TEST_F(LineReaderTest, WritingToNobodyIsToldAndKillsNobody) {
  ::signal(SIGPIPE, SIG_IGN);
  ::close(ends_[0]);
  EXPECT_FALSE(write_line(ends_[1], "text"));
  ends_[0] = -1;
}

}  // namespace
}  // namespace assay::run
