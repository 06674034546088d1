#include "models/remote/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remote_server/remote_server.h"

namespace assay::models::remote {
namespace {

using test::RemoteServer;
using ::testing::HasSubstr;
using What = Listing::What;

RemoteSettings settings_at(const std::string& url, const std::string& source = "openai") {
  RemoteSettings s;
  s.name = "m", s.source = source, s.model = "gpt", s.base_url = url, s.key = "sk-secret";
  return s;
}

std::vector<What> kinds(const std::vector<Listing>& found) {
  std::vector<What> all;
  for (const Listing& one : found) all.push_back(one.what);
  return all;
}

TEST(ListingTest, ModelsAreServedWhenListedOrKnownByTheirName) {
  RemoteServer::Options options;
  options.models = {"gpt", "tuned:latest", ".org/alias v1"};
  const RemoteServer server(options);
  const auto found = listed_models(settings_at(server.url()), {"gpt", "tuned", "org/alias v1", "gpd"});
  EXPECT_EQ(kinds(found), (std::vector<What>{What::served, What::served, What::unknown, What::unknown}));
  EXPECT_EQ(found[3].reason, server.url() + " has no model 'gpd'; it lists gpt, tuned:latest");
  EXPECT_EQ(server.seen()[1].path, "/v1/models/org%2Falias%20v1");
}

TEST(ListingTest, AnUnlistedModelIsUnknownOnlyWhereTheServerSaysSo) {
  RemoteServer::Options options;
  options.models = {"!", "gpt"};
  const RemoteServer server(options);
  const auto found = listed_models(settings_at(server.url()), {"gpt", "mine"});
  EXPECT_EQ(kinds(found), (std::vector<What>{What::served, What::unlisted}));
  EXPECT_EQ(found[1].reason, server.url() + " does not list 'mine' but gpt");
}

TEST(ListingTest, AnthropicsKeyIsSentAsItsApiWants) {
  RemoteServer::Options options;
  options.models = {"claude"};
  options.key = "sk-secret";
  const RemoteServer server(options);
  EXPECT_EQ(kinds(listed_models(settings_at(server.url(), "anthropic"), {"claude"})), std::vector<What>{What::served});
}

TEST(ListingTest, ABadKeyIsToldWithoutTheKey) {
  RemoteServer::Options options;
  options.models = {"gpt"};
  options.key = "another";
  const RemoteServer server(options);
  const auto found = listed_models(settings_at(server.url()), {"gpt", "x"});
  EXPECT_EQ(kinds(found), (std::vector<What>{What::bad_key, What::bad_key}));
  EXPECT_THAT(found[0].reason, HasSubstr("refuses the key"));
  EXPECT_EQ(found[0].reason.find("sk-secret"), std::string::npos);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(ListingTest, WhoHasNoListOrIsNotThereTellsNothing) {
  std::string url;
  {
    const RemoteServer server({});
    url = server.url();
    const auto found = listed_models(settings_at(url), {"gpt"});
    EXPECT_EQ(kinds(found), std::vector<What>{What::untold});
    EXPECT_THAT(found[0].reason, HasSubstr("does not tell its models (status 404)"));
  }
  const auto found = listed_models(settings_at("http://localhost:1/v1"), {"gpt"});
  EXPECT_EQ(kinds(found), std::vector<What>{What::untold});
  EXPECT_THAT(found[0].reason, HasSubstr("cannot be reached"));
}

}  // namespace
}  // namespace assay::models::remote
