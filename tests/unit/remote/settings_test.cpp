#include "models/remote/settings.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace assay::models::remote {
namespace {

/// The settings of a model whose key is in a variable that holds this.
RemoteSettings with_key(const char* key, const std::string& url = "https://example.org/v1") {
  ::setenv("ASSAY_TEST_KEY", key, 1);
  return remote_settings("m", "openai", {{"model", "gpt"}, {"base_url", url}, {"api_key_env", "ASSAY_TEST_KEY"}}, true);
}

TEST(SettingsTest, BlanksAroundAKeyAreNoPartOfIt) {
  EXPECT_EQ(with_key("sk-1234").key, "sk-1234");
  EXPECT_EQ(with_key(" sk-1234\r\n").key, "sk-1234");
}

TEST(SettingsTest, WhatNoKeyHoldsIsRefused) {
  for (const char* key : {"sk-1\nX-Other: 2", "Bearer sk-1", "sk-\xC3\xA9"})
    EXPECT_THROW(with_key(key), BadInput) << key;
}

TEST(SettingsTest, AServerOnThisMachineMayDoWithoutAKey) {
  for (const char* none : {"", "\n"}) {
    EXPECT_EQ(with_key(none, "http://localhost:1/v1").key, "");
    EXPECT_THROW(with_key(none), BadInput);
  }
}

TEST(SettingsTest, AModelsHeadersGoBeforeTheApisOwn) {
  const RemoteSettings settings = remote_settings(
      "m", "anthropic", {{"model", "c"}, {"headers", {{"Anthropic-Version", "2024-01-01"}, {"X-Team", "a b"}}}}, false);
  EXPECT_EQ(settings.with_headers({{"anthropic-version", "2023-06-01"}, {"x-api-key", "k"}}),
            (Headers{{"anthropic-version", "2024-01-01"}, {"x-api-key", "k"}, {"X-Team", "a b"}}));
}

TEST(SettingsTest, AHeaderOutOfTheEnvironmentStandsInForTheKeyUnlessOneIsNamed) {
  ::setenv("OPENAI_API_KEY", "of-another-server", 1);
  ::setenv("ASSAY_TEST_KEY", "sk-of-this", 1);
  ::setenv("ASSAY_TEST_HEADER", "Bearer sk-of-this-header\n", 1);
  Json options = {{"model", "gpt"}, {"headers_env", {{"Authorization", "ASSAY_TEST_HEADER"}}}};
  RemoteSettings settings = remote_settings("m", "openai", options);
  EXPECT_EQ(settings.key, "");
  EXPECT_EQ(settings.secret_headers, (Headers{{"Authorization", "Bearer sk-of-this-header"}}));
  EXPECT_EQ(settings.secrets(), (std::vector<std::string>{"sk-of-this-header", "Bearer"}));

  options["api_key_env"] = "ASSAY_TEST_KEY";
  settings = remote_settings("m", "openai", options);
  EXPECT_EQ(settings.key, "sk-of-this");
  EXPECT_EQ(settings.secrets(), (std::vector<std::string>{"sk-of-this-header", "sk-of-this", "Bearer"}));
}

TEST(SettingsTest, AHeaderWhoseVariableIsNotSetOrHoldsALineIsRefused) {
  const Json options = {{"model", "gpt"}, {"headers_env", {{"api-key", "ASSAY_TEST_HEADER"}}}};
  ::unsetenv("ASSAY_TEST_HEADER");
  EXPECT_THROW(remote_settings("m", "openai", options), BadInput);
  ::setenv("ASSAY_TEST_HEADER", "secret\r\nX-Other: 2", 1);
  try {
    remote_settings("m", "openai", options);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
  }
}

TEST(SettingsTest, WhatIsAskedOfAModelBesideThePromptIsAPartOfIt) {
  const auto identity = [](const Json& more) {
    Json options = {{"model", "gpt"}};
    options.update(more);
    return remote_settings("m", "openai", options, false).identity();
  };
  const std::string bare = identity(Json::object());
  EXPECT_EQ(identity({{"headers_env", {{"api-key", "ANY"}}}}), bare);
  EXPECT_NE(identity({{"headers", {{"x-provider", "a"}}}}), bare);
  EXPECT_NE(identity({{"extra_body", {{"reasoning_effort", "low"}}}}),
            identity({{"extra_body", {{"reasoning_effort", "high"}}}}));
}

}  // namespace
}  // namespace assay::models::remote
