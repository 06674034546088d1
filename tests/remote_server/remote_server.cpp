#include "remote_server/remote_server.h"

#include <assay/sdk/error.h>
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace assay::test {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

const std::vector<std::pair<std::string, Fault>>& names() {
  static const std::vector<std::pair<std::string, Fault>> all{{"none", Fault::none},
                                                              {"too_many", Fault::too_many},
                                                              {"too_many_retry_after", Fault::too_many_retry_after},
                                                              {"error_500", Fault::error_500},
                                                              {"error_502", Fault::error_502},
                                                              {"error_503", Fault::error_503},
                                                              {"reset_before_headers", Fault::reset_before_headers},
                                                              {"reset_after_headers", Fault::reset_after_headers},
                                                              {"reset_in_body", Fault::reset_in_body},
                                                              {"stall", Fault::stall},
                                                              {"slow_drip", Fault::slow_drip},
                                                              {"truncated_json", Fault::truncated_json},
                                                              {"malformed_json", Fault::malformed_json},
                                                              {"split_sse", Fault::split_sse},
                                                              {"duplicate_chunks", Fault::duplicate_chunks},
                                                              {"short_length", Fault::short_length},
                                                              {"long_length", Fault::long_length},
                                                              {"huge_body", Fault::huge_body},
                                                              {"bad_key", Fault::bad_key},
                                                              {"unknown_model", Fault::unknown_model},
                                                              {"too_long", Fault::too_long},
                                                              {"filtered", Fault::filtered},
                                                              {"gzip", Fault::gzip}};
  return all;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw Error("no memory to pack an answer");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Json error_body(const std::string& message, const std::string& code) {
  return {{"error", {{"message", message}, {"type", code}, {"code", code}}}};
}

}  // namespace

Fault fault_named(const std::string& name) {
  for (const auto& [known, fault] : names()) {
    if (known == name) return fault;
  }
  throw BadInput("no fault is called '" + name + "'");
}

struct RemoteServer::Rep {
  Options options;
  asio::io_context context{};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context};
  mutable std::mutex mutex{};
  std::vector<Seen> seen{};
  std::map<std::string, int> times{};
  std::set<int> sockets{};
  double level = 0, filled = 0;
  std::ofstream log{};
  FineTuning fine_tuning{options.jobs};
  std::atomic<bool> ends{false};
  std::atomic<int> answered{0}, connections{0};

  std::string fingerprint() {
    return options.fingerprint_lasts > 0 && ++answered > options.fingerprint_lasts ? options.fingerprint + "_2"
                                                                                   : options.fingerprint;
  }

  Fault fault_for(const Json& body, const std::string& text) {
    int before = 0;
    if (options.fault_share <= 0 && !options.fault_of) return Fault::none;
    {
      const std::lock_guard lock(mutex);
      before = times[text]++;
    }
    if (options.fault_of) return options.fault_of(body, before);
    const std::uint64_t hash = hash_of(text + "#" + std::to_string(before));
    if (static_cast<double>(hash % 10000) >= options.fault_share * 10000) return Fault::none;
    return options.faults[hash / 10000 % options.faults.size()];
  }

  /// A bucket of one second's requests.
  bool within_limit(http::response<http::string_body>& response) {
    if (options.requests_per_minute <= 0) return true;
    const std::lock_guard lock(mutex);
    const double rate = options.requests_per_minute / 60, now = seconds_now();
    level = std::min(rate, filled == 0 ? rate : level + (now - filled) * rate);
    filled = now;
    response.set("x-ratelimit-limit-requests", std::to_string(static_cast<int>(options.requests_per_minute)));
    response.set("x-ratelimit-remaining-requests", std::to_string(std::max(0, static_cast<int>(level))));
    response.set("x-ratelimit-reset-requests", std::to_string((rate - level) / rate) + "s");
    if (level < 1) return false;
    level -= 1;
    return true;
  }

  void note(Seen what) {
    const std::lock_guard lock(mutex);
    if (log.is_open()) {
      log << Json{{"path", what.path},     {"body", what.body}, {"headers", what.headers},
                  {"status", what.status}, {"at", what.at},     {"connection", what.connection}}
                 .dump()
          << std::endl;
    }
    if (!log.is_open() && options.remembers) seen.push_back(std::move(what));
  }

  void reset(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  template <class Stream>
  void serve(Stream& stream, tcp::socket& socket) {
    beast::flat_buffer buffer;
    const int connection = ++connections;
    while (!ends) {
      http::request<http::string_body> request;
      http::read(stream, buffer, request);
      if (!answer(stream, socket, request, connection)) return;
    }
  }

  template <class Stream>
  bool answer(Stream& stream, tcp::socket& socket, const http::request<http::string_body>& request, int connection);
  template <class Stream>
  bool send(Stream& stream, tcp::socket& socket, http::response<http::string_body>& response, Fault fault);

  void open(tcp::socket socket) {
    const int descriptor = socket.native_handle();
    {
      const std::lock_guard lock(mutex);
      sockets.insert(descriptor);
    }
    try {
      if (options.certificate.empty()) {
        serve(socket, socket);
      } else {
        asio::ssl::stream<tcp::socket&> stream(socket, tls);
        stream.handshake(asio::ssl::stream_base::server);
        serve(stream, socket);
      }
    } catch (const std::exception&) {  // the other side went away, as it may
    }
    const std::lock_guard lock(mutex);
    sockets.erase(descriptor);
  }
};

template <class Stream>
bool RemoteServer::Rep::answer(Stream& stream, tcp::socket& socket, const http::request<http::string_body>& request,
                               int connection) {
  Seen what{std::string(request.target()),
            Json::parse(request.body(), nullptr, false),
            Json::object(),
            0,
            seconds_now(),
            connection};
  if (what.body.is_discarded()) what.body = nullptr;  // a form, or nothing
  for (const auto& field : request) what.headers[std::string(field.name_string())] = std::string(field.value());
  if (options.latency_ms > 0)
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(options.latency_ms));
  http::response<http::string_body> response{http::status::ok, 11};
  response.set(http::field::content_type, "application/json");
  response.keep_alive(request.keep_alive());
  Fault fault = what.path.starts_with("/v1/models") ? Fault::none : fault_for(what.body, what.path + request.body());
  const std::string authorization(request[http::field::authorization]);
  if (!options.key.empty() && authorization != "Bearer " + options.key &&
      std::string(request["x-api-key"]) != options.key)
    fault = Fault::bad_key;
  const auto refuse = [&](int status, const Json& body) {
    response.result(static_cast<unsigned>(status));
    response.body() = body.dump();
  };
  if (what.path.starts_with("/v1/models")) {
    const ApiAnswer made =
        options.models.empty() ? ApiAnswer{404, error_body("unknown path", "not_found"), ""}
        : fault == Fault::bad_key
            ? ApiAnswer{401, error_body("Incorrect API key provided: " + authorization, "invalid_api_key"), ""}
            : models_answer(what.path, options.models);
    refuse(made.status, made.body);
    fault = Fault::none;
  } else if (!within_limit(response)) {
    refuse(429, error_body("Rate limit reached", "rate_limit_exceeded"));
    fault = Fault::none;
  } else if (fault == Fault::too_many || fault == Fault::too_many_retry_after) {
    refuse(429, error_body("Rate limit reached", "rate_limit_exceeded"));
    if (fault == Fault::too_many_retry_after) response.set("retry-after-ms", "20");
  } else if (fault == Fault::error_500 || fault == Fault::error_502 || fault == Fault::error_503) {
    refuse(fault == Fault::error_500   ? 500
           : fault == Fault::error_502 ? 502
                                       : 503,
           error_body("it is not well", "server_error"));
  } else if (fault == Fault::bad_key) {
    refuse(401, error_body("Incorrect API key provided: " + authorization, "invalid_api_key"));
  } else if (fault == Fault::unknown_model) {
    refuse(404, error_body("The model does not exist", "model_not_found"));
  } else if (fault == Fault::too_long) {
    refuse(400, error_body("This model's maximum context length is 8 tokens", "context_length_exceeded"));
  } else if (fault == Fault::filtered) {
    refuse(400, error_body("The response was filtered", "content_filter"));
  } else {
    const auto job = fine_tuning.answer(std::string(request.method_string()), what.path,
                                        std::string(request[http::field::content_type]), request.body());
    const ApiAnswer made = job              ? *job
                           : options.answer ? options.answer(what.path, what.body)
                                            : api_answer(what.path, what.body, options.words, fingerprint());
    response.result(static_cast<unsigned>(made.status));
    for (const auto& [name, value] : made.headers) response.set(name, value);
    response.body() = made.events.empty() ? made.body.dump() : made.events;
    if (!made.events.empty()) response.set(http::field::content_type, "text/event-stream");
  }
  const bool whole = fault == Fault::none || fault == Fault::split_sse || fault == Fault::duplicate_chunks ||
                     fault == Fault::gzip || fault == Fault::slow_drip;
  const bool has_status = whole || response.result_int() != 200;
  what.status = has_status ? static_cast<int>(response.result_int()) : 0;
  note(std::move(what));
  return send(stream, socket, response, fault);
}

template <class Stream>
bool RemoteServer::Rep::send(Stream& stream, tcp::socket& socket, http::response<http::string_body>& response,
                             Fault fault) {
  std::string& body = response.body();
  const auto raw = [&](const std::string& bytes) { asio::write(stream, asio::buffer(bytes)); };
  const auto head = [&](std::size_t length) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
  };
  switch (fault) {
    case Fault::reset_before_headers:
      reset(socket);
      return false;
    case Fault::reset_after_headers:
      raw(head(body.size()));
      reset(socket);
      return false;
    case Fault::reset_in_body:
      raw(head(body.size()) + body.substr(0, body.size() / 2));
      reset(socket);
      return false;
    case Fault::stall: {
      char byte = 0;
      boost::system::error_code ended;
      socket.read_some(asio::buffer(&byte, 1), ended);  // until the other side gives up
      return false;
    }
    case Fault::long_length:
      raw(head(body.size() + 10) + body);
      return false;
    case Fault::short_length:
      raw(head(body.size() - 10) + body);
      return false;
    case Fault::huge_body: {
      raw(head(options.huge_bytes));
      const std::string piece(1U << 20U, 'x');
      for (std::size_t sent = 0; sent < options.huge_bytes; sent += piece.size()) raw(piece);
      return false;
    }
    case Fault::slow_drip:
    case Fault::split_sse: {  // a byte at a time where it is short, so that every letter and line is cut somewhere
      raw("HTTP/1.1 200 OK\r\nContent-Type: " + std::string(response[http::field::content_type]) +
          "\r\nTransfer-Encoding: chunked\r\n\r\n");
      const std::size_t step = fault == Fault::split_sse ? 1 : std::max<std::size_t>(1, body.size() / 20);
      for (std::size_t at = 0; at < body.size(); at += step) {
        const std::string piece = body.substr(at, step);
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
        raw(size.data() + piece + "\r\n");
        if (fault == Fault::slow_drip) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      raw("0\r\n\r\n");
      return true;
    }
    case Fault::duplicate_chunks: {
      std::string twice;
      for (std::size_t at = 0; at < body.size();) {
        const std::size_t end = std::min(body.find("\n\n", at), body.size() - 2) + 2;
        const std::string one = body.substr(at, end - at);
        twice += one.find("[DONE]") == std::string::npos && one.find("data:") != std::string::npos ? one + one : one;
        at = end;
      }
      if (response[http::field::content_type] == "text/event-stream") body = twice;
      break;
    }
    case Fault::truncated_json:
      body.resize(body.size() / 2);
      break;
    case Fault::malformed_json:
      body = "{\"choices\": [}";
      break;
    case Fault::gzip:
      body = gzipped(body);
      response.set(http::field::content_encoding, "gzip");
      break;
    default:
      break;
  }
  response.prepare_payload();
  http::write(stream, response);
  return response.keep_alive();
}

RemoteServer::RemoteServer(Options options) : rep_(std::shared_ptr<Rep>(new Rep{std::move(options)})) {
  Rep& rep = *rep_;
  if (rep.options.faults.empty()) {
    for (const char* name : {"too_many", "too_many_retry_after", "error_500", "error_502", "error_503",
                             "reset_before_headers", "reset_after_headers", "reset_in_body", "truncated_json",
                             "malformed_json", "short_length", "long_length", "slow_drip"}) {
      rep.options.faults.push_back(fault_named(name));
    }
  }
  if (!rep.options.log.empty()) rep.log.open(rep.options.log, std::ios::app);
  if (!rep.options.certificate.empty()) {
    rep.tls.use_certificate_chain_file(rep.options.certificate);
    rep.tls.use_private_key_file(rep.options.private_key, asio::ssl::context::pem);
  }
  const tcp::endpoint place(asio::ip::address_v4::loopback(), static_cast<unsigned short>(rep.options.port));
  rep.acceptor.open(place.protocol());
  rep.acceptor.set_option(asio::socket_base::reuse_address(true));
  rep.acceptor.bind(place);
  rep.acceptor.listen(1024);
  std::thread([rep = rep_] {
    while (!rep->ends) {
      boost::system::error_code error;
      tcp::socket socket(rep->context);
      rep->acceptor.accept(socket, error);
      if (error) return;
      socket.set_option(tcp::no_delay(true), error);
      std::thread([rep, socket = std::move(socket)]() mutable { rep->open(std::move(socket)); }).detach();
    }
  }).detach();
}

RemoteServer::~RemoteServer() {
  rep_->ends = true;
  ::shutdown(rep_->acceptor.native_handle(), SHUT_RDWR);
  const std::lock_guard lock(rep_->mutex);
  for (const int descriptor : rep_->sockets) ::shutdown(descriptor, SHUT_RDWR);
}

int RemoteServer::port() const { return rep_->acceptor.local_endpoint().port(); }

std::string RemoteServer::url() const {
  return (rep_->options.certificate.empty() ? "http://localhost:" : "https://localhost:") + std::to_string(port()) +
         "/v1";
}

std::vector<RemoteServer::Seen> RemoteServer::seen() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->seen;
}

}  // namespace assay::test
