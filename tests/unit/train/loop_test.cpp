#include "train/loop.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "unit/train/tiny_model.h"

extern "C" assay::train::Backend* assay_torch_backend();

namespace assay::train {
namespace {

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() { testing::write_tiny_model(folder_.path() / "model", testing::tiny_config()); }

  TrainingReport train(const TrainingSettings& settings, const TrainingCallbacks& callbacks = {},
                       const char* strategy = "sft") {
    return assay_torch_backend()->fine_tune(folder_.path() / "model", *testing::load_strategy(strategy, Json::object()),
                                            train_, validation_, settings, folder_.path() / "out", callbacks, known_);
  }

  /// What Diverged says; empty where training went well.
  std::string failure(const TrainingSettings& settings, const char* strategy = "sft") {
    try {
      train(settings, {}, strategy);
    } catch (const Diverged& diverged) {
      losses_ = diverged.losses;
      return diverged.what();
    }
    return "";
  }

  testing::TemporaryFolder folder_;
  std::vector<TrainingExample> train_ = testing::tiny_examples(40, 3), validation_ = testing::tiny_examples(12, 8),
                               known_;
  std::vector<double> losses_;
};

TrainingSettings quick() {
  TrainingSettings settings;
  settings.batch_size = 4, settings.epochs = 2, settings.learning_rate = 3e-3;
  return settings;
}

TEST_F(LoopTest, ALearningRateOfAThousandFailsWithItsStepReasonAndCurve) {
  for (const char* strategy : {"sft", "lora"}) {
    for (const char* optimizer : {"adamw", "sgd"}) {
      TrainingSettings settings = quick();
      settings.learning_rate = 1e3, settings.optimizer = optimizer;
      const std::string why = failure(settings, strategy);
      EXPECT_NE(why.find("training diverged at step "), std::string::npos)
          << strategy << " " << optimizer << ": " << why;
      EXPECT_NE(why.find("loss by step: "), std::string::npos) << why;
      EXPECT_NE(why.find("learning_rate, which is 1000"), std::string::npos) << why;
      EXPECT_FALSE(losses_.empty());
    }
  }
}

TEST_F(LoopTest, ATrainingThatOnlyWandersIsNoDivergence) {
  TrainingSettings settings = quick();
  settings.learning_rate = 2e-2;  // high for this model, and noisy
  EXPECT_EQ(failure(settings), "");
}

TEST_F(LoopTest, WeightsThatAreNoNumbersFailBeforeTheFirstStep) {
  validation_.clear();
  TrainingSettings settings = quick();
  settings.learning_rate = 1e30, settings.clip_norm = 0, settings.optimizer = "sgd";
  EXPECT_NE(failure(settings).find("no finite number"), std::string::npos);
}

TEST_F(LoopTest, TheScoreSelectsWhereAMetricIsNamedAndEqualScoresAreToldApartByLoss) {
  TrainingSettings settings = quick();
  settings.epochs = 5, settings.select = "accuracy";
  const std::vector<double> scores = {0.2, 0.6, 0.4, 0.6, 0.1};
  std::size_t asked = 0;
  TrainingCallbacks callbacks;
  callbacks.score = [&](const std::filesystem::path& adapter, bool training, std::span<const std::size_t> rows) {
    EXPECT_TRUE(std::filesystem::exists(adapter / "model.safetensors"));
    if (training) return Score{0.9, true};
    EXPECT_EQ(rows.size(), validation_.size());
    return Score{scores.at(asked++), true};
  };
  const TrainingReport report = train(settings, callbacks);
  const auto& v = report.validation;
  ASSERT_EQ(v.size(), 5U);
  EXPECT_EQ(report.best_step, v[1].loss <= v[3].loss ? v[1].step : v[3].step);
  EXPECT_EQ(report.validation_score, 0.6);
  EXPECT_EQ(report.training_score, 0.9);
  EXPECT_EQ(report.compared_validation_score, 0.6);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out.selecting"));
}

TEST_F(LoopTest, ALowerScoreIsBetterWhereTheMetricSaysSoAndPatienceCountsScores) {
  TrainingSettings settings = quick();
  settings.epochs = 8, settings.select = "perplexity", settings.patience = 2;
  const std::vector<double> scores = {5, 3, 4, 3.5, 1};
  std::size_t asked = 0;
  TrainingCallbacks callbacks;
  callbacks.score = [&](const std::filesystem::path&, bool training, std::span<const std::size_t>) {
    return Score{training ? 2.0 : scores.at(asked++), false};
  };
  const TrainingReport report = train(settings, callbacks);
  EXPECT_EQ(report.validation.size(), 4U);
  EXPECT_EQ(report.best_step, report.validation[1].step);
  EXPECT_EQ(report.ended, "patience");
}

TEST_F(LoopTest, SelectingByAMetricNeedsValidationRows) {
  validation_.clear();
  TrainingSettings settings = quick();
  settings.select = "accuracy";
  EXPECT_THROW(train(settings), BadInput);
}

TEST_F(LoopTest, MaxTimeEndsTrainingWithWhatWasReached) {
  TrainingSettings settings = quick();
  settings.epochs = 100000, settings.max_time = 0.3;
  const TrainingReport report = train(settings);
  EXPECT_EQ(report.ended, "time");
  EXPECT_EQ(report.validation.back().step, static_cast<std::int64_t>(report.losses.size()));
}

TEST_F(LoopTest, LayersComputedAgainGiveTheSameBytes) {
  const auto saved = [&](const char* strategy, const Json& params, bool again, const char* dtype) {
    TrainingSettings settings = quick();
    settings.activation_checkpointing = again, settings.dtype = dtype;
    const auto plugin = testing::load_strategy(strategy, params);
    assay_torch_backend()->fine_tune(folder_.path() / "model", *plugin, train_, validation_, settings,
                                     folder_.path() / "out", {});
    const bool whole = std::string(strategy) == "sft";
    std::ifstream in(folder_.path() / "out" / (whole ? "model.safetensors" : "adapter_model.safetensors"),
                     std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  struct Case {
    const char* strategy;
    Json params;
  };
  for (const Case& c :
       {Case{"sft", Json::object()}, Case{"lora", {{"dropout", 0.2}}}, Case{"sft", {{"last_layers", 1}}},
        Case{"prefix_tuning", {{"virtual_tokens", 5}}}, Case{"prompt_tuning", {{"virtual_tokens", 4}}}}) {
    for (const char* dtype : {"f32", "bf16"}) {
      const std::string plain = saved(c.strategy, c.params, false, dtype);
      EXPECT_FALSE(plain.empty());
      EXPECT_TRUE(plain == saved(c.strategy, c.params, true, dtype)) << c.strategy << " " << c.params << " " << dtype;
    }
  }
}

TEST_F(LoopTest, BothSplitsAreComparedByTheSameEvaluationOverEquallyManyRows) {
  TrainingSettings settings = quick();
  settings.epochs = 4;
  const TrainingReport report = train(settings);
  EXPECT_EQ(report.compared_rows, 12U);
  EXPECT_EQ(report.compared_validation_loss, report.validation_loss);
  EXPECT_LT(report.training_loss, report.first_training_loss);
  train_ = validation_;  // nothing to generalise over
  const TrainingReport same = train(settings);
  EXPECT_EQ(same.training_loss, same.compared_validation_loss);
}

TEST_F(LoopTest, LearningRowsByHeartIsWarnedOf) {
  TrainingSettings settings = quick();
  settings.epochs = 40, settings.keep_best = false, settings.learning_rate = 1e-2;
  const TrainingReport report = train(settings);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_EQ(report.warnings[0].kind, "overfitting");
}

TEST_F(LoopTest, OneExampleTrainsWithAWarningAndNoneIsRefused) {
  train_.resize(1), validation_.clear();
  TrainingSettings settings = quick();
  settings.patience = 3;
  const TrainingReport report = train(settings);
  ASSERT_EQ(report.warnings.size(), 2U);
  EXPECT_EQ(report.warnings[0].kind, "one_example");
  EXPECT_EQ(report.warnings[1].kind, "no_validation");
  train_.clear();
  EXPECT_THROW(train(settings), BadInput);
}

TEST_F(LoopTest, WhatTheModelKnewIsLookedBackAt) {
  known_ = testing::tiny_examples(6, 99);
  TrainingSettings settings = quick();
  settings.epochs = 10, settings.keep_best = false, settings.learning_rate = 1e-2;
  const TrainingReport report = train(settings);
  const double before = report.known_loss_before;
  EXPECT_TRUE(std::isfinite(before));
  EXPECT_NE(report.known_loss, before);
  settings.learning_rate = 1e-300, settings.epochs = 1;
  const TrainingReport still = train(settings);
  EXPECT_EQ(still.known_loss_before, before);
  EXPECT_EQ(still.known_loss, before);
}

}  // namespace
}  // namespace assay::train
