#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "models/remote/allowance.h"
#include "models/remote/backoff.h"
#include "models/remote/failure.h"
#include "models/remote/pacer.h"

namespace assay::models::remote {
namespace {

TEST(RateHeadersTest, DurationsDatesAndNonsense) {
  const auto read = RateHeaders::read({{"x-ratelimit-limit-requests", "600"},
                                       {"x-ratelimit-remaining-requests", "0"},
                                       {"x-ratelimit-reset-requests", "6m0s"},
                                       {"x-ratelimit-limit-tokens", "-1"},
                                       {"x-ratelimit-reset-tokens", "12ms"},
                                       {"retry-after", "2.5"}},
                                      0);
  EXPECT_EQ(read.requests, 600);
  EXPECT_EQ(read.requests_left, 0);
  EXPECT_EQ(read.requests_reset, 360);
  EXPECT_FALSE(read.tokens);
  EXPECT_NEAR(read.tokens_reset.value(), 0.012, 1e-9);
  EXPECT_EQ(read.retry_after, 2.5);
  EXPECT_EQ(RateHeaders::read({{"retry-after", "Thu, 01 Jan 1970 00:01:00 GMT"}}, 10).retry_after, 50);
  const auto theirs = RateHeaders::read(
      {{"anthropic-ratelimit-requests-limit", "50"}, {"anthropic-ratelimit-requests-reset", "1970-01-01T00:00:30Z"}},
      10);
  EXPECT_EQ(theirs.requests, 50);
  EXPECT_EQ(theirs.requests_reset, 20);
  for (const auto& [text, seconds] :
       std::vector<std::pair<std::string, double>>{{"1m30.5s", 90.5},
                                                   {"6ms", 0.006},
                                                   {"2m59.56s", 179.56},
                                                   {"7.66s", 7.66},
                                                   {"0", 0},
                                                   {"1970-01-01T00:01:00.250Z", 50},
                                                   {"1970-01-01T02:01:00+02:00", 50},
                                                   {"Thursday, 01-Jan-70 00:01:00 GMT", 50},
                                                   {"Thu Jan  1 00:01:00 1970", 50},
                                                   {"Thu, 01 Jan 1970 00:00:01 GMT", 0}}) {
    EXPECT_NEAR(RateHeaders::read({{"x-ratelimit-reset-requests", text}}, 10).requests_reset.value(), seconds, 1e-9)
        << text;
  }
  EXPECT_NEAR(RateHeaders::read({{"x-ratelimit-reset-tokens", "1741305630"}}, 1741305600).tokens_reset.value(), 30,
              1e-6);
  EXPECT_NEAR(RateHeaders::read({{"x-ratelimit-reset-tokens", "1741305630000"}}, 1741305600).tokens_reset.value(), 30,
              1e-6);
  EXPECT_FALSE(RateHeaders::read({{"retry-after", "soon"}, {"retry-after-ms", "x"}}, 0).retry_after);
}

/// A server that allows `most` requests within any `window` seconds, asked as fast as the pacer lets.
struct Simulation {
  double requests_a_minute, window;
  int refused = 0, refused_late = 0, answered = 0;

  void run(Pacer& pacer, double seconds) {
    std::deque<double> answered_at;
    std::deque<double> coming;  // sent at; back after 50 ms
    const double most = requests_a_minute / 60 * window;
    for (double now = 0; now < seconds; now += 0.001) {
      while (!coming.empty() && coming.front() + 0.05 <= now) {
        while (!answered_at.empty() && answered_at.front() <= now - window) answered_at.pop_front();
        RateHeaders said;
        said.requests = requests_a_minute;
        const bool ok = static_cast<double>(answered_at.size()) < most;
        if (ok) answered_at.push_back(now);
        ++(ok ? answered : refused);
        if (!ok && now > 10) ++refused_late;
        pacer.came_back(now, coming.front(), said, !ok);
        coming.pop_front();
      }
      while (pacer.wait(now, 1) == 0) {
        pacer.sent(now, 1);
        coming.push_back(now);
      }
    }
  }
};

TEST(PacerTest, ALimitThatHeadersTellIsUsedAndKept) {
  for (const double window : {1.0, 10.0, 60.0}) {
    Pacer pacer({});
    Simulation server{600, window};
    server.run(pacer, 120);
    EXPECT_GE(server.answered, 0.9 * 1200) << window;
    EXPECT_LE(server.refused_late, 0.01 * server.answered) << window;
  }
}

TEST(PacerTest, ConfiguredTokensAreSpread) {
  Pacer pacer({0, 6000, 64});
  double sent = 0;
  for (double now = 0; now < 60; now += 0.01) {
    while (pacer.wait(now, 50) == 0) {
      pacer.sent(now, 50);
      pacer.came_back(now, now, {}, false);
      sent += 50;
    }
  }
  EXPECT_LE(sent, 6000);
  EXPECT_GE(sent, 5400);
}

TEST(PacerTest, TheWindowOpensAndFallsOnceARound) {
  Pacer pacer({0, 0, 64});
  for (int i = 0; i < 100; ++i) {
    pacer.sent(i, 1);
    pacer.came_back(i + 0.5, i, {}, false);
  }
  EXPECT_EQ(pacer.window(), 64);
  for (int i = 0; i < 8; ++i) pacer.sent(200, 1);
  for (int i = 0; i < 8; ++i) pacer.came_back(201, 200, {}, true);
  EXPECT_EQ(pacer.window(), 32);
  pacer.sent(202, 1);
  RateHeaders said;
  said.retry_after = 5;
  pacer.came_back(203, 202, said, true);
  EXPECT_EQ(pacer.window(), 16);
  EXPECT_DOUBLE_EQ(pacer.wait(204, 1), 4);
  for (int i = 0; i < 64; ++i) {
    if (!std::isinf(pacer.wait(300, 1))) pacer.sent(300, 1);
  }
  EXPECT_EQ(pacer.in_flight(), 16U);
}

TEST(BackoffTest, WaitsAreDrawnBelowADoublingBound) {
  const RetrySettings settings{7, 0.5, 30, 1};
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    for (int next = 2; next < 12; ++next) {
      const double wait = backoff(settings, next, seed);
      EXPECT_GE(wait, 0);
      EXPECT_LE(wait, std::min(30.0, 0.5 * std::pow(2, next - 2)));
    }
    sum += backoff(settings, 2, seed);
  }
  EXPECT_NEAR(sum / 1000, 0.25, 0.02);
}

TEST(RetryBudgetTest, RetriesAreAShareOfRequestsBesideTheFirstHundred) {
  RetryBudget budget({7, 0.5, 30, 0.5});
  for (int i = 0; i < 100; ++i) budget.request();
  int taken = 0;
  while (budget.take()) ++taken;
  EXPECT_EQ(taken, 150);
}

TEST(CircuitBreakerTest, SingleTrialsUntilSomethingIsAnswered) {
  CircuitBreaker breaker({3, 100});
  for (int i = 0; i < 3; ++i) breaker.failed(i);
  EXPECT_TRUE(breaker.is_open());
  EXPECT_DOUBLE_EQ(breaker.wait(2), 0.5);
  EXPECT_EQ(breaker.wait(3), 0);
  breaker.sent();
  EXPECT_TRUE(std::isinf(breaker.wait(3)));
  breaker.failed(4);
  EXPECT_DOUBLE_EQ(breaker.wait(4), 1);
  EXPECT_FALSE(breaker.has_given_up(50));
  EXPECT_TRUE(breaker.has_given_up(200));
  breaker.answered();
  EXPECT_EQ(breaker.wait(4), 0);
}

TEST(AllowanceTest, NoMoreThanOneRequestPastTheCap) {
  Allowance allowance(1.0);
  int in_flight = 0;
  double most_spent = 0;
  for (;;) {
    const auto answer = allowance.reserve(0.03);
    if (answer == Allowance::Answer::yes) {
      ++in_flight;
      continue;
    }
    if (answer == Allowance::Answer::spent) break;
    ASSERT_GT(in_flight, 0);
    allowance.settle(0.03, 0.021);
    --in_flight;
    most_spent = allowance.spent();
  }
  while (in_flight-- > 0) allowance.settle(0.03, 0.021);
  EXPECT_GE(allowance.spent(), 1.0);
  EXPECT_LE(allowance.spent(), 1.0 + 0.021);
  EXPECT_GT(most_spent, 0.9);
}

TEST(AllowanceTest, JobsAreHeldAgainstEachOtherAndAgainstRequests) {
  Allowance allowance(1.0);
  EXPECT_TRUE(allowance.hold(0.6, false));
  EXPECT_FALSE(allowance.hold(0.6, false));
  EXPECT_EQ(allowance.reserve(0.3), Allowance::Answer::yes);
  EXPECT_EQ(allowance.reserve(0.3), Allowance::Answer::later) << "0.6 are held, 0.3 in flight";
  allowance.settle(0.3, 0.3);
  EXPECT_FALSE(allowance.hold(0.2, false));
  EXPECT_TRUE(allowance.hold(0.2, true)) << "what was begun is paid";
  EXPECT_EQ(allowance.reserve(0.01), Allowance::Answer::spent);
  EXPECT_NE(allowance.spent_words().find("$0.8 more are held"), std::string::npos) << allowance.spent_words();
  allowance.release(0.6, 0.1);  // it cost less than it was thought to
  allowance.release(0.2, 0.2);
  EXPECT_DOUBLE_EQ(allowance.spent(), 0.6);
  EXPECT_TRUE(allowance.hold(0.4, false));
}

TEST(AllowanceTest, WhatWasSpentElsewhereCounts) {
  Allowance allowance(1.0);
  allowance.set_elsewhere(0.9);
  EXPECT_EQ(allowance.reserve(0.05), Allowance::Answer::yes);
  EXPECT_EQ(allowance.reserve(0.06), Allowance::Answer::later);
  allowance.settle(0.05, 0.05);
  allowance.set_elsewhere(0.95);
  EXPECT_EQ(allowance.reserve(0.01), Allowance::Answer::spent);
}

TEST(RetryBudgetTest, SettingsSayHowManyAreFreeAndTheirShare) {
  RetrySettings settings;
  settings.free = 2, settings.share = 0.5;
  RetryBudget budget(settings);
  for (int i = 0; i < 4; ++i) budget.request();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(FailureTest, StatusesAreToldApart) {
  using What = Failure::What;
  const auto what = [](int status, const std::string& body) {
    return failure_of(HttpResponse{status, {}, body}, "m").what;
  };
  EXPECT_EQ(what(401, ""), What::stop);
  EXPECT_EQ(what(404, R"({"error":{"code":"model_not_found","message":"no"}})"), What::stop);
  EXPECT_EQ(what(429, R"({"error":{"code":"rate_limit_exceeded"}})"), What::again);
  EXPECT_EQ(what(429, R"({"error":{"code":"insufficient_quota"}})"), What::stop);
  EXPECT_EQ(what(400, R"({"error":{"code":"context_length_exceeded"}})"), What::refused);
  EXPECT_EQ(what(400, R"({"error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens"}})"),
            What::refused);
  EXPECT_EQ(what(400, R"({"error":{"code":"content_filter"}})"), What::filtered);
  EXPECT_EQ(what(400, "nonsense"), What::invalid);
  EXPECT_EQ(what(503, "<html>"), What::again);
  EXPECT_EQ(what(529, ""), What::again);
  EXPECT_EQ(without_secrets("Incorrect key sk-12345, sk-12345!", {"sk-12345"}), "Incorrect key [key], [key]!");
  EXPECT_EQ(without_secrets("sk-12345-more sk-12345", {"sk-12345-more", "sk-12345"}), "[key] [key]");
}

TEST(FailureTest, AWordInPlaceOfAKeyIsLeftInTexts) {
  for (const char* word : {"k", "key", "none", "EMPTY", "ollama"}) {
    const std::string text = fmt::format("the {0} that {0} is [key]", word);
    EXPECT_EQ(without_secrets(text, {word}), text);
  }
}

}  // namespace
}  // namespace assay::models::remote
