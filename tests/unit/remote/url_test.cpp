#include "models/remote/url.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace assay::models::remote {
namespace {

TEST(UrlTest, PartsOfAnAddress) {
  const Url url = parse_url("https://API.example.org/v1/");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "api.example.org");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.path, "/v1");
  EXPECT_EQ(url.authority(), "api.example.org");
  EXPECT_EQ(url.authority(true), "api.example.org:443");
  EXPECT_EQ(parse_url("http://[::1]:8080/v1").authority(), "[::1]:8080");
  EXPECT_TRUE(parse_url("http://[::1]:8080").is_loopback());
  EXPECT_FALSE(parse_url("http://10.0.0.1").is_loopback());
  EXPECT_TRUE(parse_url("http://127.0.0.2").is_loopback());
  EXPECT_FALSE(parse_url("http://127.example.org").is_loopback());
  const Url asked = parse_url("https://x.openai.azure.com/openai/v1/?api-version=preview#top");
  EXPECT_EQ(asked.path, "/openai/v1");
  EXPECT_EQ(asked.target("/models"), "/openai/v1/models?api-version=preview");
  EXPECT_EQ(asked.target("/files?limit=1"), "/openai/v1/files?limit=1&api-version=preview");
  EXPECT_EQ(parse_url("https://a.example?b=1").host, "a.example");
}

TEST(UrlTest, WhatIsNoAddressIsRefused) {
  for (const char* bad : {"", "api.example.org", "ftp://x", "http://", "http://x:port",
                          "http://x:", "https://key@host/v1", "http://[::1"}) {
    EXPECT_THROW(parse_url(bad), BadInput) << bad;
  }
}

TEST(UrlTest, NoProxyExceptsHostsAndDomains) {
  ::setenv("https_proxy", "http://proxy:3128", 1);
  ::setenv("no_proxy", "localhost, .internal,example.org", 1);
  EXPECT_EQ(proxy_for(parse_url("https://api.openai.com")).value().host, "proxy");
  EXPECT_FALSE(proxy_for(parse_url("http://api.openai.com")));
  EXPECT_FALSE(proxy_for(parse_url("https://a.internal")));
  EXPECT_FALSE(proxy_for(parse_url("https://api.example.org")));
  EXPECT_TRUE(proxy_for(parse_url("https://notexample.org")));
  ::setenv("no_proxy", "*", 1);
  EXPECT_FALSE(proxy_for(parse_url("https://api.openai.com")));
  ::unsetenv("https_proxy");
  ::unsetenv("no_proxy");
}

TEST(UrlTest, AProxysUserNameAndPasswordAreNoPartOfItsAddress) {
  ::setenv("https_proxy", "http://ada:pass%40word@proxy:3128", 1);
  ::unsetenv("no_proxy");
  const Url proxy = proxy_for(parse_url("https://api.openai.com")).value();
  EXPECT_EQ(proxy.authority(true), "proxy:3128");
  EXPECT_EQ(proxy.authorization, "Basic YWRhOnBhc3NAd29yZA==") << "RFC 4648 of ada:pass@word";
  ::setenv("https_proxy", "http://ada:pass@proxy:port", 1);
  try {
    static_cast<void>(proxy_for(parse_url("https://api.openai.com")));
    ADD_FAILURE() << "its port is no number";
  } catch (const BadInput& error) {
    EXPECT_EQ(std::string(error.what()).find("pass"), std::string::npos) << error.what();
  }
  ::unsetenv("https_proxy");
}

}  // namespace
}  // namespace assay::models::remote
