#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <fstream>

#include "train/backend.h"
#include "unit/train/tiny_model.h"

extern "C" assay::train::Backend* assay_torch_backend();

namespace assay::train {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Case {
  const char* strategy;
  const char* dtype;
  const char* optimizer;
};

class ResumeTest : public ::testing::TestWithParam<Case> {
 protected:
  ResumeTest() {
    testing::write_tiny_model(model_, testing::tiny_config());
    const bool lora = std::string(GetParam().strategy) == "lora";
    strategy_ =
        testing::load_strategy(GetParam().strategy, lora ? Json{{"rank", 2}, {"dropout", 0.2}} : Json::object());
    settings_.dtype = GetParam().dtype, settings_.optimizer = GetParam().optimizer;
    settings_.learning_rate = settings_.optimizer == "sgd" ? 0.05 : 5e-3;
    settings_.batch_tokens = 120, settings_.epochs = 3, settings_.seed = 3, settings_.weight_decay = 0.01;
    settings_.validate_every = 3;
    calm_ = weights(settings_, {});
  }

  /// The saved bytes of a run, or those of `out` as it stands where the run throws.
  std::string weights(const TrainingSettings& settings, const TrainingCallbacks& callbacks) {
    const fs::path out = folder_.path() / "out";
    fs::remove_all(out);
    report_ = assay_torch_backend()->fine_tune(model_, *strategy_, train_, validation_, settings, out, callbacks);
    return bytes_of(out /
                    (std::string(GetParam().strategy) == "lora" ? "adapter_model.safetensors" : "model.safetensors"));
  }

  TrainingSettings with_checkpoints(const std::string& name) const {
    TrainingSettings settings = settings_;
    settings.checkpoint = {.file = folder_.path() / name / "checkpoint.safetensors", .identity = "a run"};
    return settings;
  }

  testing::TemporaryFolder folder_;
  fs::path model_ = folder_.path() / "model";
  std::unique_ptr<sdk::Strategy> strategy_;
  std::vector<TrainingExample> train_ = testing::tiny_examples(24, 3), validation_ = testing::tiny_examples(7, 8);
  TrainingSettings settings_;
  TrainingReport report_;
  std::string calm_;
};

TEST_P(ResumeTest, StoppedBeforeAnyStepAndResumedTheBytesAreThoseOfAnUninterruptedRun) {
  const TrainingReport calm = report_;
  const auto steps = static_cast<int>(calm.losses.size());
  ASSERT_GT(steps, 9);
  for (int stop = 0; stop < steps; ++stop) {
    const TrainingSettings settings = with_checkpoints("stop-" + std::to_string(stop));
    int asked = 0;
    EXPECT_THROW(weights(settings, {.progress = {}, .stop_requested = [&] { return asked++ == stop; }}), Stopped);
    ASSERT_EQ(weights(settings, {}), calm_) << "stopped before step " << stop + 1;
    EXPECT_EQ(report_.losses, calm.losses);
    EXPECT_EQ(report_.best_step, calm.best_step);
    EXPECT_EQ(report_.validation_loss, calm.validation_loss);
    EXPECT_EQ(report_.training_loss, calm.training_loss);
    EXPECT_EQ(report_.tokens, calm.tokens);
  }
}

TEST_P(ResumeTest, KilledAfterAnyStepItGoesOnFromTheLastCheckpoint) {
  const auto steps = static_cast<std::int64_t>(report_.losses.size());
  TrainingSettings settings = with_checkpoints("killed");
  settings.checkpoint_every = 2;
  std::int64_t resumed = 0;
  struct Killed {};
  // Killed after steps 3, 6, 9 … of what is then done, each time in the same place.
  for (std::int64_t at = 3; at < steps; at += 3) {
    const auto kill = [&](const Json& progress) {
      if (progress.contains("resumed")) resumed = progress.at("resumed");
      if (progress.contains("loss") && progress.at("step") == at) throw Killed();
    };
    EXPECT_THROW(weights(settings, {.progress = kill, .stop_requested = {}}), Killed);
    EXPECT_EQ(resumed, at == 3 ? 0 : (at - 4) / 2 * 2) << at;
  }
  EXPECT_EQ(weights(settings, {}), calm_);
}

TEST_P(ResumeTest, ADamagedOrForeignCheckpointIsPassedOverWithAWarning) {
  TrainingSettings settings = with_checkpoints("damaged");
  int asked = 0;
  EXPECT_THROW(weights(settings, {.progress = {}, .stop_requested = [&] { return asked++ == 5; }}), Stopped);
  const std::string whole = bytes_of(settings.checkpoint.file);
  const auto spoilt = [&](const std::string& content, const std::string& identity) {
    std::ofstream(settings.checkpoint.file, std::ios::binary) << content;
    TrainingSettings other = settings;
    other.checkpoint.identity = identity;
    std::string warning;
    const auto hear = [&](const Json& progress) { warning += progress.value("warning", ""); };
    EXPECT_EQ(weights(other, {.progress = hear, .stop_requested = {}}), calm_);
    return warning;
  };
  std::string flipped = whole;
  flipped[flipped.size() - 9] ^= 1;
  EXPECT_NE(spoilt(flipped, "a run").find("is a damaged checkpoint"), std::string::npos);
  EXPECT_NE(spoilt(whole.substr(0, whole.size() / 2), "a run").find("is a damaged checkpoint"), std::string::npos);
  EXPECT_NE(spoilt("", "a run").find("is a damaged checkpoint"), std::string::npos);
  EXPECT_NE(spoilt(whole, "another run").find("of another training"), std::string::npos);
  EXPECT_EQ(spoilt(whole, "a run"), "");
}

TEST_P(ResumeTest, ADiskThatRefusesCostsAWarningAndNothingElse) {
  TrainingSettings settings = with_checkpoints("refused");
  settings.checkpoint_every = 1;
  std::ofstream(folder_.path() / "refused") << "a file where the folder should be";
  int warnings = 0;
  const auto hear = [&](const Json& progress) { warnings += progress.contains("warning") ? 1 : 0; };
  EXPECT_EQ(weights(settings, {.progress = hear, .stop_requested = {}}), calm_);
  EXPECT_EQ(warnings, static_cast<int>(report_.losses.size()) - 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ResumeTest,
                         ::testing::Values(Case{"lora", "f32", "adamw"}, Case{"sft", "bf16", "adamw"},
                                           Case{"sft", "f32", "sgd"}),
                         [](const auto& info) {
                           return std::string(info.param.strategy) + "_" + info.param.dtype + "_" +
                                  info.param.optimizer;
                         });

}  // namespace
}  // namespace assay::train
