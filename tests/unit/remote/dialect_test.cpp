#include "models/remote/dialect.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include "models/remote/openai_stream.h"

namespace assay::models::remote {
namespace {

RemoteSettings settings(const std::string& source = "openai", const std::string& api = "chat") {
  RemoteSettings s;
  s.name = "m", s.source = source, s.model = "gpt", s.base_url = "http://localhost:1/v1", s.api = api,
  s.key = "sk-secret";
  return s;
}

sdk::Request draw(sdk::GenerationSettings how, int samples = 1) {
  sdk::Request request;
  request.what = sdk::Generate{{"", {{"system", "be brief"}, {"user", "hi"}}}, std::move(how), samples, false};
  request.draw = {7, 3, 0};
  return request;
}

TEST(DialectTest, GenerationWordsReachTheWire) {
  const RemoteSettings s = settings();
  sdk::GenerationSettings how;
  how.temperature = 0.5, how.max_tokens = 9, how.top_p = 0.9, how.stop = {"\n", "END"},
  how.logit_bias = {{50256, -100}}, how.presence_penalty = 1;
  const Json body = openai_dialect(s)->call(draw(how, 3)).body;
  EXPECT_EQ(body["seed"], 7);
  EXPECT_EQ(body["n"], 3);
  EXPECT_EQ(body["stop"], (Json{"\n", "END"}));
  EXPECT_EQ(body["logit_bias"], (Json{{"50256", -100.0}}));
  EXPECT_EQ(body["max_tokens"], 9);
  EXPECT_EQ(body["messages"][1], (Json{{"role", "user"}, {"content", "hi"}}));
  EXPECT_EQ(body["presence_penalty"], 1.0);
  how.temperature = 0;
  EXPECT_FALSE(openai_dialect(s)->call(draw(how)).body.contains("seed"));
}

TEST(DialectTest, WhatAnApiDoesNotHaveIsRefusedByName) {
  sdk::GenerationSettings how;
  how.top_k = 5;
  RemoteSettings s = settings();
  EXPECT_THROW(static_cast<void>(openai_dialect(s)->call(draw(how))), UnsupportedModel);
  s.accepts = {"top_k"};
  EXPECT_EQ(openai_dialect(s)->call(draw(how)).body["top_k"], 5);
  const RemoteSettings a = settings("anthropic");
  EXPECT_EQ(anthropic_dialect(a)->call(draw(how)).body["top_k"], 5);
  how.logit_bias = {{1, 2}};
  EXPECT_THROW(static_cast<void>(anthropic_dialect(a)->call(draw(how))), UnsupportedModel);
}

TEST(DialectTest, AnthropicsMessages) {
  const RemoteSettings s = settings("anthropic");
  sdk::GenerationSettings how;
  how.stop = {"\n", "END"};
  const auto dialect = anthropic_dialect(s);
  const Json body = dialect->call(draw(how)).body;
  EXPECT_EQ(body["system"], "be brief");
  EXPECT_EQ(body["messages"].size(), 1U);
  EXPECT_EQ(body["stop_sequences"], Json{"END"});
  const WireAnswer answer = dialect->read(
      draw(how), Json::parse(R"({"content":[{"type":"text","text":"one\ntwo"}],"stop_reason":"max_tokens","model":"c",
      "usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":4}})"));
  EXPECT_EQ(answer.completion.samples[0].text, "one");
  EXPECT_EQ(answer.completion.samples[0].finish_reason, "length");
  EXPECT_EQ(answer.completion.usage,
            (sdk::Usage{.prompt_tokens = 10, .cached_prompt_tokens = 3, .completion_tokens = 4}));
}

TEST(DialectTest, UsageIsEstimatedAndMarkedWhereAServerGivesNone) {
  const RemoteSettings s = settings();
  const auto read = [&](const char* text) { return openai_dialect(s)->read(draw({}), Json::parse(text)); };
  EXPECT_TRUE(read(R"({"choices":[{"index":0,"message":{"content":"two words"}}]})").completion.usage.estimated);
  const auto told =
      read(R"({"choices":[{"index":0,"message":{"content":null}}],"usage":{"prompt_tokens":9,"completion_tokens":8,
      "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":6}}})");
  EXPECT_EQ(told.completion.usage, (sdk::Usage{.prompt_tokens = 9, .cached_prompt_tokens = 4, .completion_tokens = 8}));
  EXPECT_EQ(told.reasoning_tokens, 6);
}

TEST(DialectTest, ChoicesAreScoredByTheTokensPastThePrompt) {
  const RemoteSettings s = settings("openai", "completions");
  sdk::Request request;
  request.what = sdk::ScoreChoices{{"h\xC3\xA9 is", {}}, {" a", " b c"}, false};
  const auto dialect = openai_dialect(s);
  const Json body = dialect->call(request).body;
  EXPECT_EQ(body["prompt"], (Json{"h\xC3\xA9 is a", "h\xC3\xA9 is b c"}));
  EXPECT_EQ(body["echo"], true);
  EXPECT_EQ(body["max_tokens"], 0);
  const Json answer = Json::parse(R"({"choices":[
      {"index":1,"logprobs":{"token_logprobs":[null,-9,-1,-2],"text_offset":[0,2,5,7]}},
      {"index":0,"logprobs":{"token_logprobs":[null,-9,-4,-7],"text_offset":[0,2,5,7]}}]})");
  const auto completion = dialect->read(request, answer).completion;
  EXPECT_EQ(completion.choice_scores,
            (std::vector<double>{-4, -3}));  // a token drawn after the first choice does not count
  EXPECT_EQ(completion.choice, 1U);
}

TEST(DialectTest, AnAnswerOfAnotherShapeIsMalformed) {
  const RemoteSettings s = settings();
  for (const char* bad : {"{}", R"({"choices":[]})", R"({"choices":[{"message":{"content":5}}]})", R"({"choices":"x"})",
                          R"({"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1}})"}) {
    EXPECT_THROW(static_cast<void>(openai_dialect(s)->read(draw({}), Json::parse(bad))), Malformed) << bad;
  }
}

TEST(DialectTest, AStreamThatEndsEarlyIsNoAnswer) {
  OpenAiStream stream;
  stream.take({"message", R"({"choices":[{"index":0,"delta":{"content":"a"}}]})", ""});
  EXPECT_THROW(stream.whole(), Malformed);
  stream.take({"message", R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", ""});
  stream.take({"message", R"({"choices":[{"index":0,"delta":{"content":"again"},"finish_reason":"stop"}]})", ""});
  stream.take({"message", "[DONE]", ""});
  EXPECT_EQ(stream.whole()["choices"][0]["message"]["content"], "a");
  EXPECT_THROW(stream.take({"message", R"({"error":{"message":"overloaded"}})", ""}), Malformed);
}

}  // namespace
}  // namespace assay::models::remote
