// What servers say when they do not answer, each in its own words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/remote/failure.h"
#include "unit/remote/server_fixture.h"

namespace assay::models::remote {
namespace {

using ::testing::HasSubstr;
using What = Failure::What;

class ServerErrorsTest : public ServerFixture {};

TEST_F(ServerErrorsTest, ErrorsInThePlaceOfAnAnswer) {
  struct Case {
    const char* json;
    What what;
    bool busy;
    const char* words;
  };
  for (
      const Case& one : std::vector<Case>{
          {R"({"error":{"code":429,"message":"Rate limit exceeded"}})", What::again, true, "Rate limit exceeded"},
          {R"({"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"upstream is down","provider_name":"x"}}})",
           What::again, false, "upstream is down"},
          {R"({"error":{"code":"402","message":"no credits"}})", What::stop, false, "no credits"},
          {R"({"id":"gen-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],
               "error":{"code":"server_error","message":"Provider disconnected"}})",
           What::again, false, "Provider disconnected"},
          {R"({"error":"CUDA out of memory"})", What::again, false, "CUDA out of memory"},
          {R"({"object":"error","message":"The model `m` does not exist.","type":"NotFoundError","param":null,"code":404})",
           What::stop, false, "does not exist"},
          {R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", What::again, true,
           "Overloaded"},
          {R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}})",
           What::refused, false, "too long"}}) {
    const Json json = Json::parse(one.json);
    ASSERT_TRUE(tells_error(json)) << one.json;
    const Failure failure = failure_of(json, "m");
    EXPECT_EQ(failure.what, one.what) << one.json;
    EXPECT_EQ(failure.busy, one.busy) << one.json;
    EXPECT_THAT(failure.reason, HasSubstr(one.words));
    EXPECT_THROW(stream("data: " + json.dump() + "\n\ndata: [DONE]\n\n"), ErrorInAnswer) << one.json;
    EXPECT_THROW(stream("data: " + json.dump() + "\n\n", draw(), "anthropic"), ErrorInAnswer) << one.json;
  }
  EXPECT_THROW(
      read(
          R"({"choices":[{"index":0,"message":{"content":"he"},"finish_reason":"error","error":{"code":502,"message":"gone"}}]})"),
      ErrorInAnswer);
}

TEST_F(ServerErrorsTest, StatusesAndWordsOfErrors) {
  struct Case {
    int status;
    const char* body;
    What what;
    const char* words;
    const char* retry = "";
  };
  for (
      const Case& one : std::vector<Case>{
          {408, "", What::again, "try again"},
          {409, "", What::again, "try again"},
          {425, "", What::again, "try again"},
          {413, R"({"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}})", What::refused,
           "too large"},
          {498, R"({"error":{"message":"Flex tier capacity exceeded"}})", What::again, "overloaded"},
          {502, "<html>Bad gateway</html>", What::again, "Bad gateway"},
          {529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", What::again,
           "Overloaded"},
          // A limit a minute whose message names the page of prices is no spent quota.
          {429,
           R"({"error":{"message":"Rate limit reached for m. You can add a payment method at https://platform.openai.com/account/billing.","code":"rate_limit_exceeded"}})",
           What::again, "Rate limit"},
          {429,
           R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}})",
           What::stop, "spent"},
          {429, R"([{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED"}}])",
           What::again, "exhausted"},
          {400,
           R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}})",
           What::stop, "pay"},
          {403, R"({"error":{"code":403,"message":"flagged","metadata":{"reasons":["violence"],"flagged_input":"…"}}})",
           What::filtered, "flagged"},
          {403, R"({"error":{"message":"Country not supported","code":"unsupported_country_region_territory"}})",
           What::stop, "Country"},
          {404,
           R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}})",
           What::stop, "no model"},
          {404, "404 page not found", What::stop, "/v1"},
          {404, R"({"error":"model 'm' not found, try pulling it first"})", What::stop, "no model"},
          {422,
           R"({"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]})",
           What::invalid, "extra_forbidden"},
          {400,
           R"({"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.","code":"unsupported_parameter"}})",
           What::invalid, "max_tokens_as"},
          {400,
           R"({"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}})",
           What::refused, "too long"},
          {400,
           R"({"error":{"message":"The decoder prompt (length 9) is longer than the maximum model length of 8.","type":"BadRequestError","code":400}})",
           What::refused, "too long"},
          {400,
           R"({"error":"Trying to keep the first 9 tokens when context the overflows. However, the model is loaded with context length of only 8 tokens"})",
           What::refused, "too long"},
          {422,
           R"({"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8. Given: 9","error_type":"validation"})",
           What::refused, "too long"},
          {400,
           R"({"error":{"message":"input length and `max_tokens` exceed context limit: 9 + 1 > 8","type":"invalid_request_error"}})",
           What::refused, "too long"},
          {400,
           R"({"error":{"inner_error":{"code":"ResponsibleAIPolicyViolation"},"code":"content_filter","message":"filtered"}})",
           What::filtered, "filter"},
          {500, "", What::refused, "failed", "false"},
          {400, "", What::again, "refuses", "true"}}) {
    HttpResponse answer{one.status, {}, one.body};
    if (*one.retry != '\0') answer.headers["x-should-retry"] = one.retry;
    const Failure failure = failure_of(answer, "m");
    EXPECT_EQ(failure.what, one.what) << one.status << " " << one.body << ": " << failure.reason;
    EXPECT_THAT(failure.reason, HasSubstr(one.words));
  }
}

}  // namespace
}  // namespace assay::models::remote
