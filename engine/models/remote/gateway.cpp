#include "models/remote/gateway.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <future>
#include <thread>

namespace assay::models::remote {
namespace asio = boost::asio;

struct Gateway::Rep {
  explicit Rep(const Options& options)
      : journal(options.journal, options.run),
        allowance(options.dollars, journal.dollars_of_run()),
        work(asio::make_work_guard(context)) {}

  /// Once for all that settle together.
  void look_again() {
    if (std::exchange(looking, true)) return;
    asio::post(context, [this] {
      looking = false;
      for (auto& [name, endpoint] : endpoints) endpoint->pump();
    });
  }

  asio::io_context context{1};
  AnswerJournal journal;
  Allowance allowance;
  Surroundings around{context, journal, allowance, [this] { look_again(); }};
  std::map<std::string, std::unique_ptr<Endpoint>> endpoints;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  bool looking = false;
  std::thread thread;
};

Gateway::Gateway(const Options& options) : rep_(std::make_unique<Rep>(options)) {
  rep_->thread = std::thread([this] { rep_->context.run(); });
}

Gateway::~Gateway() {
  rep_->context.stop();
  rep_->thread.join();
}

void Gateway::ask(const RemoteSettings& settings, std::vector<Ask> asks) {
  asio::post(rep_->context, [this, settings, asks = std::move(asks)]() mutable {
    try {
      auto& endpoint = rep_->endpoints[settings.identity()];
      if (!endpoint) endpoint = std::make_unique<Endpoint>(settings, rep_->around);
      for (Ask& ask : asks) endpoint->ask(std::move(ask));
      endpoint->pump();
    } catch (const std::exception& error) {  // a ca_file or `record` that cannot be opened
      for (Ask& ask : asks) {
        if (!ask.deliver) continue;
        Outcome outcome;
        outcome.completion.error = error.what();
        ask.deliver(std::move(outcome));
      }
    }
  });
}

bool Gateway::hold(double dollars, bool anyway) {
  std::promise<bool> answer;
  asio::post(rep_->context, [&] { answer.set_value(rep_->allowance.hold(dollars, anyway)); });
  return answer.get_future().get();
}

void Gateway::release(double held) {
  asio::post(rep_->context, [this, held] {
    rep_->allowance.release(held, 0);
    rep_->look_again();
  });
}

void Gateway::spent_elsewhere(double dollars) {
  asio::post(rep_->context, [this, dollars] { rep_->allowance.set_elsewhere(dollars); });
}

double Gateway::spent() {
  std::promise<double> answer;
  asio::post(rep_->context, [&] { answer.set_value(rep_->allowance.spent_here()); });
  return answer.get_future().get();
}

void Gateway::pay(const std::string& key, double dollars, const Json& what) {
  std::promise<void> done;
  asio::post(rep_->context, [&] {
    try {
      if (!rep_->journal.find(key)) {
        rep_->journal.add(key, dollars, what);
        rep_->allowance.release(0, dollars);
      }
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

}  // namespace assay::models::remote
