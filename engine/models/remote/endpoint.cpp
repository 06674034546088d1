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

constexpr double kLongestHold = 600;  // seconds; a quota of a day is not waited for

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What the journal keeps beside a completion, as it is no part of it: whom it is from, its reasoning, when it began.
constexpr const char* kFrom = "from";
constexpr const char* kReasoning = "reasoning";
constexpr const char* kFirstToken = "first_token_ms";

void note_rest(Json& kept, const Outcome& outcome) {
  if (outcome.reasoning_tokens > 0) kept[kReasoning] = outcome.reasoning_tokens;
  if (outcome.first_token_ms) kept[kFirstToken] = *outcome.first_token_ms;
  if (outcome.from.says_anything()) kept[kFrom] = {outcome.from.model, outcome.from.fingerprint, outcome.answered_at};
}

void read_rest(const Json& kept, const std::string& asked, Outcome& outcome) {
  outcome.reasoning_tokens = kept.value(kReasoning, std::int64_t{0});
  if (kept.contains(kFirstToken)) outcome.first_token_ms = kept[kFirstToken].get<double>();
  outcome.from.asked = asked;
  if (!kept.contains(kFrom)) return;  // journals of before it was kept, servers that do not say
  const Json& from = kept[kFrom];
  outcome.from.model = from.at(0), outcome.from.fingerprint = from.at(1), outcome.answered_at = from.at(2);
}

}  // namespace

Endpoint::Endpoint(RemoteSettings settings, Surroundings& around)
    : settings_(std::move(settings)),
      around_(around),
      dialect_(dialect_of(settings_)),
      client_(around.context, parse_url(settings_.base_url), settings_.http),
      pacer_(settings_.pace),
      retries_(settings_.retries),
      breaker_(settings_.circuit),
      timer_(around.context) {
  if (!settings_.record.empty()) recorder_.emplace(settings_.record);
}

double Endpoint::now() const { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

void Endpoint::ask(Ask ask) {
  if (auto known = around_.journal.find(ask.key)) {
    Outcome outcome;
    outcome.completion = completion_from_json(*known);
    outcome.cached = true;
    read_rest(*known, ask.model, outcome);
    if (recorder_) recorder_->add(ask.key, ask.request, outcome.completion, settings_.model, settings_.secrets());
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
    if (breaker_.has_given_up(time)) {
      return stop(
          fmt::format("the server has not answered for a long time (the last that came: {}); run again when it does",
                      last_trouble_),
          false);
    }
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
    bool has_events = false;
    const auto take = [&](std::string_view piece) {
      for (const ServerEvent& event : events.feed(piece)) {
        has_events = true;
        stream->take(event);
      }
    };
    if (stream) {
      request.on_body = [&](std::string_view piece) {
        take(piece);
        if (!outcome.first_token_ms && stream->has_text()) outcome.first_token_ms = (now() - task.sent_at) * 1000;
      };
    }
    const HttpResponse answer = co_await client_.send(std::move(request));
    said = RateHeaders::read(answer.headers, wall_seconds());
    if (answer.status / 100 != 2) {
      failure = failure_of(answer, settings_.model);
      co_return outcome;
    }
    if (stream) take("\n\n");                    // the end of the answer ends an event that has no blank line after it
    const bool streamed = stream && has_events;  // a server that knows no streams answers as one piece
    const Json json = streamed ? stream->whole() : Json::parse(answer.body, nullptr, false);
    if (!json.is_object())
      throw Malformed(stream ? "the answer is neither a stream nor a JSON object" : "the answer is no JSON object");
    if (tells_error(json)) throw ErrorInAnswer(json);
    keep(task, dialect_->read(task.ask.request, json), outcome);
  } catch (const TransportError& error) {
    failure = failure_of(error);
  } catch (const ErrorInAnswer& error) {
    failure = failure_of(error.told, settings_.model);
  } catch (const Lacking& error) {
    failure = Failure{Failure::What::invalid, error.what()};
  } catch (const Malformed& error) {
    failure = Failure{Failure::What::again, error.what(), false, true};
  } catch (const Json::exception& error) {
    failure = Failure{Failure::What::again, fmt::format("the answer is not what the API says: {}", error.what()), false,
                      true};
  }
  co_return outcome;
}

/// What was answered is in the journal before anybody counts it.
void Endpoint::keep(Task& task, const WireAnswer& answer, Outcome& outcome) {
  outcome.completion = answer.completion;
  outcome.completion.milliseconds = (now() - task.sent_at) * 1000;
  outcome.reasoning_tokens = answer.reasoning_tokens;
  outcome.from = {task.ask.model, answer.model, answer.fingerprint};
  outcome.answered_at = static_cast<std::int64_t>(wall_seconds() * 1000);
  const double paid = settings_.price ? settings_.price->of(answer.completion.usage) : 0;
  Json kept = to_json(outcome.completion);
  note_rest(kept, outcome);
  around_.journal.add(task.ask.key, paid, kept);
  if (recorder_)
    recorder_->add(task.ask.key, task.ask.request, outcome.completion,
                   answer.model.empty() ? settings_.model : answer.model, settings_.secrets());
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
    failed(task, *failure, said);
  } else {
    answered_any_ = true;
    breaker_.answered();
    outcome.sendings = task->attempts;
    finish(*task, std::move(outcome));
  }
  around_.money_came_back();
}

void Endpoint::failed(const TaskPtr& task, const Failure& failure, const RateHeaders& said) {
  using What = Failure::What;
  const std::string reason = without_secrets(failure.reason, settings_.secrets());
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
      last_trouble_ = reason;
      if (!stopped_.empty()) break;
      if (said.retry_after.value_or(0) > kLongestHold) {
        outcome.completion.error =
            fmt::format("{}; it asks to wait for {:.0f} minutes: run again then, what was answered is kept", reason,
                        *said.retry_after / 60);
        stop(outcome.completion.error, false);
        break;
      }
      if (task->attempts >= settings_.retries.attempts) {
        outcome.completion.error = fmt::format("given up after {} attempts: {}", task->attempts, reason);
        break;
      }
      if (!retries_.take()) {
        outcome.completion.error =
            fmt::format("given up, as too many of this run's requests fail (`retries.share`): {}", reason);
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
