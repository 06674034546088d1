#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/remote/allowance.h"
#include "models/remote/answer_journal.h"
#include "models/remote/dialect.h"
#include "models/remote/failure.h"
#include "models/remote/recorder.h"
#include "models/remote/reported.h"

namespace assay::models::remote {

/// What came of a request.
struct Outcome {
  sdk::Completion completion;
  bool cached = false;       ///< it was answered before, or an equal one is asked just now: nothing is paid for it
  bool over_budget = false;  ///< not sent: the run's budget is spent
  int sendings = 0;          ///< times that it went over the wire
  std::optional<double> first_token_ms = {};
  std::int64_t reasoning_tokens = 0;
  std::string note = {};         ///< what a person should know
  Reported from = {};            ///< empty where nothing was answered
  std::int64_t answered_at = 0;  ///< milliseconds since 1970
};

/// One request and where its outcome goes.
struct Ask {
  sdk::Request request;
  std::string path, body, key;  ///< `key` names it among all requests of all endpoints
  std::string model;            ///< that it asks for
  bool streams = false;
  double tokens = 0;  ///< that a limit of tokens counts
  double most_dollars = 0;
  std::function<void(Outcome)> deliver;  ///< called on the client's thread
};

/// What all endpoints of a process share. All on one thread.
struct Surroundings {
  boost::asio::io_context& context;
  AnswerJournal& journal;
  Allowance& allowance;
  std::function<void()> money_came_back;  ///< those that wait for the allowance look again
};

/// One model at one server: what waits to be sent, how fast it may be, what is tried again, what was answered before.
class Endpoint {
 public:
  Endpoint(RemoteSettings, Surroundings&);

  void ask(Ask);
  void pump();  ///< sends what may be sent now

 private:
  using Clock = std::chrono::steady_clock;
  /// A request on its way, with all that wait for its answer.
  struct Task {
    Ask ask;
    std::vector<std::function<void(Outcome)>> others;
    int attempts = 0;
    double sent_at = 0;
  };
  using TaskPtr = std::shared_ptr<Task>;

  boost::asio::awaitable<void> send(TaskPtr);
  boost::asio::awaitable<Outcome> exchange(Task&, RateHeaders& said, std::optional<Failure>& failure);
  void settle(const TaskPtr&, Outcome);
  void failed(const TaskPtr&, const Failure&, const RateHeaders&);
  void finish(Task&, Outcome);  ///< tells all that wait
  void keep(Task&, const WireAnswer&, Outcome&);
  void stop(const std::string& reason, bool over_budget);
  void look_again_in(double seconds);
  [[nodiscard]] double now() const;

  RemoteSettings settings_;
  Surroundings& around_;
  std::unique_ptr<Dialect> dialect_;
  HttpClient client_;
  Pacer pacer_;
  RetryBudget retries_;
  CircuitBreaker breaker_;
  std::optional<Recorder> recorder_;
  std::deque<TaskPtr> waiting_;
  std::multimap<double, TaskPtr> later_;                ///< by when they are tried again
  std::unordered_map<std::string, TaskPtr> under_way_;  ///< by key: waiting, later or in flight
  boost::asio::steady_timer timer_;
  double timer_at_ = 0;
  bool answered_any_ = false;
  std::string last_trouble_;  ///< why the last request that is tried again failed
  std::string stopped_;       ///< why nothing is asked any more
  bool over_budget_ = false;
};

}  // namespace assay::models::remote
