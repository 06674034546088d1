#pragma once
// clang-format off
#include <utility>  // Boost 1.74's asio/awaitable.hpp misses it under g++ 12
// clang-format on

#include <assay/sdk/error.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/remote/url.h"

namespace assay::models::remote {

struct HttpOptions {
  std::string ca_file;                  ///< PEM, in place of the system's authorities; empty: those
  double connect_seconds = 10;          ///< name, connection, proxy and TLS together
  double read_seconds = 120;            ///< between two arrivals of bytes
  double total_seconds = 600;           ///< of one request
  std::size_t most_bytes = 64U << 20U;  ///< of an answer's body, unpacked
};

struct HttpRequest {
  std::string method = "POST";
  std::string path;  ///< after the address's own
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::function<void(std::string_view)> on_body = {};  ///< is told each piece of a 2xx answer's body as it comes
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in small letters
  std::string body;
};

/// No whole answer came.
class TransportError : public Error {
 public:
  enum class Kind {
    connect,  ///< nobody answers there
    refused,  ///< a proxy does not let it pass
    tls,      ///< the server is not who it should be
    timeout,
    broken,  ///< the connection ended, or what came is no HTTP
    too_large,
  };
  TransportError(Kind what, const std::string& message) : Error(message), kind(what) {}
  Kind kind;
};

/// HTTP/1.1 to one address: connections are kept and used again, as many as there are requests at one time. TLS with the
/// server's certificate and name verified always. All on one thread, that of the io_context, which outlives this.
class HttpClient {
 public:
  /// @throws BadInput for a `ca_file` that cannot be read
  HttpClient(boost::asio::io_context&, Url, HttpOptions);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any status is an answer. @throws TransportError
  boost::asio::awaitable<HttpResponse> send(HttpRequest);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// One exchange, waited for; runs `context`, which nothing else may use meanwhile. @throws TransportError
HttpResponse send_and_wait(boost::asio::io_context& context, HttpClient& client, const HttpRequest& request);

/// A body of multipart/form-data, as file uploads need it.
class MultipartForm {
 public:
  void field(const std::string& name, const std::string& value);
  void file(const std::string& name, const std::string& file_name, const std::string& content);
  [[nodiscard]] std::string content_type() const;
  [[nodiscard]] std::string body() const;

 private:
  std::string parts_;
};

}  // namespace assay::models::remote
