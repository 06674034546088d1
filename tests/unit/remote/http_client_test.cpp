#include "models/remote/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>

#include "remote_server/certificate.h"
#include "remote_server/remote_server.h"

namespace assay::models::remote {
namespace {

using test::Fault;
using test::RemoteServer;
using ::testing::HasSubstr;
using Kind = TransportError::Kind;

struct Got {
  HttpResponse answer;
  std::optional<Kind> failed;
  std::string why;
};

Got get(const std::string& url, HttpOptions options = {}, int times = 1) {
  boost::asio::io_context context;
  HttpClient client(context, parse_url(url), std::move(options));
  Got got;
  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        try {
          for (int i = 0; i < times; ++i) {
            HttpRequest request;  // g++ 12 destroys a braced temporary twice where it stands in a co_await
            request.path = "/embeddings";
            request.body = R"({"input":"a","model":"e"})";
            got.answer = co_await client.send(std::move(request));
          }
        } catch (const TransportError& error) {
          got.failed = error.kind;
          got.why = error.what();
        }
      },
      boost::asio::detached);
  context.run();
  return got;
}

RemoteServer::Options failing(Fault fault) {
  RemoteServer::Options options;
  options.fault_of = [fault](const Json&, int) { return fault; };
  return options;
}

TEST(HttpClientTest, ConnectionsAreUsedAgain) {
  const RemoteServer server({});
  const Got got = get(server.url(), {}, 3);
  EXPECT_EQ(got.answer.status, 200);
  EXPECT_EQ(Json::parse(got.answer.body)["data"][0]["index"], 0);
}

TEST(HttpClientTest, PackedAnswersAreUnpacked) {
  const RemoteServer server(failing(Fault::gzip));
  EXPECT_EQ(Json::parse(get(server.url()).answer.body)["model"], "e");
}

TEST(HttpClientTest, WhatBreaksIsToldApart) {
  HttpOptions options;
  options.read_seconds = 0.3;
  options.most_bytes = 1U << 20U;
  for (const auto& [fault, kind] : {std::pair{Fault::reset_before_headers, Kind::broken},
                                    {Fault::reset_after_headers, Kind::broken},
                                    {Fault::reset_in_body, Kind::broken},
                                    {Fault::stall, Kind::timeout},
                                    {Fault::long_length, Kind::broken},
                                    {Fault::huge_body, Kind::too_large}}) {
    const RemoteServer server(failing(fault));
    const Got got = get(server.url(), options);
    ASSERT_TRUE(got.failed) << static_cast<int>(fault);
    EXPECT_EQ(*got.failed, kind) << got.why;
  }
  EXPECT_EQ(get("http://127.0.0.1:1/v1").failed, Kind::connect);
}

TEST(HttpClientTest, ASlowAnswerHasATotalTime) {
  const RemoteServer server(failing(Fault::stall));
  HttpOptions options;
  options.total_seconds = 0.2;
  EXPECT_EQ(get(server.url(), options).failed, Kind::timeout);
}

/// A server with a certificate of its own, which is where its client finds an authority.
struct TlsTest : ::testing::Test {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("assay-tls-" + std::to_string(::getpid()));
  ~TlsTest() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] RemoteServer::Options server(const std::string& name, int days = 2) const {
    test::make_certificate(folder, name, days);
    RemoteServer::Options options;
    options.certificate = (folder / "cert.pem").string();
    options.private_key = (folder / "key.pem").string();
    return options;
  }
};

TEST_F(TlsTest, ASelfSignedCertificateIsRefusedUnlessItsAuthorityIsGiven) {
  const auto options = server("localhost");
  const RemoteServer server(options);
  const Got refused = get(server.url());
  EXPECT_EQ(refused.failed, Kind::tls);
  EXPECT_THAT(refused.why, HasSubstr("self-signed"));
  HttpOptions trusting;
  trusting.ca_file = options.certificate;
  EXPECT_EQ(get(server.url(), trusting, 2).answer.status, 200);
}

TEST_F(TlsTest, AnotherNameIsRefused) {
  const auto options = server("example.org");
  const RemoteServer server(options);
  HttpOptions trusting;
  trusting.ca_file = options.certificate;
  const Got refused = get(server.url(), trusting);
  EXPECT_EQ(refused.failed, Kind::tls);
  EXPECT_THAT(refused.why, HasSubstr("another name"));
}

TEST_F(TlsTest, AnExpiredCertificateIsRefused) {
  const auto options = server("localhost", -1);
  const RemoteServer server(options);
  HttpOptions trusting;
  trusting.ca_file = options.certificate;
  const Got refused = get(server.url(), trusting);
  EXPECT_EQ(refused.failed, Kind::tls);
  EXPECT_THAT(refused.why, HasSubstr("expired"));
}

TEST(MultipartFormTest, FieldsAndFiles) {
  MultipartForm form;
  form.field("purpose", "fine-tune");
  form.file("file", "a\"b.jsonl", "{}\n");
  EXPECT_THAT(form.body(), HasSubstr("name=\"purpose\"\r\n\r\nfine-tune\r\n"));
  EXPECT_THAT(form.body(),
              HasSubstr("filename=\"a%22b.jsonl\"\r\nContent-Type: application/octet-stream\r\n\r\n{}\n\r\n"));
}

}  // namespace
}  // namespace assay::models::remote
