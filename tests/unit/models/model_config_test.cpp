#include "models/model_config.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/model_weights.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

using ::testing::HasSubstr;

Json llama() {
  return {{"model_type", "llama"},    {"vocab_size", 100},
          {"hidden_size", 48},        {"intermediate_size", 64},
          {"num_hidden_layers", 2},   {"num_attention_heads", 6},
          {"num_key_value_heads", 2}, {"max_position_embeddings", 128},
          {"eos_token_id", {3, 4}}};
}

std::string refusal(const Json& config) {
  try {
    ModelConfig::parse(config, "folder/config.json");
  } catch (const BadInput& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ModelConfigTest, DefaultsAreThoseOfTransformers) {
  const ModelConfig config = ModelConfig::parse(llama());
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.norm_epsilon, 1e-6);
  EXPECT_EQ(config.rope_theta, 10000.0);
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_THAT(config.eos_token_ids, ::testing::ElementsAre(3, 4));
  EXPECT_TRUE(config.bos_token_ids.empty());
}

TEST(ModelConfigTest, WhatIsWrittenIsReadBack) {
  Json json = llama();
  json["rope_scaling"] = {{"rope_type", "llama3"},
                          {"factor", 8.0},
                          {"low_freq_factor", 1.0},
                          {"high_freq_factor", 4.0},
                          {"original_max_position_embeddings", 64}};
  json["head_dim"] = 16;
  json["attention_bias"] = true;
  json["torch_dtype"] = "float32";
  const ModelConfig config = ModelConfig::parse(json);
  EXPECT_EQ(ModelConfig::parse(config.to_json()), config);
}

TEST(ModelConfigTest, Transformers5KeepsRopeInOneDict) {
  Json json = llama();
  json["rope_parameters"] = {{"rope_theta", 70000.0}, {"rope_type", "linear"}, {"factor", 2.0}};
  json["dtype"] = "bfloat16";
  const ModelConfig config = ModelConfig::parse(json);
  EXPECT_EQ(config.rope_theta, 70000.0);
  EXPECT_EQ(config.rope_scaling.kind, RopeScaling::Kind::linear);
  EXPECT_EQ(config.stored_dtype, "bfloat16");
  EXPECT_NEAR(config.rope_frequencies().at(1), std::pow(70000.0, -0.25) / 2, 1e-15);
}

TEST(ModelConfigTest, RefusalsNameTheFileTheKeyAndWhatIsKnown) {
  Json json = llama();
  json["model_type"] = "mamba";
  EXPECT_THAT(refusal(json), HasSubstr("folder/config.json: the architecture 'mamba' (model_type) is not known; known "
                                       "are: gemma, gpt2, gpt_neox, llama, mistral, phi, qwen2, qwen3"));
  json = llama();
  json.erase("vocab_size");
  EXPECT_THAT(refusal(json), HasSubstr("'vocab_size' is missing"));
  json = llama();
  json["hidden_size"] = "large";
  EXPECT_THAT(refusal(json), HasSubstr("'hidden_size' must be a positive integer, not \"large\""));
  json = llama();
  json["num_key_value_heads"] = 4;
  EXPECT_THAT(refusal(json), HasSubstr("no multiple of num_key_value_heads 4"));
  json = llama();
  json["rope_scaling"] = {{"rope_type", "yarn"}, {"factor", 2.0}};
  EXPECT_THAT(refusal(json), HasSubstr("'yarn' is not supported"));
  json = llama();
  json["hidden_act"] = "mish";
  EXPECT_THAT(refusal(json), HasSubstr("'mish' (hidden_act) is not supported"));
  EXPECT_THAT(refusal(Json::array()), HasSubstr("not a JSON object"));
}

Json of_type(const char* type, const Json& changes = Json::object()) {
  Json json = llama();
  json["model_type"] = type;
  json.erase("num_key_value_heads");
  json["num_attention_heads"] = 8;
  json["hidden_size"] = 64;
  json.update(changes);
  return json;
}

TEST(ModelConfigTest, AbsentKeysMeanWhatEachArchitectureMeansByThem) {
  EXPECT_EQ(ModelConfig::parse(of_type("llama")).num_kv_heads, 8);
  EXPECT_EQ(ModelConfig::parse(of_type("mistral")).num_kv_heads, 8);
  EXPECT_EQ(ModelConfig::parse(of_type("mistral")).window(1), 4096);
  EXPECT_EQ(ModelConfig::parse(of_type("mistral", {{"sliding_window", nullptr}})).window(1), 0);
  EXPECT_EQ(ModelConfig::parse(of_type("qwen3", {{"num_key_value_heads", nullptr}})).head_dim, 128);
  EXPECT_EQ(ModelConfig::parse(of_type("phi")).rotary_dim(), 4);
  EXPECT_EQ(ModelConfig::parse(of_type("gpt_neox")).rotary_dim(), 2);
  const ModelConfig gemma = ModelConfig::parse(of_type("gemma", {{"num_key_value_heads", 1}}));
  EXPECT_TRUE(gemma.tie_word_embeddings);
  EXPECT_EQ(gemma.head_dim, 256);
  EXPECT_EQ(gemma.activation, Activation::gelu_tanh);
  EXPECT_EQ(gemma.embedding_scale, 8.0);
  const ModelConfig gpt2 =
      ModelConfig::parse({{"model_type", "gpt2"}, {"n_embd", 32}, {"n_layer", 1}, {"n_head", 2}, {"n_inner", nullptr}});
  EXPECT_TRUE(gpt2.tie_word_embeddings);
  EXPECT_EQ(gpt2.vocab_size, 50257);
  EXPECT_EQ(gpt2.intermediate_size, 128);
  EXPECT_EQ(gpt2.max_position_embeddings, 1024);
}

TEST(ModelConfigTest, ActivationsOfOneFunctionAreOne) {
  const auto activation = [](const char* name) {
    return ModelConfig::parse(of_type("gpt_neox", {{"hidden_act", name}})).activation;
  };
  EXPECT_EQ(activation("gelu"), Activation::gelu);
  EXPECT_EQ(activation("gelu_python"), Activation::gelu);
  for (const char* name : {"gelu_new", "gelu_pytorch_tanh", "gelu_fast"})
    EXPECT_EQ(activation(name), Activation::gelu_tanh);
  EXPECT_EQ(activation("swish"), Activation::silu);
}

TEST(ModelConfigTest, QwensWindowsCountOnlyWhereTheyAreSwitchedOn) {
  Json json = of_type("qwen2", {{"num_key_value_heads", 8}, {"sliding_window", 16}, {"max_window_layers", 1}});
  EXPECT_EQ(ModelConfig::parse(json).windows, (std::vector<std::int64_t>{0, 0}));
  json["use_sliding_window"] = true;
  EXPECT_EQ(ModelConfig::parse(json).windows, (std::vector<std::int64_t>{0, 16}));
  json["layer_types"] = {"sliding_attention", "full_attention"};
  EXPECT_EQ(ModelConfig::parse(json).windows, (std::vector<std::int64_t>{16, 0}));
}

TEST(ModelConfigTest, Transformers5KeepsTheTurningShareWithRope) {
  const ModelConfig config = ModelConfig::parse(of_type(
      "gpt_neox",
      {{"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5000.0}, {"partial_rotary_factor", 0.5}}}}));
  EXPECT_EQ(config.rotary_dim(), 4);
  EXPECT_EQ(config.rope_theta, 5000.0);
}

TEST(ModelConfigTest, ArchitecturesSayWhatAnUnknownModelTypeDoesNot) {
  EXPECT_EQ(
      ModelConfig::parse(of_type("of_mine", {{"architectures", {"Qwen2ForCausalLM"}}, {"num_key_value_heads", 8}}))
          .model_type,
      "qwen2");
}

TEST(ModelConfigTest, GenerationConfigSaysWhatEndsAText) {
  const TemporaryFolder folder;
  folder.write("config.json", llama().dump());
  EXPECT_THAT(ModelConfig::read(folder.path()).eos_token_ids, ::testing::ElementsAre(3, 4));
  folder.write("generation_config.json", R"({"eos_token_id": 9})");
  EXPECT_THAT(ModelConfig::read(folder.path()).eos_token_ids, ::testing::ElementsAre(9));
  EXPECT_THROW(ModelConfig::read(folder.path() / "none"), BadInput);
}

TEST(ModelWeightsTest, EveryMissingAndMisshapenTensorIsNamed) {
  const TemporaryFolder folder;
  const ModelConfig config = tiny_config();
  write_tiny_model(folder.path(), config, random_weights(config, 1));
  ModelConfig other = config;
  other.num_layers = 4;
  other.vocab_size = 300;
  try {
    ModelWeights::open(folder.path(), other);
    FAIL() << "accepted";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("'model.embed_tokens.weight' is [258, 40] where config.json asks for [300, 40]"));
    EXPECT_THAT(error.what(), HasSubstr("'model.layers.3.self_attn.q_proj.weight' [40, 40] is missing"));
    EXPECT_THAT(error.what(), HasSubstr("and 3 more"));
  }
}

TEST(ModelWeightsTest, AFolderWithoutWeightsSaysWhatItLooksFor) {
  const TemporaryFolder folder;
  try {
    ModelWeights::open(folder.path(), tiny_config());
    FAIL() << "accepted";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("neither model.safetensors nor model.safetensors.index.json"));
  }
}

TEST(ModelWeightsTest, ShardsAndNamesWithoutPrefixAreFound) {
  const TemporaryFolder folder;
  const ModelConfig config = tiny_config();
  const auto weights = random_weights(config, 1);
  std::vector<NamedTensor> halves[2];
  Json map = Json::object();
  for (std::size_t i = 0; const WeightSpec& spec : config.weights()) {
    const std::string bare = spec.name.starts_with("model.") ? spec.name.substr(6) : spec.name;
    halves[i % 2].push_back({bare, DType::F32, spec.shape, std::as_bytes(std::span(weights.at(spec.name)))});
    map[bare] = i % 2 == 0 ? "one.safetensors" : "two.safetensors";
    ++i;
  }
  write_safetensors(folder.path() / "one.safetensors", halves[0]);
  folder.write("model.safetensors.index.json", Json{{"weight_map", map}}.dump());
  EXPECT_THROW(ModelWeights::open(folder.path(), config), BadInput);
  write_safetensors(folder.path() / "two.safetensors", halves[1]);
  const ModelWeights opened = ModelWeights::open(folder.path(), config);
  EXPECT_EQ(opened.files().size(), 2U);
  EXPECT_EQ(to_float(opened.at("model.layers.1.mlp.up_proj.weight")), weights.at("model.layers.1.mlp.up_proj.weight"));
}

TEST(ModelConfigTest, Llama3ScalingTakesItsOriginalLengthFromBesideIt) {
  Json json = {{"model_type", "llama"},
               {"vocab_size", 9},
               {"hidden_size", 32},
               {"intermediate_size", 8},
               {"num_hidden_layers", 1},
               {"num_attention_heads", 1},
               {"max_position_embeddings", 512},
               {"rope_parameters",
                {{"rope_type", "llama3"},
                 {"rope_theta", 1e4},
                 {"factor", 4.0},
                 {"low_freq_factor", 1.0},
                 {"high_freq_factor", 4.0}}}};
  EXPECT_EQ(ModelConfig::parse(json).rope_scaling.original_max_position_embeddings, 512);
  json["original_max_position_embeddings"] = 128;
  EXPECT_EQ(ModelConfig::parse(json).rope_scaling.original_max_position_embeddings, 128);
  json["rope_parameters"]["original_max_position_embeddings"] = 64;
  EXPECT_EQ(ModelConfig::parse(json).rope_scaling.original_max_position_embeddings, 64);
}

}  // namespace
}  // namespace assay::models
