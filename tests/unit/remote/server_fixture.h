#pragma once
#include <gtest/gtest.h>

#include <string>

#include "models/remote/dialect.h"
#include "models/remote/sse.h"

namespace assay::models::remote {

/// Requests, and what the dialects read out of the bytes of an answer.
class ServerFixture : public ::testing::Test {
 protected:
  static RemoteSettings settings(const std::string& source = "openai", const std::string& api = "chat") {
    RemoteSettings s;
    s.name = "m", s.source = source, s.model = "gpt", s.base_url = "http://localhost:1/v1", s.api = api;
    return s;
  }

  static sdk::Request draw(int samples = 1, bool log_probabilities = false) {
    sdk::Request request;
    request.what = sdk::Generate{{"q", {{"user", "q"}}}, {}, samples, log_probabilities};
    return request;
  }

  static WireAnswer read(const std::string& text, const std::string& source = "openai") {
    const RemoteSettings s = settings(source);
    return dialect_of(s)->read(draw(), Json::parse(text));
  }

  /// Of a stream's bytes, as Endpoint reads them.
  static WireAnswer stream(const std::string& text, const sdk::Request& request = draw(),
                           const std::string& source = "openai", const std::string& api = "chat") {
    const RemoteSettings s = settings(source, api);
    const auto dialect = dialect_of(s);
    const auto whole = dialect->stream();
    EventReader events;
    for (const ServerEvent& event : events.feed(text + "\n\n")) whole->take(event);
    return dialect->read(request, whole->whole());
  }

  /// What a server said, and what is to be read out of it.
  struct Answer {
    const char* who;
    std::string json, text, finish_reason;
    bool estimated;
  };
};

}  // namespace assay::models::remote
