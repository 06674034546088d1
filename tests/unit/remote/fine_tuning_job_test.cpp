#include "models/remote/fine_tuning_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "models/remote/gateway.h"
#include "remote_server/remote_server.h"

namespace assay::models::remote {
namespace {

using test::Fault;
using test::RemoteServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct FineTuningJobTest : ::testing::Test {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("assay-jobs-" + std::to_string(::getpid()));
  ~FineTuningJobTest() override { std::filesystem::remove_all(folder); }

  static RemoteSettings settings(const RemoteServer& server) {
    RemoteSettings s;
    s.name = "m", s.source = "openai", s.model = "gpt", s.base_url = server.url(), s.key = "sk-secret";
    s.retries = {12, 0.01, 0.05, 3};
    s.http.read_seconds = 1;
    return s;
  }
  static TuningFile rows(std::size_t count) {
    std::vector<TuningExample> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back({std::to_string(i), {{"user", "q"}}, "a"});
    return tuning_file(all, TuningMethod::supervised, "gpt", "validation");  // too few are the server's to refuse here
  }
  static TuningRequest request(const std::string& stage, const std::string& model = "gpt") {
    TuningRequest wanted;
    wanted.model = model, wanted.stage = stage, wanted.suffix = tuning_suffix("", stage), wanted.seed = 7;
    wanted.hyperparameters = {{"n_epochs", 2}};
    return wanted;
  }
  TuningJob make(FineTuningApi& api, const TuningRequest& wanted, bool with_note = true, std::size_t count = 10) {
    return find_or_create_job(api, wanted, rows(count), std::nullopt,
                              with_note ? folder / "job.txt" : std::filesystem::path(), [](const std::string&) {});
  }
  const std::string stage = std::string(64, 'a');
};

TEST_F(FineTuningJobTest, AJobIsFollowedThroughItsStatesAndEvents) {
  const RemoteServer server({});
  FineTuningApi api(settings(server));
  const TuningJob made = make(api, request(stage));
  std::vector<std::string> states, messages;
  const TuningJob ended = follow_job(
      api, made.id, [&](const TuningEvent& event) { messages.push_back(event.message); },
      [&](const TuningJob& job) { states.push_back(job.status); });
  EXPECT_EQ(states.back(), "succeeded");
  EXPECT_EQ(ended.tuned_model, "ft:gpt:org:assay-aaaaaaaaaaaa:1");
  EXPECT_GT(ended.trained_tokens.value(), 0);
  ASSERT_EQ(messages.size(), 12U);  // 8 steps, made, checked, begun, done: each once, over several pages
  EXPECT_EQ(messages.front(), "Created fine-tuning job: ftjob-1");
  EXPECT_EQ(messages.back(), "The job has successfully completed");
  const auto checkpoints = api.checkpoints(made.id);
  ASSERT_EQ(checkpoints.size(), 2U);
  EXPECT_EQ(checkpoints[0].step, 4);
  EXPECT_EQ(checkpoints[1].model, ended.tuned_model);
}

TEST_F(FineTuningJobTest, TheRequestIsThatOfTheApi) {
  TuningRequest wanted = request(stage);
  wanted.method = TuningMethod::dpo;
  wanted.hyperparameters = {{"beta", 0.1}};
  wanted.training_file = "file-1";
  EXPECT_EQ(wanted.body(), (Json{{"model", "gpt"},
                                 {"training_file", "file-1"},
                                 {"suffix", "assay-aaaaaaaaaaaa"},
                                 {"seed", 7},
                                 {"metadata", {{"assay_stage", stage}}},
                                 {"method", {{"type", "dpo"}, {"dpo", {{"hyperparameters", {{"beta", 0.1}}}}}}}}));
}

TEST_F(FineTuningJobTest, AJobThatWasMadeIsFoundByNoteMetadataOrSuffix) {
  for (const bool keeps_metadata : {true, false}) {
    RemoteServer::Options options;
    options.jobs.keeps_metadata = keeps_metadata;
    const RemoteServer server(options);
    FineTuningApi api(settings(server));
    for (int other = 0; other < 9; ++other)
      static_cast<void>(make(api, request(std::string(64, static_cast<char>('b' + other))), false));
    const TuningJob first = make(api, request(stage), false);
    for (int other = 0; other < 9; ++other)
      static_cast<void>(make(api, request(std::string(64, static_cast<char>('m' + other))), false));
    EXPECT_EQ(make(api, request(stage), false).id, first.id);  // on the second page
    EXPECT_EQ(make(api, request(stage), true).id, first.id);
    EXPECT_EQ(make(api, request(stage), true).id, first.id);  // by its note
    EXPECT_EQ(api.jobs().size(), 19U);
    std::filesystem::remove_all(folder);
  }
}

TEST_F(FineTuningJobTest, AnAnswerThatIsLostMakesNoSecondJobAndNoSecondUpload) {
  RemoteServer::Options options;
  options.fault_of = [](const Json& body, int times) {
    return body.is_object() && body.contains("training_file") && times == 0 ? Fault::reset_before_headers : Fault::none;
  };
  const RemoteServer server(options);
  FineTuningApi api(settings(server));
  const TuningJob made = make(api, request(stage));
  EXPECT_EQ(made.id, "ftjob-1");
  EXPECT_EQ(api.jobs().size(), 1U);
  const auto seen = server.seen();
  EXPECT_EQ(std::count_if(seen.begin(), seen.end(), [](const auto& one) { return one.path == "/v1/files"; }), 1);
}

TEST_F(FineTuningJobTest, AFailureIsToldInTheServersWords) {
  const RemoteServer server({});
  FineTuningApi api(settings(server));
  const auto nothing = [](const auto&) {};
  EXPECT_EQ(follow_job(api, make(api, request(stage, "fails")).id, nothing, nothing).error,
            "The job failed due to content that is not allowed");
  std::filesystem::remove_all(folder);
  EXPECT_THAT(follow_job(api, make(api, request(std::string(64, 'b')), true, 9).id, nothing, nothing).error,
              HasSubstr("at least 10 examples"));
  std::filesystem::remove_all(folder);
  // What failed is not gone on with.
  EXPECT_EQ(make(api, request(stage, "fails"), false).id, "ftjob-3");
}

TEST_F(FineTuningJobTest, AJobIsCancelledOnce) {
  RemoteServer::Options options;
  options.jobs.tick_seconds = 10;
  const RemoteServer server(options);
  FineTuningApi api(settings(server));
  const std::string id = make(api, request(stage)).id;
  EXPECT_EQ(api.cancel(id).status, "cancelled");
  try {
    static_cast<void>(api.cancel(id));
    FAIL() << "it was cancelled already";
  } catch (const Refused& error) {
    EXPECT_EQ(error.status, 400);
    EXPECT_THAT(error.what(), HasSubstr("Job has already completed"));
  }
}

TEST_F(FineTuningJobTest, WaitingEndsWhenSomebodyAsksForIt) {
  RemoteServer::Options options;
  options.jobs.tick_seconds = 1000;
  const RemoteServer server(options);
  const auto start = std::chrono::steady_clock::now();
  FineTuningApi api(settings(server),
                    [&] { return std::chrono::steady_clock::now() - start > std::chrono::milliseconds(300); });
  const std::string id = make(api, request(stage)).id;
  EXPECT_THROW(static_cast<void>(follow_job(
                   api, id, [](const auto&) {}, [](const auto&) {})),
               Stopped);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST_F(FineTuningJobTest, AKeyThatIsRefusedIsSaidWithoutTheKey) {
  RemoteServer::Options options;
  options.key = "another";
  const RemoteServer server(options);
  FineTuningApi api(settings(server));
  try {
    static_cast<void>(api.jobs());
    FAIL() << "the key is wrong";
  } catch (const Refused& error) {
    EXPECT_THAT(error.what(), HasSubstr("refuses the key"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("sk-secret")));
  }
}

TEST_F(FineTuningJobTest, WhatAJobCostsCountsOnceIntoTheBudget) {
  Gateway gateway({folder / "answers.jsonl", 1, 1.0});
  EXPECT_TRUE(gateway.hold(0.9));
  gateway.release(0.9);
  for (int time = 0; time < 2; ++time) gateway.pay(std::string(64, 'c'), 0.6, {{"job", "ftjob-1"}});
  EXPECT_DOUBLE_EQ(gateway.spent(), 0.6);
  EXPECT_FALSE(gateway.hold(0.5));
  EXPECT_TRUE(gateway.hold(0.4));
  EXPECT_FALSE(gateway.hold(0.1)) << "what is held for one job is not there for another";
}

}  // namespace
}  // namespace assay::models::remote
