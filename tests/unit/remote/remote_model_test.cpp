#include "models/remote/remote_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "remote_server/remote_server.h"

namespace assay::models::remote {
namespace {

using test::Fault;
using test::RemoteServer;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct RemoteModelTest : ::testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("assay-remote-" + std::to_string(::getpid()));
  ~RemoteModelTest() override { std::filesystem::remove_all(folder); }

  std::shared_ptr<Gateway> gateway(std::optional<double> dollars = std::nullopt) {
    return std::make_shared<Gateway>(Gateway::Options{folder / "answers.jsonl", 1, dollars});
  }
  static RemoteSettings settings(const RemoteServer& server, const std::string& source = "openai") {
    RemoteSettings s;
    s.name = "m", s.source = source, s.model = "gpt", s.base_url = server.url(), s.key = "sk-secret";
    s.retries = {12, 0.01, 0.05, 3, 100};
    s.http.read_seconds = 1;
    return s;
  }
  static sdk::Request ask(const std::string& text, double temperature = 0, int samples = 1, std::uint64_t example = 0) {
    sdk::Request request;
    sdk::GenerationSettings how;
    how.temperature = temperature;
    how.max_tokens = 16;
    request.what = sdk::Generate{{"user: " + text + "\n\nassistant:", {{"user", text}}}, how, samples, false};
    request.draw = {1, example, 0};
    return request;
  }
  static std::vector<sdk::Request> many(int count) {
    std::vector<sdk::Request> requests;
    for (int i = 0; i < count; ++i) requests.push_back(ask("question " + std::to_string(i)));
    return requests;
  }
};

TEST_F(RemoteModelTest, FaultsChangeNothingInTheAnswers) {
  const RemoteServer good({});
  RemoteServer::Options failing;
  failing.fault_share = 0.3;
  const RemoteServer bad(failing);
  RemoteModel steady(settings(good), gateway());
  const auto expected = sdk::ask_all(steady, many(400));
  std::filesystem::remove_all(folder);
  RemoteModel shaken(settings(bad), gateway());
  const auto answers = sdk::ask_all(shaken, many(400));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i].error, "");
    EXPECT_EQ(answers[i].samples[0].text, expected[i].samples[0].text);
    EXPECT_EQ(answers[i].usage, expected[i].usage);
  }
  EXPECT_GT(shaken.take_totals().retries, 60);
}

TEST_F(RemoteModelTest, EqualRequestsAreSentOnceAndSamplesAreIndependent) {
  const RemoteServer server({});
  RemoteModel model(settings(server), gateway());
  const auto equal = sdk::ask_all(model, {ask("a"), ask("a"), ask("a", 0, 1, 5)});
  EXPECT_EQ(server.seen().size(), 1U);
  EXPECT_EQ(model.take_totals().cached, 2);
  EXPECT_EQ(equal[2].samples[0].text, equal[0].samples[0].text);
  const auto drawn = sdk::ask_all(model, {ask("a", 1, 3)});
  std::set<std::string> texts;
  for (const auto& sample : drawn[0].samples) texts.insert(sample.text);
  EXPECT_EQ(texts.size(), 3U);
}

TEST_F(RemoteModelTest, AnthropicDrawsSamplesByRequestsOfTheirOwn) {
  const RemoteServer server({});
  RemoteModel model(settings(server, "anthropic"), gateway());
  const auto drawn = sdk::ask_all(model, {ask("a", 1, 3)});
  EXPECT_EQ(drawn[0].samples.size(), 3U);
  EXPECT_EQ(server.seen().size(), 3U);
  EXPECT_EQ(server.seen()[0].headers["x-api-key"], "sk-secret");
}

TEST_F(RemoteModelTest, SamplesOfAServerWithoutNAreDrawnByRequestsAndSeedsOfTheirOwn) {
  const RemoteServer server({});
  RemoteSettings s = settings(server);
  s.lacks = {"n"};
  RemoteModel model(s, gateway());
  const auto drawn = sdk::ask_all(model, {ask("a", 1, 3)});
  std::set<std::string> texts;
  for (const auto& sample : drawn[0].samples) texts.insert(sample.text);
  EXPECT_EQ(texts.size(), 3U);
  std::set<Json> seeds;
  for (const auto& seen : server.seen()) {
    seeds.insert(seen.body["seed"]);
    EXPECT_FALSE(seen.body.contains("n"));
  }
  EXPECT_EQ(seeds.size(), 3U);
}

TEST_F(RemoteModelTest, AServerThatIgnoresNIsAskedNoSecondTime) {
  RemoteServer::Options options;
  options.answer = [](const std::string&, const Json&) {
    return test::ApiAnswer{200, {{"choices", {{{"index", 0}, {"message", {{"content", "a"}}}}}}}, ""};
  };
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  EXPECT_THAT(sdk::ask_all(model, {ask("a", 1, 3)})[0].error, HasSubstr("`lacks: [n]`"));
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST_F(RemoteModelTest, AServerWithoutStreamsAnswersInOnePiece) {
  RemoteServer::Options options;
  options.answer = [](const std::string&, const Json&) {
    return test::ApiAnswer{200, {{"choices", {{{"index", 0}, {"message", {{"content", "a"}}}}}}}, ""};
  };
  const RemoteServer server(options);
  RemoteSettings s = settings(server);
  s.stream = true;
  RemoteModel model(s, gateway());
  EXPECT_EQ(sdk::ask_all(model, {ask("a")})[0].samples.at(0).text, "a");
}

TEST_F(RemoteModelTest, AnErrorOfStatus200IsTriedAgainOrNotAsItsCodeSays) {
  std::atomic<int> times{0};
  RemoteServer::Options options;
  options.answer = [&](const std::string&, const Json& body) {
    if (body["messages"][0]["content"] == "dear")
      return test::ApiAnswer{200, {{"error", {{"code", 402}, {"message", "no credits"}}}}, ""};
    if (times++ < 2) return test::ApiAnswer{200, {{"error", {{"code", 429}, {"message", "slow down"}}}}, ""};
    return test::ApiAnswer{200, {{"choices", {{{"index", 0}, {"message", {{"content", "a"}}}}}}}, ""};
  };
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  EXPECT_EQ(sdk::ask_all(model, {ask("a")})[0].error, "");
  EXPECT_THAT(sdk::ask_all(model, {ask("dear")})[0].error, HasSubstr("no credits"));
  EXPECT_EQ(server.seen().size(), 4U);
}

TEST_F(RemoteModelTest, AWaitOfHoursEndsTheCell) {
  RemoteServer::Options options;
  options.answer = [](const std::string&, const Json&) {
    return test::ApiAnswer{429, {{"error", {{"message", "daily limit"}}}}, "", {{"retry-after", "7200"}}};
  };
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  EXPECT_THAT(sdk::ask_all(model, {ask("a")})[0].error, HasSubstr("wait for 120 minutes"));
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST_F(RemoteModelTest, AnsweredRequestsAreNotSentAgain) {
  const RemoteServer server({});
  {
    RemoteModel model(settings(server), gateway());
    sdk::ask_all(model, many(50));
  }
  RemoteModel again(settings(server), gateway());
  sdk::ask_all(again, many(60));
  EXPECT_EQ(server.seen().size(), 60U);
  EXPECT_EQ(again.take_totals().cached, 50);
}

TEST_F(RemoteModelTest, ABadKeyStopsAtTheFirstAnswersAndIsNotShown) {
  RemoteServer::Options options;
  options.key = "another";
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  const auto answers = sdk::ask_all(model, many(500));
  EXPECT_LE(server.seen().size(), 4U);
  for (const auto& answer : answers) {
    EXPECT_THAT(answer.error, HasSubstr("refuses the key"));
    EXPECT_EQ(answer.error.find("sk-secret"), std::string::npos);
  }
}

TEST_F(RemoteModelTest, OneRequestsFaultIsItsOwn) {
  RemoteServer::Options options;
  options.fault_of = [](const Json& body, int) {
    const std::string text = body["messages"][0]["content"];
    return text == "question 3"   ? Fault::too_long
           : text == "question 4" ? Fault::filtered
           : text == "question 5" ? Fault::error_500
                                  : Fault::none;
  };
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  const auto answers = sdk::ask_all(model, many(20));
  EXPECT_THAT(answers[3].error, HasSubstr("too long"));
  EXPECT_EQ(answers[4].error, "");
  EXPECT_EQ(answers[4].samples[0].finish_reason, "content_filter");
  EXPECT_THAT(answers[5].error, HasSubstr("given up after 12 attempts"));
  EXPECT_EQ(answers[6].error, "");
  EXPECT_EQ(model.take_totals().filtered, 1);
}

TEST_F(RemoteModelTest, StreamsGiveTheSameAnswersAndTheTimeToTheFirstToken) {
  for (const Fault fault : {Fault::none, Fault::split_sse, Fault::duplicate_chunks}) {
    for (const char* source : {"openai", "anthropic"}) {
      RemoteServer::Options options;
      options.fault_of = [fault](const Json&, int) { return fault; };
      if (fault == Fault::duplicate_chunks && std::string(source) == "anthropic")
        continue;  // its events bear no numbers
      const RemoteServer server(options);
      RemoteSettings plain = settings(server, source), streamed = plain;
      streamed.stream = true;
      std::filesystem::remove_all(folder);
      RemoteModel one(plain, gateway()), other(streamed, gateway());
      const auto expected = sdk::ask_all(one, {ask("stream", 0)}), got = sdk::ask_all(other, {ask("stream", 0)});
      EXPECT_EQ(got[0].error, "");
      EXPECT_EQ(got[0].samples[0].text, expected[0].samples[0].text);
      EXPECT_EQ(got[0].usage, expected[0].usage);
      EXPECT_EQ(other.take_totals().first_token_ms.size(), 1U);
    }
  }
}

TEST_F(RemoteModelTest, TheBudgetIsNotPassedByMoreThanARequest) {
  const RemoteServer server({});
  RemoteSettings s = settings(server);
  s.price = TokenPrice{100, 100, 1000};
  const auto shared = gateway(0.1);
  RemoteModel model(s, shared);
  const auto answers = sdk::ask_all(model, many(200));
  double paid = 0, dearest = 0;
  for (const auto& answer : answers) {
    paid += s.price->of(answer.usage);
    dearest = std::max(dearest, s.price->of(answer.usage));
  }
  EXPECT_GE(paid, 0.1);
  EXPECT_LE(paid, 0.1 + dearest);
  EXPECT_THAT(answers.back().error, HasSubstr("budget"));
  EXPECT_GT(model.take_totals().unsent, 0);
}

TEST_F(RemoteModelTest, ExchangesAreRecordedOnceAndWithoutTheKey) {
  const RemoteServer server({});
  RemoteSettings s = settings(server);
  std::filesystem::create_directories(folder);
  s.record = (folder / "record.jsonl").string();
  {
    RemoteModel model(s, gateway());
    sdk::ask_all(model, {ask("my key is sk-secret"), ask("b")});
  }
  RemoteModel again(s, gateway());
  sdk::ask_all(again, {ask("b")});
  std::ifstream in(s.record);
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) {
    EXPECT_EQ(line.find("sk-secret"), std::string::npos);
    rows.push_back(Json::parse(line));
  }
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].contains("messages") && rows[0].contains("output") && rows[0]["usage"].contains("prompt_tokens"));
}

TEST_F(RemoteModelTest, WhenAServerIsGivenUpIsASetting) {
  RemoteServer::Options options;
  options.fault_of = [](const Json&, int) { return Fault::error_500; };
  const RemoteServer server(options);
  RemoteSettings s = settings(server);
  s.retries.attempts = 100;
  s.circuit = {2, 0.3};
  RemoteModel model(s, gateway());
  for (const auto& answer : sdk::ask_all(model, many(10))) {
    EXPECT_THAT(answer.error, AllOf(HasSubstr("has not answered for a long time"), HasSubstr("status 500"),
                                    HasSubstr("it is not well")));
  }
  s.model = "other";
  s.circuit = {};
  s.retries.share = 0, s.retries.free = 0;
  RemoteModel stern(s, gateway());
  for (const auto& answer : sdk::ask_all(stern, {ask("a")})) EXPECT_THAT(answer.error, HasSubstr("retries.share"));
}

TEST_F(RemoteModelTest, AnswersAreCountedByWhomTheServerSaysTheyAreFrom) {
  RemoteServer::Options options;
  options.fingerprint_lasts = 30;
  const RemoteServer server(options);
  {
    RemoteModel model(settings(server), gateway());
    sdk::ask_all(model, many(20));
  }
  RemoteModel model(settings(server), gateway());
  sdk::ask_all(model, many(50));
  const Json reported = model.take_totals().reported.to_json();
  ASSERT_EQ(reported.size(), 2U);
  const auto count = [&](std::size_t i, const char* name) { return reported[i][name].get<int>(); };
  EXPECT_EQ(reported[0]["fingerprint"], "fp_test");
  EXPECT_EQ(reported[0]["asked"], "gpt");
  EXPECT_EQ(count(0, "cached"), 20);
  EXPECT_EQ(count(0, "answered"), 10);
  EXPECT_EQ(reported[1]["fingerprint"], "fp_test_2");
  EXPECT_EQ(count(1, "cached"), 0);
  EXPECT_EQ(count(1, "answered"), 20);
  EXPECT_GT(reported[0]["since"].get<std::int64_t>(), 0);
  EXPECT_LE(reported[0]["since"].get<std::int64_t>(), reported[1]["since"].get<std::int64_t>());
}

TEST_F(RemoteModelTest, ChoicesAreScoredAndTextsEmbedded) {
  const RemoteServer server({});
  RemoteSettings s = settings(server);
  s.api = "completions";
  s.embedding_model = "e";
  RemoteModel model(s, gateway());
  sdk::Request score, embed;
  score.what = sdk::ScoreChoices{{"which desk is it", {}}, {" billing", " outage"}, false};
  embed.what = sdk::Embed{"a text", sdk::Pooling::mean};
  const auto answers = sdk::ask_all(model, {score, embed});
  EXPECT_EQ(answers[0].error, "");
  EXPECT_EQ(answers[0].choice_scores.size(), 2U);
  EXPECT_EQ(answers[1].embedding.size(), 2U);
}

TEST_F(RemoteModelTest, ALimitByHeadersIsKept) {
  RemoteServer::Options options;
  options.requests_per_minute = 1200;
  const RemoteServer server(options);
  RemoteModel model(settings(server), gateway());
  const auto start = std::chrono::steady_clock::now();
  sdk::ask_all(model, many(60));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LE(seconds, 60 / 20.0 / 0.9);
  int refused = 0;
  for (const auto& seen : server.seen()) refused += seen.status == 429 ? 1 : 0;
  EXPECT_LE(refused, 1);
}

}  // namespace
}  // namespace assay::models::remote
