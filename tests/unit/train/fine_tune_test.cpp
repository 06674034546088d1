#include <ATen/ATen.h>
#include <assay/sdk/error.h>
#include <assay/torch/fine_tuning.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <cmath>
#include <fstream>

#include "models/adapter_folder.h"
#include "models/local/transformer.h"
#include "models/safetensors.h"
#include "train/backend.h"
#include "train/batches.h"
#include "train/saving.h"
#include "train/schedule.h"
#include "unit/train/tiny_model.h"

extern "C" assay::train::Backend* assay_torch_backend();

namespace assay::train {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

/// A strategy as it is, which also notes what it adds and what that comes to.
class Recorded final : public sdk::Strategy, public sdk::FineTuning {
 public:
  explicit Recorded(const sdk::Strategy& inner) : inner_(dynamic_cast<const sdk::FineTuning&>(inner)) {}

  sdk::Adaptation adapt(const sdk::TrainableModel& model, std::uint64_t seed) const override {
    sdk::Adaptation adaptation = inner_.adapt(model, seed);
    for (const sdk::TrainedTensor& tensor : adaptation.tensors) initial[tensor.name] = tensor.initial.to(at::kDouble);
    for (const sdk::Site& site : adaptation.sites) {
      if (const auto* weight = std::get_if<sdk::WholeWeight>(&site)) whole.push_back(weight->parameter);
    }
    return adaptation;
  }

  void save(const sdk::TrainedState& trained, const std::filesystem::path& folder) const override {
    inner_.save(trained, folder);
    for (const auto& [name, tensor] : initial) final[name] = trained.tensor(name);
    for (const std::string& name : whole) final[name] = trained.tensor(name);
  }

  mutable Tensors initial, final;
  mutable std::vector<std::string> whole;

 private:
  const sdk::FineTuning& inner_;
};

Json reference_case(const std::filesystem::path& model, const std::vector<TrainingExample>& examples,
                    const TrainingSettings& s, std::int64_t steps) {
  Json c = {{"model", model.string()},  {"dtype", s.dtype},         {"weight_decay", s.weight_decay},
            {"beta1", s.beta1},         {"beta2", s.beta2},         {"epsilon", s.epsilon},
            {"clip_norm", s.clip_norm}, {"optimizer", s.optimizer}, {"momentum", s.momentum}};
  for (const TrainingExample& e : examples)
    c["examples"].push_back({{"tokens", e.tokens}, {"weights", e.loss_weights}});
  const std::size_t per_step = static_cast<std::size_t>(s.batch_size * s.gradient_accumulation);
  for (int epoch = 0; static_cast<std::int64_t>(c["batches"].size()) < steps; ++epoch) {
    const auto order = epoch_order(examples.size(), s.seed, epoch);
    for (std::size_t first = 0; first < order.size(); first += per_step) {
      c["batches"].push_back(std::vector<std::size_t>(
          order.begin() + static_cast<std::ptrdiff_t>(first),
          order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), first + per_step))));
    }
  }
  const Schedule schedule{Schedule::parse(s.schedule), s.learning_rate,
                          static_cast<std::int64_t>(std::ceil(s.warmup_ratio * static_cast<double>(steps))), steps,
                          s.final_share};
  for (std::int64_t step = 0; step < steps; ++step) c["learning_rates"].push_back(schedule.at(step));
  return c;
}

/// Losses of tests/reference/train_reference.py; empty where Python has no torch.
std::vector<double> reference_losses(const Json& c, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "case.json";
  std::ofstream(file) << c.dump();
  if (std::system("/usr/bin/python3 -c 'import torch' 2>/dev/null") != 0) return {};
  const std::string command =
      "/usr/bin/python3 " ASSAY_SOURCE_DIR "/tests/reference/train_reference.py " + file.string();
  FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0);
  return Json::parse(out).get<std::vector<double>>();
}

TrainingSettings twenty_steps(const std::string& dtype) {
  TrainingSettings s;
  s.dtype = dtype, s.learning_rate = 3e-3, s.max_steps = 20, s.batch_size = 3, s.gradient_accumulation = 2, s.seed = 5;
  s.warmup_ratio = 0.1, s.schedule = "cosine", s.weight_decay = 0.02, s.clip_norm = 0.7;
  return s;
}

struct ReferenceCase {
  const char* name;
  const char* strategy;
  Json params;
  const char* dtype;
  bool tied = true;
  Json extra = Json::object();  ///< what the reference must know of the method
  const char* optimizer = "adamw";
};

class ReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

/// Rows to learn from; those of conversations have several stretches that count, as turns do.
std::vector<TrainingExample> examples_of(const ReferenceCase& c) {
  auto examples = testing::tiny_examples(25, 3);
  if (std::string(c.strategy) != "instruction_tuning") return examples;
  for (TrainingExample& example : examples)
    for (std::size_t t = 0; t < example.tokens.size(); ++t) example.loss_weights[t] = t % 5 > 1 ? 1.0F : 0.0F;
  return examples;
}

/// A tiny model, with biases where the method needs some.
models::ModelConfig model_of(const ReferenceCase& c) {
  Json config = testing::tiny_config(c.tied).to_json();
  if (c.params.value("train", "") == "biases") config["attention_bias"] = config["mlp_bias"] = true;
  return models::ModelConfig::parse(config);
}

TEST_P(ReferenceTest, LossesAndTensorsFollowPyTorchStepForStep) {
  const ReferenceCase& c = GetParam();
  const bool exact = std::string(c.dtype) == "f64";
  const testing::TemporaryFolder folder;
  const auto model = folder.path() / "model";
  testing::write_tiny_model(model, model_of(c));
  const auto strategy = testing::load_strategy(c.strategy, c.params);
  const Recorded recorded(*strategy);
  TrainingSettings settings = twenty_steps(c.dtype);
  settings.optimizer = c.optimizer;
  if (settings.optimizer == "sgd") settings.learning_rate = 0.1;
  const auto examples = examples_of(c);
  TrainingCallbacks callbacks;
  callbacks.encode = [](const std::string& text) { return std::vector<std::int32_t>(text.begin(), text.end()); };
  const TrainingReport report =
      assay_torch_backend()->fine_tune(model, recorded, examples, {}, settings, folder.path() / "out", callbacks);

  Json wanted = reference_case(model, examples, settings, 20);
  wanted.update(c.extra);
  wanted["trained"] = recorded.whole;
  wanted["final"] = (folder.path() / "final.safetensors").string();
  if (!recorded.initial.empty()) {
    wanted["tensors"] = (folder.path() / "initial.safetensors").string();
    save_tensors(folder.path() / "initial.safetensors", recorded.initial);
  }
  const std::vector<double> expected = reference_losses(wanted, folder.path());
  if (expected.empty()) GTEST_SKIP() << "python3-torch is not installed";
  ASSERT_EQ(report.losses.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_NEAR(report.losses[i], expected[i], (exact ? 1e-6 : 1e-4) * expected[i]) << "step " << i + 1;
  EXPECT_LT(report.losses.back(), report.losses.front());
  if (!exact) return;

  const auto file = models::SafetensorsFile::open(folder.path() / "final.safetensors");
  ASSERT_EQ(file.tensors().size(), recorded.final.size());
  for (const auto& [name, tensor] : recorded.final) {
    // The true gradient of a key's bias is zero: Adam makes steps of what rounding leaves.
    if (name.ends_with("k_proj.bias")) continue;
    const auto theirs = models::to_double(file.at(name));
    const at::Tensor ours = tensor.contiguous();
    ASSERT_EQ(static_cast<std::size_t>(ours.numel()), theirs.size()) << name;
    for (std::size_t i = 0; i < theirs.size(); ++i)
      ASSERT_NEAR(ours.data_ptr<double>()[i], theirs[i], 1e-6) << name << " " << i;
  }
}

std::vector<ReferenceCase> reference_cases() {
  const Json lora = {{"rank", 3}, {"alpha", 12}};
  const auto with = [](Json params, const Json& more) {
    params.update(more);
    return params;
  };
  std::vector<ReferenceCase> cases;
  for (const char* dtype : {"f32", "f64"}) {
    cases.insert(
        cases.end(),
        {{"lora", "lora", lora, dtype, true, {{"scale", 4.0}}},
         {"lora_untied", "lora", lora, dtype, false, {{"scale", 4.0}}},
         {"rslora", "lora", with(lora, {{"rslora", true}}), dtype, true, {{"scale", 12 / std::sqrt(3.0)}}},
         {"dora", "lora", with(lora, {{"dora", true}}), dtype, true, {{"scale", 4.0}}},
         {"dora_of_some",
          "lora",
          with(lora, {{"dora", true}, {"target_modules", {"q_proj", "up_proj"}}}),
          dtype,
          true,
          {{"scale", 4.0}}},
         {"ia3", "ia3", Json::object(), dtype},
         {"prefix", "prefix_tuning", {{"virtual_tokens", 5}}, dtype},
         {"prefix_of_words", "prefix_tuning", {{"virtual_tokens", 5}, {"init", "text"}, {"init_text", "ABC"}}, dtype},
         {"prefix_through_mlp",
          "prefix_tuning",
          {{"virtual_tokens", 5}, {"init", "random"}, {"reparametrization", true}, {"encoder_hidden_size", 7}},
          dtype},
         {"prompt", "prompt_tuning", {{"virtual_tokens", 6}}, dtype},
         {"houlsby", "adapters", {{"bottleneck", 5}, {"init_deviation", 0.2}}, dtype, true, {{"activation", "gelu"}}},
         {"pfeiffer",
          "adapters",
          {{"bottleneck", 5}, {"placement", "pfeiffer"}, {"activation", "relu"}, {"train_norms", true}},
          dtype,
          true,
          {{"activation", "relu"}}},
         {"sft", "sft", Json::object(), dtype},
         {"sft_untied", "sft", Json::object(), dtype, false},
         {"instruction_tuning", "instruction_tuning", {{"data", {"chats.jsonl"}}}, dtype},
         {"last_layers", "sft", {{"last_layers", 1}}, dtype},
         {"frozen", "sft", {{"freeze", {"model.embed_tokens.weight", "*norm*"}}}, dtype},
         {"bitfit", "sft", {{"train", "biases"}}, dtype},
         {"sft_by_sgd", "sft", Json::object(), dtype, true, Json::object(), "sgd"},
         {"lora_by_sgd", "lora", lora, dtype, true, {{"scale", 4.0}}, "sgd"}});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Strategies, ReferenceTest, ::testing::ValuesIn(reference_cases()),
                         [](const auto& info) { return std::string(info.param.name) + "_" + info.param.dtype; });

/// The loss that the inference path gives to examples, adapter applied.
double inference_loss(models::Transformer& model, const std::vector<TrainingExample>& examples) {
  double loss = 0, weight = 0;
  for (const TrainingExample& e : examples) {
    const auto run = model.pool().make(nullptr, 0, static_cast<std::int64_t>(e.tokens.size()));
    const models::Span span{run.get(), e.tokens, static_cast<std::int64_t>(e.tokens.size())};
    std::vector<float> hidden, logits;
    model.forward({&span, 1}, hidden);
    model.logits(hidden, logits);
    for (std::size_t t = 1; t < e.tokens.size(); ++t) {
      const float* row = logits.data() + static_cast<std::int64_t>(t - 1) * model.logits_stride();
      double sum = 0;
      for (std::int64_t i = 0; i < model.config().vocab_size; ++i) sum += std::exp(static_cast<double>(row[i]));
      loss += e.loss_weights[t] * (std::log(sum) - row[e.tokens[t]]);
      weight += e.loss_weights[t];
    }
  }
  return loss / weight;
}

struct ReloadCase {
  const char* name;
  const char* strategy;
  Json params;
};

class ReloadTest : public ::testing::TestWithParam<ReloadCase> {};

TEST_P(ReloadTest, WhatWasSavedGivesItsValidationLossOnTheInferencePath) {
  const testing::TemporaryFolder folder;
  const auto model = folder.path() / "model";
  const auto config = testing::tiny_config();
  testing::write_tiny_model(model, config);
  const Json params = GetParam().params.is_null() ? Json::object() : GetParam().params;
  const auto strategy = testing::load_strategy(GetParam().strategy, params);
  TrainingSettings settings = twenty_steps("f32");
  settings.max_steps = 0, settings.epochs = 6, settings.learning_rate = 1e-2;
  const auto train = testing::tiny_examples(30, 3), validation = testing::tiny_examples(12, 8);
  const auto report =
      assay_torch_backend()->fine_tune(model, *strategy, train, validation, settings, folder.path() / "out", {});
  ASSERT_EQ(report.validation.size(), 6U);
  double best = report.validation[0].loss;
  for (const auto& point : report.validation) best = std::min(best, point.loss);
  EXPECT_EQ(report.validation_loss, best);

  const auto adapter = models::read_adapter(folder.path() / "out", config);
  models::Transformer inference(model, config, &adapter);
  EXPECT_NEAR(inference_loss(inference, validation), report.validation_loss, 1e-5);
}
INSTANTIATE_TEST_SUITE_P(
    Strategies, ReloadTest,
    ::testing::Values(
        ReloadCase{"lora", "lora", {}}, ReloadCase{"dora", "lora", {{"dora", true}, {"rank_pattern", {{"q_proj", 2}}}}},
        ReloadCase{"ia3", "ia3", {}}, ReloadCase{"prefix", "prefix_tuning", {}},
        ReloadCase{"prefix_through_mlp", "prefix_tuning", {{"init", "random"}, {"reparametrization", true}}},
        ReloadCase{"prompt", "prompt_tuning", {}}, ReloadCase{"houlsby", "adapters", {{"train_norms", true}}},
        ReloadCase{"pfeiffer", "adapters", {{"placement", "pfeiffer"}}}, ReloadCase{"sft", "sft", {}},
        ReloadCase{"instruction_tuning", "instruction_tuning", {{"data", {"chats.jsonl"}}}},
        ReloadCase{"last_layers", "sft", {{"last_layers", 1}}}),
    [](const auto& info) { return std::string(info.param.name); });

std::string weights_after(const std::filesystem::path& model, const Json& params, TrainingSettings settings,
                          const std::filesystem::path& out) {
  const auto strategy = testing::load_strategy("lora", params);
  assay_torch_backend()->fine_tune(model, *strategy, testing::tiny_examples(20, 3), {}, settings, out, {});
  std::ifstream in(out / "adapter_model.safetensors", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FineTuneTest, TheSameSeedGivesTheSameBytesDropoutIncluded) {
  for (const char* dtype : {"f32", "bf16", "f64"}) {
    SCOPED_TRACE(dtype);
    const testing::TemporaryFolder folder;
    testing::write_tiny_model(folder.path() / "model", testing::tiny_config());
    TrainingSettings settings = twenty_steps(dtype);
    const Json params = {{"dropout", 0.2}, {"target_modules", {"q_proj", "v_proj", "down_proj"}}};
    const auto run = [&](const char* name) {
      return weights_after(folder.path() / "model", params, settings, folder.path() / name);
    };
    const std::string once = run("a");
    EXPECT_EQ(once, run("b"));
    settings.seed = 6;
    EXPECT_NE(once, run("c"));
  }
}

TEST(FineTuneTest, OnlyTheTargetsGetAnAdapter) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", testing::tiny_config());
  weights_after(folder.path() / "model", {{"rank", 2}, {"target_modules", {"v_proj"}}}, twenty_steps("f32"),
                folder.path() / "out");
  const auto file = models::SafetensorsFile::open(folder.path() / "out" / "adapter_model.safetensors");
  const std::vector<std::string> expected = {"base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight",
                                             "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight",
                                             "base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight",
                                             "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"};
  auto names = file.names();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, expected);
}

TEST(FineTuneTest, TrainedParametersAreTheNumbersOfThePapers) {
  const testing::TemporaryFolder folder;
  const auto config = testing::tiny_config();
  testing::write_tiny_model(folder.path(), config);
  const auto trained = [&](const char* name, const Json& params) {
    const auto strategy = testing::load_strategy(name, params);
    TrainingSettings settings = twenty_steps("f32");
    settings.max_steps = 1;
    return assay_torch_backend()
        ->fine_tune(folder.path(), *strategy, testing::tiny_examples(2, 3), {}, settings, folder.path() / "out", {})
        .trained_parameters;
  };
  const std::int64_t d = config.hidden_size, kv = config.num_kv_heads * config.head_dim, f = config.intermediate_size,
                     layers = config.num_layers;
  EXPECT_EQ(trained("lora", {{"rank", 3}, {"target_modules", {"q_proj", "v_proj"}}}), layers * 3 * (d + d + d + kv));
  EXPECT_EQ(trained("lora", {{"rank", 3}, {"dora", true}, {"target_modules", {"q_proj", "v_proj"}}}),
            layers * (3 * (d + d + d + kv) + d + kv));
  EXPECT_EQ(trained("lora", {{"rank", 3}, {"rank_pattern", {{"v_proj", 5}}}, {"target_modules", {"q_proj", "v_proj"}}}),
            layers * (3 * (d + d) + 5 * (d + kv)));
  EXPECT_EQ(trained("ia3", Json::object()), layers * (kv + kv + f));                      // d_k + d_v + d_ff
  EXPECT_EQ(trained("prefix_tuning", {{"virtual_tokens", 7}}), 7 * layers * 2 * kv);      // |P| · dim(h)
  EXPECT_EQ(trained("prompt_tuning", {{"virtual_tokens", 7}}), 7 * d);                    // p · e
  EXPECT_EQ(trained("adapters", {{"bottleneck", 6}}), layers * 2 * (2 * 6 * d + d + 6));  // 2md + d + m a module
  EXPECT_EQ(trained("adapters", {{"bottleneck", 6}, {"placement", "pfeiffer"}}), layers * (2 * 6 * d + d + 6));
  EXPECT_EQ(trained("sft", Json::object()), config.parameter_count());
}

TEST(FineTuneTest, AnUnknownTargetModuleIsRefusedWithTheOnesThatThereAre) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", testing::tiny_config());
  try {
    weights_after(folder.path() / "model", {{"target_modules", {"qkv"}}}, twenty_steps("f32"), folder.path() / "out");
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("'qkv'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("q_proj"), std::string::npos);
  }
}

TEST(FineTuneTest, AnExampleLongerThanTheWindowIsNamed) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", testing::tiny_config());
  auto examples = testing::tiny_examples(2, 3);
  examples[1].tokens.assign(200, 1), examples[1].loss_weights.assign(200, 1.0F);
  const auto strategy = testing::load_strategy("sft", Json::object());
  try {
    assay_torch_backend()->fine_tune(folder.path() / "model", *strategy, examples, {}, twenty_steps("f32"),
                                     folder.path() / "out", {});
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("training example 2"), std::string::npos);
  }
}

TEST(FineTuneTest, StoppingThrowsStoppedAndSavesNothing) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", testing::tiny_config());
  const auto strategy = testing::load_strategy("sft", Json::object());
  int asked = 0;
  EXPECT_THROW(
      assay_torch_backend()->fine_tune(folder.path() / "model", *strategy, testing::tiny_examples(9, 1), {},
                                       twenty_steps("f32"), folder.path() / "out", {{}, [&] { return ++asked > 2; }}),
      Stopped);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out" / "model.safetensors"));
}

TEST(FineTuneTest, SettingsComeFromParametersAndImpossibleOnesAreRefused) {
  const auto s = TrainingSettings::from_params(
      {{"rank", 8}, {"learning_rate", 0.5}, {"schedule", "constant"}, {"keep_best", false}});
  EXPECT_EQ(s.learning_rate, 0.5);
  EXPECT_FALSE(s.keep_best);
  EXPECT_THROW(TrainingSettings::from_params({{"batch_size", 0}}), BadInput);
  EXPECT_THROW(TrainingSettings::from_params({{"schedule", "steep"}}), BadInput);
  EXPECT_THROW(TrainingSettings::from_params({{"epochs", "four"}}), BadInput);
  EXPECT_THROW(TrainingSettings::from_params({{"optimizer", "lion"}}), BadInput);
  EXPECT_THROW(TrainingSettings::from_params({{"max_time", "soon"}}), BadInput);
  EXPECT_EQ(TrainingSettings::from_params({{"max_time", "1h2m3s"}}).max_time, 3723);
  EXPECT_EQ(TrainingSettings::from_params({{"max_time", 1.5}}).max_time, 1.5);
}

}  // namespace
}  // namespace assay::train
