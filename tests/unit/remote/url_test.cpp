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
}

TEST(UrlTest, WhatIsNoAddressIsRefused) {
  for (const char* bad : {"", "api.example.org", "ftp://x", "http://", "http://x:port", "http://x:", "https://key@host/v1", "http://[::1"}) {
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

}  // namespace
}  // namespace assay::models::remote
