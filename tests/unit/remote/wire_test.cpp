#include <fmt/core.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <thread>
#include <vector>

#include "models/remote/failure.h"
#include "models/remote/http_client.h"

namespace assay::models::remote {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Gives the same bytes to each request; hangs up after each where `closes`. What HTTP allows a server and a library
/// hides.
class ScriptedServer {
 public:
  ScriptedServer(std::string bytes, bool closes)
      : thread_([this, bytes = std::move(bytes), closes] { serve(bytes, closes); }) {}
  ~ScriptedServer() {
    ends_ = true;
    tcp::socket last(context_);
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::atomic<int> connections = 0;
  std::vector<std::string> targets;

 private:
  void serve(const std::string& bytes, bool closes) {
    for (;;) {
      tcp::socket socket = acceptor_.accept();
      if (ends_) return;
      ++connections;
      boost::system::error_code error;
      std::string got;
      do {
        const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(got), "\r\n\r\n", error);
        if (error) break;
        targets.push_back(got.substr(0, got.find("\r\n")));
        const std::size_t body = std::stoul(got.substr(got.find("Content-Length: ") + 16));
        while (got.size() < head + body)
          asio::read(socket, asio::dynamic_buffer(got), asio::transfer_at_least(1), error);
        got.clear();
        asio::write(socket, asio::buffer(bytes), error);
      } while (!closes && !error);
    }
  }

  asio::io_context context_{};
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

/// The last of `times` answers.
HttpResponse ask(const std::string& url, int times) {
  asio::io_context context;
  HttpClient client(context, parse_url(url), {});
  HttpResponse answer;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        for (int i = 0; i < times; ++i) {
          HttpRequest request;
          request.path = "/chat/completions";
          request.body = "{}";
          answer = co_await client.send(std::move(request));
        }
      },
      [](const std::exception_ptr& failed) {
        if (failed) std::rethrow_exception(failed);
      });
  context.run();
  return answer;
}

struct Wire {
  const char* name;
  std::string bytes;
  bool closes;
};

class WireTest : public ::testing::TestWithParam<Wire> {};

TEST_P(WireTest, IsReadToItsEnd) {
  ScriptedServer server(GetParam().bytes, GetParam().closes);
  const HttpResponse answer = ask(server.url() + "/v1", 2);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"a":1})");
  EXPECT_EQ(server.connections, GetParam().closes ? 2 : 1);
}

const std::string kPlain = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

/// {"a":1} as gzip (RFC 1952) and zlib (RFC 1950, HTTP's "deflate") pack it.
const std::string kGzip(
    "\037\213\010\000\000\000\000\000\002\003\253\126\112\124\262\062\254\005\000\257\254\033\126\007\000\000\000", 27);
const std::string kDeflate("\170\234\253\126\112\124\262\062\254\005\000\010\052\002\011", 15);

/// A packed answer in two chunks.
std::string in_chunks(const std::string& coding, const std::string& packed) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" +
                      packed.substr(0, 5) + "\r\n";
  return bytes + fmt::format("{:x}\r\n", packed.size() - 5) + packed.substr(5) + "\r\n0\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    HttpClient, WireTest,
    ::testing::Values(
        Wire{"length", kPlain, false},
        Wire{"interim_answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + kPlain,
             false},
        Wire{"chunk_extensions",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;name=\"a b\"\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
             false},
        Wire{"trailers",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n7\r\n{\"a\":1}\r\n0\r\nX-Sum: "
             "1\r\n\r\n",
             false},
        Wire{"many_header_bytes",
             "HTTP/1.1 200 OK\r\nContent-Security-Policy: " + std::string(20'000, 'x') +
                 "\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
             false},
        Wire{"connection_close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\n{\"a\":1}", true},
        Wire{"closed_without_warning", kPlain, true},
        Wire{"http_1_0", "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}", true},
        Wire{"gzip", in_chunks("gzip", kGzip), false}, Wire{"deflate", in_chunks("deflate", kDeflate), false},
        Wire{"ended_by_closing", "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", true}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(WireTest, ARedirectionIsNotFollowedAndIsNamed) {
  ScriptedServer elsewhere(kPlain, false);
  ScriptedServer server(
      "HTTP/1.1 308 Permanent Redirect\r\nLocation: " + elsewhere.url() + "/v1/\r\nContent-Length: 0\r\n\r\n", false);
  const Failure failure = failure_of(ask(server.url(), 1), "m");
  EXPECT_EQ(failure.what, Failure::What::stop);
  EXPECT_NE(failure.reason.find(elsewhere.url()), std::string::npos) << failure.reason;
  EXPECT_EQ(elsewhere.connections, 0);
}

TEST(WireTest, AQueryOfTheAddressGoesWithEveryRequest) {
  ScriptedServer server(kPlain, true);
  ask(server.url() + "/openai/deployments/d/?api-version=2024-10-21", 1);
  EXPECT_EQ(server.targets,
            std::vector<std::string>{"POST /openai/deployments/d/chat/completions?api-version=2024-10-21 HTTP/1.1"});
}

}  // namespace
}  // namespace assay::models::remote
