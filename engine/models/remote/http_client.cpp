#include "models/remote/http_client.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <filesystem>
#include <optional>

#include "models/remote/gunzip.h"

namespace assay::models::remote {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Kind = TransportError::Kind;

namespace {

constexpr std::uint32_t kMostHeaderBytes =
    64U << 10U;  // Beast's own 8 KiB are less than some gateways' policies and cookies take

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

struct Connection {
  explicit Connection(asio::io_context& context) : plain(context) {}

  [[nodiscard]] beast::tcp_stream& tcp() { return tls ? beast::get_lowest_layer(*tls) : plain; }

  /// Whether the other side has closed it, or sent what nobody asked for, while nobody looked.
  bool is_stale() {
    char byte = 0;
    const auto seen = ::recv(tcp().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }

  beast::tcp_stream plain;
  std::optional<asio::ssl::stream<beast::tcp_stream>> tls;
  beast::flat_buffer buffer;
};

}  // namespace

struct HttpClient::Rep {
  asio::io_context& context;
  Url url;
  std::optional<Url> proxy;
  HttpOptions options;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::vector<std::unique_ptr<Connection>> idle{};

  [[nodiscard]] std::string place() const { return url.authority(true); }

  [[noreturn]] void fail(const error_code& error, const char* doing) const {
    if (error == beast::error::timeout)
      throw TransportError(Kind::timeout, fmt::format("{}: no answer in time while {}", place(), doing));
    if (error == http::error::body_limit) {
      throw TransportError(Kind::too_large, fmt::format("{}: the answer is larger than {} bytes, the most that is read",
                                                        place(), options.most_bytes));
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message || error == asio::error::eof ||
        error == asio::ssl::error::stream_truncated || error == asio::error::connection_reset ||
        error == asio::error::broken_pipe) {
      throw TransportError(Kind::broken, fmt::format("{}: the connection ended while {}", place(), doing));
    }
    throw TransportError(Kind::broken, fmt::format("{}: {} while {}", place(), error.message(), doing));
  }

  asio::awaitable<void> open(Connection&, Clock::time_point deadline);
  asio::awaitable<void> pass_proxy(Connection&);
  asio::awaitable<void> shake_hands(Connection&, Clock::time_point deadline);
  template <class Stream>
  asio::awaitable<HttpResponse> exchange(Stream&, Connection&, const HttpRequest&, Clock::time_point deadline,
                                         bool& keep);
};

HttpClient::HttpClient(asio::io_context& context, Url url, HttpOptions options)
    : rep_(std::unique_ptr<Rep>(new Rep{context, std::move(url), std::nullopt, std::move(options)})) {
  rep_->proxy = proxy_for(rep_->url);
  rep_->tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1);
  rep_->tls.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (rep_->options.ca_file.empty()) {
    rep_->tls.set_default_verify_paths(error);
  } else {
    rep_->tls.load_verify_file(rep_->options.ca_file, error);
  }
  if (error)
    throw BadInput(fmt::format("{}: no certificates can be read from it: {}", rep_->options.ca_file, error.message()));
}

HttpClient::~HttpClient() = default;

asio::awaitable<void> HttpClient::Rep::open(Connection& connection, Clock::time_point deadline) {
  const Url& to = proxy ? *proxy : url;
  error_code error;
  asio::ip::tcp::resolver resolver(context);
  const auto found =
      co_await resolver.async_resolve(to.host, to.port, asio::redirect_error(asio::use_awaitable, error));
  if (error)
    throw TransportError(Kind::connect,
                         fmt::format("{}: the name '{}' is not known: {}", place(), to.host, error.message()));
  connection.plain.expires_at(deadline);
  co_await connection.plain.async_connect(found, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    const std::string why = error == beast::error::timeout ? "no answer in time" : error.message();
    throw TransportError(Kind::connect, fmt::format("{}: cannot be reached{}: {}", place(),
                                                    proxy ? " by the proxy " + proxy->authority(true) : "", why));
  }
  connection.plain.socket().set_option(asio::ip::tcp::no_delay(true), error);
  if (proxy) co_await pass_proxy(connection);
  if (url.tls) co_await shake_hands(connection, deadline);
}

asio::awaitable<void> HttpClient::Rep::pass_proxy(Connection& connection) {
  error_code error;
  http::request<http::empty_body> connect{http::verb::connect, url.authority(true), 11};
  connect.set(http::field::host, url.authority(true));
  if (!proxy->authorization.empty()) connect.set(http::field::proxy_authorization, proxy->authorization);
  co_await http::async_write(connection.plain, connect, asio::redirect_error(asio::use_awaitable, error));
  if (error) fail(error, "asking the proxy");
  http::response_parser<http::empty_body> parser;
  parser.skip(true);  // what follows a CONNECT is the tunnel
  co_await http::async_read_header(connection.plain, connection.buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) fail(error, "waiting for the proxy");
  const unsigned status = parser.get().result_int();
  if (status / 100 != 2) {
    const char* advice = status == 407   ? "; it wants a user name and password: HTTPS_PROXY=http://name:password@…"
                         : status == 403 ? "; NO_PROXY names hosts that are asked without it"
                                         : "";
    throw TransportError(status == 403 || status == 407 ? Kind::refused : Kind::connect,
                         fmt::format("{}: the proxy {} refuses the way there (status {}){}", place(),
                                     proxy->authority(true), status, advice));
  }
}

asio::awaitable<void> HttpClient::Rep::shake_hands(Connection& connection, Clock::time_point deadline) {
  connection.tls.emplace(std::move(connection.plain), tls);
  auto& stream = *connection.tls;
  SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  bool other_name = false;
  stream.set_verify_callback(
      [&, check = asio::ssl::host_name_verification(url.host)](bool trusted, asio::ssl::verify_context& certificate) {
        const bool good = check(trusted, certificate);
        other_name = other_name || (trusted && !good);
        return good;
      });
  beast::get_lowest_layer(stream).expires_at(deadline);
  error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return;
  if (error.category() != asio::error::get_ssl_category()) fail(error, "agreeing on TLS");
  const long verdict = SSL_get_verify_result(stream.native_handle());
  const std::string why = other_name             ? fmt::format("it is for another name than {}", url.host)
                          : verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
                                                 : error.message();
  throw TransportError(
      Kind::tls,
      fmt::format("{}: its certificate is refused: {}; an authority of your own is named by `ca_file`", place(), why));
}

template <class Stream>
asio::awaitable<HttpResponse> HttpClient::Rep::exchange(Stream& stream, Connection& connection,
                                                        const HttpRequest& asked, Clock::time_point deadline,
                                                        bool& keep) {
  const auto wait = [&](double longest) {
    connection.tcp().expires_at(std::min(deadline, Clock::now() + seconds(longest)));
  };
  http::request<http::string_body> request{http::string_to_verb(asked.method), url.target(asked.path), 11};
  request.set(http::field::host, url.authority());
  request.set(http::field::user_agent, "assay");
  request.set(http::field::accept_encoding, "gzip");
  for (const auto& [name, value] : asked.headers) request.set(name, value);
  request.body() = asked.body;
  request.prepare_payload();
  error_code error;
  wait(options.read_seconds);
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  // A server that answers before it has read all may close: its answer counts.
  if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset)
    fail(error, "sending the request");

  std::optional<http::response_parser<http::string_body>> reading;
  for (bool interim = true; interim;) {  // of status 1xx any number may come before the answer (RFC 9110, 15.2)
    reading.emplace();
    reading->body_limit(options.most_bytes);
    reading->header_limit(kMostHeaderBytes);
    reading->eager(true);
    wait(options.read_seconds);
    co_await http::async_read_header(stream, connection.buffer, *reading,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) fail(error, "waiting for the answer");
    interim = reading->get().result_int() / 100 == 1 && reading->get().result() != http::status::switching_protocols;
  }
  auto& parser = *reading;
  HttpResponse answer;
  answer.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers.emplace(std::move(name), std::string(field.value()));
  }
  const auto encoding = answer.headers.find("content-encoding");
  std::optional<Gunzip> packed;
  if (encoding != answer.headers.end() && encoding->second != "identity") packed.emplace(options.most_bytes);
  const auto take = [&] {
    std::string& came = parser.get().body();
    if (came.empty()) return;
    std::string piece;
    try {
      piece = packed ? packed->feed(came) : std::exchange(came, {});
    } catch (const Error& bad) {
      throw TransportError(Kind::broken, fmt::format("{}: {}", place(), bad.what()));
    }
    came.clear();
    if (asked.on_body && answer.status / 100 == 2) asked.on_body(piece);
    answer.body += piece;
  };
  take();
  while (!parser.is_done()) {
    wait(options.read_seconds);
    co_await http::async_read_some(stream, connection.buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error) fail(error, "reading the answer");
    take();
  }
  if (packed && !packed->finished() && !answer.body.empty())
    throw TransportError(Kind::broken, fmt::format("{}: the packed answer is not whole", place()));
  keep = parser.keep_alive() && connection.buffer.size() == 0;
  co_return answer;
}

asio::awaitable<HttpResponse> HttpClient::send(HttpRequest request) {
  const Clock::time_point start = Clock::now();
  const Clock::time_point deadline = start + seconds(rep_->options.total_seconds);
  std::unique_ptr<Connection> connection;
  while (!connection && !rep_->idle.empty()) {
    connection = std::move(rep_->idle.back());
    rep_->idle.pop_back();
    if (connection->is_stale()) connection.reset();
  }
  if (!connection) {
    connection = std::make_unique<Connection>(rep_->context);
    co_await rep_->open(*connection, std::min(deadline, start + seconds(rep_->options.connect_seconds)));
  }
  bool keep = false;
  HttpResponse answer;
  if (connection->tls) {
    answer = co_await rep_->exchange(*connection->tls, *connection, request, deadline, keep);
  } else {
    answer = co_await rep_->exchange(connection->plain, *connection, request, deadline, keep);
  }
  if (keep) {
    connection->tcp().expires_never();
    rep_->idle.push_back(std::move(connection));
  }
  co_return answer;
}

HttpResponse send_and_wait(asio::io_context& context, HttpClient& client, const HttpRequest& request) {
  HttpResponse answer;
  std::exception_ptr failed;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        try {
          answer = co_await client.send(request);
        } catch (...) {
          failed = std::current_exception();
        }
      },
      asio::detached);
  context.restart();
  context.run();
  if (failed) std::rethrow_exception(failed);
  return answer;
}

}  // namespace assay::models::remote
