#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "remote_server/answers.h"
#include "remote_server/fine_tuning.h"

namespace assay::test {

/// What goes wrong with an answer.
enum class Fault {
  none,
  too_many,
  too_many_retry_after,
  error_500,
  error_502,
  error_503,
  reset_before_headers,
  reset_after_headers,
  reset_in_body,
  stall,
  slow_drip,
  truncated_json,
  malformed_json,
  split_sse,
  duplicate_chunks,
  short_length,
  long_length,
  huge_body,
  bad_key,
  unknown_model,
  too_long,
  filtered,
  gzip
};
Fault fault_named(const std::string& name);

/// A server on the loopback that speaks OpenAI's and Anthropic's APIs, and fails as it is told. What it answers depends on
/// what it is asked alone. A thread a connection.
class RemoteServer {
 public:
  struct Options {
    double fault_share = 0;     ///< of requests; which ones is drawn from what is asked and how often
    std::vector<Fault> faults;  ///< those that are drawn; empty: all that a retry mends
    std::function<Fault(const Json& body, int times)>
        fault_of;                    ///< in the place of a draw; `times` it was asked before
    double requests_per_minute = 0;  ///< kept, and told in headers; 0: no limit
    double latency_ms = 0;
    std::vector<std::string> words;  ///< an answer is one of these; empty: a text made from the prompt
    std::function<ApiAnswer(const std::string& path, const Json& body)>
        answer;                            ///< in the place of those; from many threads
    std::string log;                       ///< a JSON line a request; empty: none
    std::string key;                       ///< asked for; empty: any
    std::string certificate, private_key;  ///< PEM files: TLS
    std::size_t huge_bytes = 100U << 20U;
    std::string fingerprint = "fp_test";
    int fingerprint_lasts = 0;        ///< answers of a completion after which it becomes another, "fp_test_2"; 0: never
    std::vector<std::string> models;  ///< as models_answer takes them; empty: there is no /models
    int port = 0;
    bool remembers = true;  ///< what it saw, in memory or in the log
    FineTuning::Options jobs = {};
  };
  explicit RemoteServer(Options);
  ~RemoteServer();
  RemoteServer(const RemoteServer&) = delete;
  RemoteServer& operator=(const RemoteServer&) = delete;

  [[nodiscard]] int port() const;
  [[nodiscard]] std::string url() const;  ///< with /v1

  /// A request that it saw: its body, path and headers, and the status that it was given (0: none).
  struct Seen {
    std::string path;
    Json body, headers;
    int status = 0;
    double at = 0;       ///< seconds of the steady clock
    int connection = 0;  ///< that it came by
  };
  [[nodiscard]] std::vector<Seen> seen() const;

 private:
  struct Rep;
  std::shared_ptr<Rep> rep_;
};

}  // namespace assay::test
