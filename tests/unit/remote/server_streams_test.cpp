// Streams as servers send them beside what OpenAI and Anthropic publish, or within it but rarely.
#include <gtest/gtest.h>

#include "models/remote/failure.h"
#include "unit/remote/server_fixture.h"

namespace assay::models::remote {
namespace {

class ServerStreamsTest : public ServerFixture {};

TEST_F(ServerStreamsTest, AreWholeWhereverTheyEnd) {
  const std::string role =
      R"(data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
      "\n\n";
  const std::string yes = R"(data: {"choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":null}]})"
                          "\n\n";
  const std::string end = R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
                          "\n\n";
  const std::string usage = R"(data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}})"
                            "\n\n";
  const std::string done = "data: [DONE]\n\n";
  const auto crlf = [](std::string text) {
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
      text.insert(at, 1, '\r');
    return text;
  };
  const auto unspaced = [](std::string text) {
    for (std::size_t at = text.find("data: "); at != std::string::npos; at = text.find("data: ", at))
      text.erase(at + 5, 1);
    return text;
  };
  const auto numbered = [](const std::string& text) {  // one id for all
    std::string out;
    for (std::size_t at = 0; at < text.size(); at = text.find("\n\n", at) + 2)
      out += "id: chatcmpl-1\n" + text.substr(at, text.find("\n\n", at) + 2 - at);
    return out;
  };
  for (
      const Answer& one : std::vector<Answer>{
          {"OpenAI", role + yes + end + usage + done, "yes", "stop", false},
          {"OpenRouter: comments that keep the connection",
           ": OPENROUTER PROCESSING\n\n" + role + ": OPENROUTER PROCESSING\n\n" + yes + end + usage + done, "yes",
           "stop", false},
          {"CR LF", crlf(role + yes + end + usage + done), "yes", "stop", false},
          {"no space after data:", unspaced(role + yes + end + usage + done), "yes", "stop", false},
          {"no [DONE]", role + yes + end + usage, "yes", "stop", false},
          {"no [DONE] and no usage", role + yes + end, "yes", "stop", true},
          {"no blank line at the end", role + yes + end + usage + "data: [DONE]", "yes", "stop", false},
          {"no reason to end", role + yes + usage + done, "yes", "stop", false},
          {"an empty reason in every chunk",
           R"(data: {"choices":[{"delta":{"content":"yes"},"finish_reason":""}]})"
           "\n\n" +
               end + usage + done,
           "yes", "stop", false},
          {"usage beside the last choice",
           R"(data: {"choices":[{"delta":{"content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}})"
           "\n\n" +
               done,
           "yes", "stop", false},
          {"usage is null before",
           R"(data: {"choices":[{"delta":{"content":"yes"}}],"usage":null})"
           "\n\n" +
               end + usage + done,
           "yes", "stop", false},
          {"Azure: the prompt's filter first",
           R"(data: {"choices":[],"prompt_filter_results":[{}]})"
           "\n\n" +
               role + yes + end + usage + done,
           "yes", "stop", false},
          {"DeepSeek: thoughts",
           R"(data: {"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"hm"}}]})"
           "\n\n" +
               yes + end + usage + done,
           "yes", "stop", false},
          {"Mistral: content in parts",
           R"(data: {"choices":[{"delta":{"content":[{"type":"text","text":"yes"}]}}]})"
           "\n\n" +
               end + usage + done,
           "yes", "stop", false},
          {"a refusal",
           R"(data: {"choices":[{"delta":{"refusal":"I "}}]})"
           "\n\n"
           R"(data: {"choices":[{"delta":{"refusal":"can't"}}]})"
           "\n\n" +
               end + usage + done,
           "I can't", "stop", false},
          {"one id for all chunks", numbered(role + yes + yes + end + usage + done), "yesyes", "stop", false}}) {
    const sdk::Completion completion = stream(one.json).completion;
    EXPECT_EQ(completion.samples[0].text, one.text) << one.who;
    EXPECT_EQ(completion.samples[0].finish_reason, one.finish_reason) << one.who;
    EXPECT_EQ(completion.usage.estimated, one.estimated) << one.who;
    if (!one.estimated) {
      EXPECT_EQ(completion.usage.prompt_tokens, 9) << one.who;
    }
  }
}

TEST_F(ServerStreamsTest, LogProbabilitiesOfStreamedTokens) {
  const std::string chat =
      R"(data: {"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5}]}}]})"
      "\n\n"
      R"(data: {"choices":[{"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-1}]},"finish_reason":"stop"}]})"
      "\n\n";
  EXPECT_EQ(stream(chat, draw(1, true)).completion.samples[0].log_probabilities, (std::vector<double>{-0.5, -1}));
  const std::string plain =
      R"(data: {"choices":[{"text":"a","logprobs":{"token_logprobs":[-0.5]}}]})"
      "\n\n"
      R"(data: {"choices":[{"text":"b","logprobs":{"token_logprobs":[-1]},"finish_reason":"stop"}]})"
      "\n\n";
  const auto drawn = stream(plain, draw(1, true), "openai", "completions").completion.samples[0];
  EXPECT_EQ(drawn.text, "ab");
  EXPECT_EQ(drawn.log_probabilities, (std::vector<double>{-0.5, -1}));
}

TEST_F(ServerStreamsTest, AnthropicsStream) {
  const std::string events = R"(event: message_start
data: {"type":"message_start","message":{"model":"c","content":[],"usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"hm"}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":"y"}}

event: ping
data: {"type":"ping"}

data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"es"}}

data: {"type":"message_delta","delta":{"stop_reason":"model_context_window_exceeded"},"usage":{"input_tokens":null,"cache_read_input_tokens":null,"output_tokens":7}}

data: {"type":"message_stop"}
)";
  const auto completion = stream(events, draw(), "anthropic").completion;
  EXPECT_EQ(completion.samples[0].text, "yes");
  EXPECT_EQ(completion.samples[0].finish_reason, "length");
  EXPECT_EQ(completion.usage, (sdk::Usage{.prompt_tokens = 9, .cached_prompt_tokens = 4, .completion_tokens = 7}));
}

}  // namespace
}  // namespace assay::models::remote
