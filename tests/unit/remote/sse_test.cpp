#include "models/remote/sse.h"

#include <gtest/gtest.h>

namespace assay::models::remote {
namespace {

std::vector<ServerEvent> all(const std::string& text, std::size_t step) {
  EventReader reader;
  std::vector<ServerEvent> events;
  for (std::size_t at = 0; at < text.size(); at += step) {
    for (ServerEvent& event : reader.feed(text.substr(at, step))) events.push_back(std::move(event));
  }
  return events;
}

TEST(SseTest, EventsAreTheSameWhereverTheStreamIsCut) {
  const std::string text =
      "\xEF\xBB\xBF"
      ": a comment\ndata: h\xC3\xA9llo\ndata: w\xC3\xB6rld\n\r\nevent: end\rdata:2\r\rid: 7\r\ndata: 3\r\n\r\n\ndata: "
      "never ended";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto events = all(text, step);
    ASSERT_EQ(events.size(), 3U) << step;
    EXPECT_EQ(events[0].data, "h\xC3\xA9llo\nw\xC3\xB6rld");
    EXPECT_EQ(events[0].name, "message");
    EXPECT_EQ(events[1].name, "end");
    EXPECT_EQ(events[1].data, "2");
    EXPECT_EQ(events[2].data, "3");
    EXPECT_EQ(events[2].id, "7");
  }
}

}  // namespace
}  // namespace assay::models::remote
