#include "plan/remote_problems.h"

#include <gtest/gtest.h>

namespace assay::plan {
namespace {

config::ModelSpec model(const std::string& source, const Json& options) {
  config::ModelSpec spec;
  spec.name = "far", spec.source = source, spec.options = options;
  return spec;
}

/// Where a model's problems lie.
std::vector<std::string> places(const config::ModelSpec& spec, const sdk::GenerationSettings& how = {}) {
  config::Experiment experiment;
  experiment.generation = how;
  std::vector<std::string> found;
  for (const auto& [place, words] : remote_problems(experiment, spec)) found.push_back(place);
  return found;
}

TEST(RemoteProblemsTest, PlainHttpIsForThisMachineAlone) {
  for (const char* url : {"http://localhost:8080/v1", "http://localhost", "http://127.0.0.2/v1", "http://[::1]:1/v1",
                          "https://example.org"}) {
    EXPECT_TRUE(places(model("openai", {{"base_url", url}})).empty()) << url;
  }
  for (const char* url :
       {"http://example.org", "http://localhost.example.org/v1", "http://127.example.org:80", "http://10.0.0.1"}) {
    EXPECT_EQ(places(model("openai", {{"base_url", url}})), std::vector<std::string>{"models.far.base_url"}) << url;
    EXPECT_TRUE(places(model("openai", {{"base_url", url}, {"allow_insecure", true}})).empty()) << url;
  }
}

TEST(RemoteProblemsTest, TemperaturesBeyondAnApisRangeAreRefused) {
  for (const auto& [source, most] : std::vector<std::pair<std::string, double>>{{"anthropic", 1}, {"openai", 2}}) {
    sdk::GenerationSettings how;
    how.temperature = most;
    EXPECT_TRUE(places(model(source, Json::object()), how).empty()) << source;
    how.temperature = most + 0.5;
    EXPECT_EQ(places(model(source, Json::object()), how), std::vector<std::string>{"generation.temperature"}) << source;
  }
}

TEST(RemoteProblemsTest, AnAnthropicModelThatTakesNoTemperatureTakesNeitherTopPNorTopK) {
  sdk::GenerationSettings how;
  how.top_p = 0.5, how.top_k = 5;
  EXPECT_TRUE(places(model("anthropic", Json::object()), how).empty());
  EXPECT_EQ(places(model("anthropic", {{"lacks", {"temperature"}}}), how),
            (std::vector<std::string>{"generation.top_p", "generation.top_k"}));
}

TEST(RemoteProblemsTest, WhatMayBeAKeyIsNotWrittenInAnExperiment) {
  for (const char* header : {"Authorization", "api-key", "X-Auth-Token", "cf_api_key", "Cookie"}) {
    EXPECT_EQ(places(model("openai", {{"headers", {{header, "x"}}}})),
              std::vector<std::string>{std::string("models.far.headers.") + header});
    EXPECT_TRUE(places(model("openai", {{"headers_env", {{header, "X"}}}})).empty()) << header;
  }
  EXPECT_TRUE(places(model("openai", {{"headers", {{"OpenAI-Organization", "org"}, {"x-portkey-provider", "openai"}}}}))
                  .empty());
  for (const char* query : {"?key=1", "?api-version=1&subscription-key=2"}) {
    EXPECT_EQ(places(model("openai", {{"base_url", std::string("https://example.org/v1") + query}})),
              std::vector<std::string>{"models.far.base_url"})
        << query;
  }
  EXPECT_TRUE(places(model("openai", {{"base_url", "https://example.org/key?api-version=token#key=1"}})).empty());
}

TEST(RemoteProblemsTest, HeadersOfTheClientAndTwiceGivenOnesAreRefused) {
  EXPECT_EQ(places(model("openai", {{"headers", {{"Content-Length", "3"}}}})),
            std::vector<std::string>{"models.far.headers.Content-Length"});
  EXPECT_EQ(places(model("openai", {{"headers_env", {{"host", "X"}}}})),
            std::vector<std::string>{"models.far.headers_env.host"});
  EXPECT_EQ(places(model("openai", {{"headers", {{"X-Team", "a"}}}, {"headers_env", {{"x-team", "X"}}}})),
            std::vector<std::string>{"models.far.headers.X-Team"});
}

TEST(RemoteProblemsTest, FieldsThatTheEngineWritesAreNotWrittenOver) {
  EXPECT_EQ(places(model("openai",
                         {{"extra_body", {{"temperature", 1}, {"reasoning_effort", "low"}, {"stream_options", 1}}}})),
            (std::vector<std::string>{"models.far.extra_body.stream_options", "models.far.extra_body.temperature"}));
}

}  // namespace
}  // namespace assay::plan
