#include "models/remote/endpoint.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cmath>

#include "models/remote/completion_json.h"

namespace assay::models::remote {
namespace asio = boost::asio;

namespace {

double wall_seconds() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

Endpoint::Endpoint(RemoteSettings settings, Surroundings& around)
    : settings_(std::move(settings)), around_(around), dialect_(dialect_of(settings_)), client_(around.context, parse_url(settings_.base_url), settings_.http),
      pacer_(settings_.pace), retries_(settings_.retries), timer_(around.context) {
  if (!settings_.record.empty()) recorder_.emplace(settings_.record);
}

double Endpoint::now() const { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

void Endpoint::ask(Ask ask) {
  if (auto known = around_.journal.find(ask.key)) {
    Outcome outcome;
    outcome.completion = completion_from_json(*known);
    outcome.cached = true;
    if (recorder_) recorder_->add(ask.key, ask.request, outcome.completion, settings_.model, settings_.key);
    ask.deliver(std::move(outcome));
    return;
  }
  if (!stopped_.empty()) {
    Outcome outcome;
    outcome.completion.error = stopped_;
    outcome.over_budget = over_budget_;
    ask.deliver(std::move(outcome));
    return;
  }
  if (const auto equal = under_way_.find(ask.key); equal != under_way_.end()) {
    equal->second->others.push_back(std::move(ask.deliver));
    return;
  }
  auto task = std::make_shared<Task>();
  task->ask = std::move(ask);
  under_way_.emplace(task->ask.key, task);
  waiting_.push_back(std::move(task));
  retries_.request();
}

void Endpoint::look_again_in(double seconds) {
  const double at = now() + seconds;
  if (timer_at_ > now() && timer_at_ <= at) return;
  timer_at_ = at;
  timer_.expires_after(std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e6))));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    timer_at_ = 0;
    pump();
  });
}

void Endpoint::pump() {
  const double time = now();
  while (!later_.empty() && later_.begin()->first <= time) {
    waiting_.push_front(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
  if (!later_.empty()) look_again_in(later_.begin()->first - time);
  while (!waiting_.empty()) {
    if (breaker_.has_given_up(time)) return stop("the server has not answered for a long time; run again when it does", false);
    Task& task = *waiting_.front();
    const double wait = std::max(pacer_.wait(time, task.ask.tokens), breaker_.wait(time));
    if (wait > 0) {
      if (std::isfinite(wait)) look_again_in(wait);
      return;
    }
    const Allowance::Answer money = around_.allowance.reserve(task.ask.most_dollars);
    if (money == Allowance::Answer::spent) return stop(around_.allowance.spent_words(), true);
    if (money == Allowance::Answer::later) return;  // somebody's settling looks again
    pacer_.sent(time, task.ask.tokens);
    breaker_.sent();
    ++task.attempts;
    task.sent_at = time;
    TaskPtr sent = std::move(waiting_.front());
    waiting_.pop_front();
    asio::co_spawn(around_.context, send(std::move(sent)), asio::detached);
  }
}

asio::awaitable<Outcome> Endpoint::exchange(Task& task, RateHeaders& said, std::optional<Failure>& failure) {
  Outcome outcome;
  std::optional<TransportError> broken;
  try {
    HttpRequest request{"POST", task.ask.path, dialect_->headers(), task.ask.body};
    std::unique_ptr<AnswerStream> stream = task.ask.streams ? dialect_->stream() : nullptr;
    EventReader events;
    if (stream) {
      request.on_body = [&](std::string_view piece) {
        for (const ServerEvent& event : events.feed(piece)) stream->take(event);
        if (!outcome.first_token_ms && stream->has_text()) outcome.first_token_ms = (now() - task.sent_at) * 1000;
      };
    }
    const HttpResponse answer = co_await client_.send(std::move(request));
    said = RateHeaders::read(answer.headers, wall_seconds());
    if (answer.status / 100 != 2) {
      failure = failure_of(answer, settings_.model);
      co_return outcome;
    }
    const Json json = stream ? stream->whole() : Json::parse(answer.body, nullptr, false);
    if (!json.is_object()) throw Malformed("the answer is no JSON object");
    keep(task, dialect_->read(task.ask.request, json), outcome);
  } catch (const TransportError& error) {
    failure = failure_of(error);
  } catch (const Malformed& error) {
    failure = Failure{Failure::What::again, error.what(), false, true};
  } catch (const Json::exception& error) {
    failure = Failure{Failure::What::again, fmt::format("the answer is not what the API says: {}", error.what()), false, true};
  }
  co_return outcome;
}

/// What was answered is in the journal before anybody counts it.
void Endpoint::keep(Task& task, const WireAnswer& answer, Outcome& outcome) {
  outcome.completion = answer.completion;
  outcome.completion.milliseconds = (now() - task.sent_at) * 1000;
  outcome.reasoning_tokens = answer.reasoning_tokens;
  const double paid = settings_.price ? settings_.price->of(answer.completion.usage) : 0;
  around_.journal.add(task.ask.key, paid, to_json(outcome.completion));
  if (recorder_) recorder_->add(task.ask.key, task.ask.request, outcome.completion, answer.model.empty() ? settings_.model : answer.model, settings_.key);
  const auto changed = [&](std::string& last, const std::string& is, const char* what) {
    if (!last.empty() && !is.empty() && last != is) {
      outcome.note = fmt::format("the server's {} became '{}', it was '{}': answers before and after come from different models", what, is, last);
    }
    if (!is.empty()) last = is;
  };
  changed(server_model_, answer.model, "model");
  changed(fingerprint_, answer.fingerprint, "fingerprint");
}

asio::awaitable<void> Endpoint::send(TaskPtr task) {
  RateHeaders said;
  std::optional<Failure> failure;
  Outcome outcome;
  try {
    outcome = co_await exchange(*task, said, failure);
  } catch (const std::exception& error) {  // a journal that cannot be written: asking on would be paid twice
    failure = Failure{Failure::What::stop, error.what()};
  }
  pacer_.came_back(now(), task->sent_at, said, failure && failure->busy);
  const double paid = !failure && settings_.price ? settings_.price->of(outcome.completion.usage) : 0;
  around_.allowance.settle(task->ask.most_dollars, paid);
  if (failure) {
    if (failure->trouble) {
      breaker_.failed(now());
    } else {
      breaker_.answered();
    }
    failed(task, *failure, said, said.retry_after.has_value());
  } else {
    answered_any_ = true;
    breaker_.answered();
    outcome.sendings = task->attempts;
    finish(*task, std::move(outcome));
  }
  around_.money_came_back();
}

void Endpoint::failed(const TaskPtr& task, const Failure& failure, const RateHeaders& said, bool /*answered*/) {
  using What = Failure::What;
  const std::string reason = without_key(failure.reason, settings_.key);
  Outcome outcome;
  outcome.sendings = task->attempts;
  outcome.completion.error = reason;
  switch (failure.what) {
    case What::filtered:
      outcome.completion.error.clear();
      outcome.completion.samples.resize(1);
      outcome.completion.samples.front().finish_reason = "content_filter";
      outcome.note = reason;
      break;
    case What::stop:
      stop(reason, false);
      break;
    case What::invalid:
      if (!answered_any_) stop(reason, false);
      break;
    case What::refused:
      break;
    case What::again: {
      if (!stopped_.empty()) break;
      if (task->attempts >= settings_.retries.attempts) {
        outcome.completion.error = fmt::format("given up after {} attempts: {}", task->attempts, reason);
        break;
      }
      if (!retries_.take()) {
        outcome.completion.error = fmt::format("given up, as too many of this run's requests fail: {}", reason);
        break;
      }
      double wait = backoff(settings_.retries, task->attempts + 1, std::hash<std::string>()(task->ask.key));
      if (said.retry_after) wait = std::max(wait, *said.retry_after);
      later_.emplace(now() + wait, task);
      return;
    }
  }
  finish(*task, std::move(outcome));
}

void Endpoint::finish(Task& task, Outcome outcome) {
  under_way_.erase(task.ask.key);
  for (const auto& deliver : task.others) {
    Outcome again = outcome;
    again.cached = again.completion.error.empty();
    again.sendings = 0;
    again.note.clear();
    deliver(std::move(again));
  }
  task.ask.deliver(std::move(outcome));
}

void Endpoint::stop(const std::string& reason, bool over_budget) {
  stopped_ = reason;
  over_budget_ = over_budget;
  std::vector<TaskPtr> all(waiting_.begin(), waiting_.end());
  for (auto& [when, task] : later_) all.push_back(task);
  waiting_.clear();
  later_.clear();
  for (const TaskPtr& task : all) {
    Outcome outcome;
    outcome.completion.error = reason;
    outcome.over_budget = over_budget;
    outcome.sendings = task->attempts;
    finish(*task, std::move(outcome));
  }
}

}  // namespace assay::models::remote
