// What servers send beside what OpenAI and Anthropic publish, or within it but rarely: each line names who does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/remote/failure.h"
#include "unit/remote/server_fixture.h"

namespace assay::models::remote {
namespace {

using ::testing::HasSubstr;

class ServersTest : public ServerFixture {};

TEST_F(ServersTest, AnswersInOnePiece) {
  const std::string usage = R"("usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11})";
  for (
      const Answer& one : std::vector<Answer>{
          {"vLLM: all that it adds",
           R"({"id":"chatcmpl-1","object":"chat.completion","created":1730000000.5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"yes",
                "reasoning_content":"hm","tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"prompt_logprobs":null,)" +
               usage + "}",
           "yes", "stop", false},
          {"ids that are numbers",
           R"({"id":7,"created":"now","choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"stop"}],)" +
               usage + "}",
           "yes", "stop", false},
          {"usage is null",
           R"({"choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"stop"}],"usage":null})", "yes",
           "stop", true},
          {"counts with a fraction of zero",
           R"({"choices":[{"index":0,"message":{"content":"yes"}}],"usage":{"prompt_tokens":9.0,"completion_tokens":2.0}})",
           "yes", "stop", false},
          {"details are null",
           R"({"choices":[{"message":{"content":"yes"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":null,
                "completion_tokens_details":null}})",
           "yes", "stop", false},
          {"neither index nor reason to end",
           R"({"choices":[{"index":null,"message":{"content":"yes"},"finish_reason":null}],)" + usage + "}", "yes",
           "stop", false},
          {"a reason of its own",
           R"({"choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"eos_token"}],)" + usage + "}", "yes",
           "eos_token", false},
          {"a call of a tool",
           R"({"choices":[{"index":0,"message":{"content":null,"tool_calls":[{}]},"finish_reason":"tool_calls"}],)" +
               usage + "}",
           "", "tool_calls", false},
          {"no content at all",
           R"({"choices":[{"index":0,"message":{"role":"assistant"},"finish_reason":"length"}],)" + usage + "}", "",
           "length", false},
          {"a refusal",
           R"({"choices":[{"index":0,"message":{"content":null,"refusal":"I can't"},"finish_reason":"stop"}],)" +
               usage + "}",
           "I can't", "stop", false},
          {"Mistral's reasoning models: content in parts",
           R"({"choices":[{"index":0,"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"yes"}]},
                "finish_reason":"stop"}],)" +
               usage + "}",
           "yes", "stop", false},
          {"error is empty",
           R"({"error":"","choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"stop"}],)" + usage + "}",
           "yes", "stop", false},
          {"llm-emulator: nothing is counted",
           R"({"choices":[{"index":0,"message":{"content":"yes"}}],"usage":{"prompt_tokens":0,"completion_tokens":1}})",
           "yes", "stop", true},
          {"error is null",
           R"({"error":null,"choices":[{"index":0,"message":{"content":"yes"},"finish_reason":"stop"}],)" + usage + "}",
           "yes", "stop", false}}) {
    ASSERT_FALSE(tells_error(Json::parse(one.json))) << one.who;
    const sdk::Completion completion = read(one.json).completion;
    EXPECT_EQ(completion.samples[0].text, one.text) << one.who;
    EXPECT_EQ(completion.samples[0].finish_reason, one.finish_reason) << one.who;
    EXPECT_EQ(completion.usage.estimated, one.estimated) << one.who;
    if (!one.estimated) {
      EXPECT_EQ(completion.usage.prompt_tokens, 9) << one.who;
      EXPECT_EQ(completion.usage.completion_tokens, 2) << one.who;
    }
  }
}

TEST_F(ServersTest, SamplesWithoutAnIndexAreInTheirOrder) {
  const RemoteSettings s = settings();
  const auto answer = dialect_of(s)->read(
      draw(2), Json::parse(R"({"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]})"));
  EXPECT_EQ(answer.completion.samples[1].text, "b");
}

TEST_F(ServersTest, AServerWithoutNIsSaidAndAskedOneByOne) {
  RemoteSettings s = settings();
  EXPECT_TRUE(dialect_of(s)->draws_several());
  EXPECT_THROW(static_cast<void>(
                   dialect_of(s)->read(draw(2), Json::parse(R"({"choices":[{"index":0,"message":{"content":"a"}}]})"))),
               Lacking);
  s.lacks = {"n"};
  EXPECT_FALSE(dialect_of(s)->draws_several());
}

TEST_F(ServersTest, LogProbabilitiesThatAreNotGivenAreAskedForNoSecondTime) {
  const RemoteSettings s = settings();
  const auto dialect = dialect_of(s);
  for (const char* logprobs : {"", R"("logprobs":null,)"}) {
    const std::string answer = R"({"choices":[{"index":0,)" + std::string(logprobs) + R"("message":{"content":"a"}}]})";
    EXPECT_THROW(static_cast<void>(dialect->read(draw(1, true), Json::parse(answer))), Lacking) << answer;
  }
  const char* refused =
      R"({"choices":[{"index":0,"message":{"content":null,"refusal":"no"},"logprobs":{"content":null,"refusal":[]}}]})";
  EXPECT_TRUE(dialect->read(draw(1, true), Json::parse(refused)).completion.samples[0].log_probabilities.empty());
}

TEST_F(ServersTest, ScoresOfAServerThatScoresNothingAreAskedForNoSecondTime) {
  const RemoteSettings s = settings("openai", "completions");
  sdk::Request request;
  request.what = sdk::ScoreChoices{{"q", {}}, {"a", "b"}, false};
  for (const char* answer :
       {// One of several prompts is answered; `logprobs` and `echo` are not known.
        R"({"choices":[{"index":0,"text":"qa","logprobs":{"token_logprobs":[null,-1],"text_offset":[0,1]}}]})",
        R"({"choices":[{"index":0,"text":"qa","logprobs":null},{"index":1,"text":"qb","logprobs":null}]})",
        R"({"choices":[{"index":0,"text":"","logprobs":{"token_logprobs":[],"text_offset":[]}},
               {"index":1,"text":"","logprobs":{"token_logprobs":[],"text_offset":[]}}]})"}) {
    EXPECT_THROW(static_cast<void>(dialect_of(s)->read(request, Json::parse(answer))), Lacking) << answer;
  }
}

TEST_F(ServersTest, WordsThatAServerLacksAreNotSent) {
  RemoteSettings s = settings();
  s.stream = true;
  sdk::Request request = draw();
  std::get<sdk::Generate>(request.what).settings.temperature = 1;
  for (const char* word : {"seed", "stream_options"}) {
    EXPECT_TRUE(dialect_of(s)->call(request).body.contains(word));
    s.lacks = {word};
    EXPECT_FALSE(dialect_of(s)->call(request).body.contains(word));
    s.lacks.clear();
  }
}

TEST_F(ServersTest, AModelThatTakesNoTemperatureIsSentNone) {
  for (const char* source : {"openai", "anthropic"}) {
    RemoteSettings s = settings(source);
    EXPECT_EQ(dialect_of(s)->call(draw()).body["temperature"], 0);
    s.lacks = {"temperature"};
    EXPECT_FALSE(dialect_of(s)->call(draw()).body.contains("temperature"));
  }
  RemoteSettings s = settings("anthropic");
  sdk::Request request = draw();
  auto& how = std::get<sdk::Generate>(request.what).settings;
  how.temperature = 1, how.top_p = 0.5;
  EXPECT_FALSE(dialect_of(s)->call(request).body.contains("temperature"));  // some models take one of the two
  s.lacks = {"temperature"};
  EXPECT_THROW(static_cast<void>(dialect_of(s)->call(request)), UnsupportedModel);
  for (
      const char* said :
      {R"({"error":{"type":"invalid_request_error","message":"`temperature` is deprecated for this model."}})",
       R"({"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model.","code":"unsupported_value"}})"}) {
    EXPECT_THAT(failure_of(HttpResponse{400, {}, said}, "m").reason, HasSubstr("`lacks: [temperature]`"));
  }
}

TEST_F(ServersTest, AConversationOfSystemTextAloneIsRefusedByAnthropic) {
  const RemoteSettings s = settings("anthropic");
  sdk::Request request;
  request.what = sdk::Generate{{"", {{"system", "be brief"}}}, {}, 1, false};
  EXPECT_THROW(static_cast<void>(dialect_of(s)->call(request)), UnsupportedModel);
  request.what = sdk::Generate{{"user: q\n\nassistant: \n", {{"user", "q"}}}, {}, 1, false};
  EXPECT_EQ(dialect_of(s)->call(request).body["messages"], (Json{{{"role", "user"}, {"content", "q"}}}));
}

}  // namespace
}  // namespace assay::models::remote
