#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/adapter_folder.h"
#include "models/safetensors.h"
#include "unit/models/temporary_folder.h"
#include "unit/models/tiny_model.h"

namespace assay::models {
namespace {

using ::testing::HasSubstr;

constexpr const char* kModule = "model.layers.1.self_attn.q_proj";

/// A LoRA of rank 2 on one module.
void write_lora(const TemporaryFolder& folder, const Json& config, std::int64_t out = 40) {
  std::vector<float> a(2 * 40), b(static_cast<std::size_t>(out) * 2);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i) / 100.0F;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 7) - 3.0F;
  const std::string prefix = std::string("base_model.model.") + kModule;
  write_safetensors(folder.path() / "adapter_model.safetensors",
                    {{prefix + ".lora_A.weight", DType::F32, {2, 40}, std::as_bytes(std::span(a))},
                     {prefix + ".lora_B.weight", DType::F32, {out, 2}, std::as_bytes(std::span(b))}});
  folder.write("adapter_config.json", config.dump());
}

TEST(AdapterWeightsTest, ALoraFolderIsReadWithItsScale) {
  const TemporaryFolder folder;
  write_lora(folder, {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}});
  const AdapterWeights adapter = read_adapter(folder.path(), tiny_config());
  ASSERT_EQ(adapter.deltas.size(), 1U);
  EXPECT_EQ(adapter.deltas[0].module, kModule);
  EXPECT_EQ(adapter.deltas[0].rank, 2);
  EXPECT_EQ(adapter.deltas[0].scale, 3.0);
}

TEST(AdapterWeightsTest, PatternsAndRankStabilisationChangeTheScale) {
  const TemporaryFolder folder;
  write_lora(folder, {{"peft_type", "LORA"},
                      {"r", 8},
                      {"lora_alpha", 6},
                      {"use_rslora", true},
                      {"rank_pattern", {{"q_proj", 2}}},
                      {"alpha_pattern", {{"layers.1.self_attn.q_proj", 4}}}});
  EXPECT_DOUBLE_EQ(read_adapter(folder.path(), tiny_config()).deltas.at(0).scale, 4 / std::sqrt(2.0));
}

TEST(AdapterWeightsTest, MergingAddsScaledProductOfTheFactors) {
  const TemporaryFolder folder;
  write_lora(folder, {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}});
  const AdapterWeights adapter = read_adapter(folder.path(), tiny_config());
  std::vector<float> weight(1600, 0.5F);
  adapter.changes_of(std::string(kModule) + ".weight").apply(0, 40, 40, weight.data());
  const auto& d = adapter.deltas[0];
  for (const std::size_t o : {0U, 7U, 39U}) {
    for (const std::size_t i : {0U, 13U, 39U}) {
      const double expected =
          0.5 + 3.0 * (double{d.b[o * 2]} * double{d.a[i]} + double{d.b[o * 2 + 1]} * double{d.a[40 + i]});
      EXPECT_FLOAT_EQ(weight[o * 40 + i], static_cast<float>(expected));
    }
  }
  EXPECT_TRUE(adapter.changes_of("model.layers.0.self_attn.q_proj.weight").empty());
}

TEST(AdapterWeightsTest, WhatCannotBeUsedIsRefusedWithItsReason) {
  const auto refusal = [](const Json& config, std::int64_t out = 40) -> std::string {
    const TemporaryFolder folder;
    write_lora(folder, config, out);
    try {
      (void)read_adapter(folder.path(), tiny_config());
    } catch (const BadInput& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal({{"peft_type", "VERA"}}), HasSubstr("the adapter type VERA is not supported"));
  EXPECT_THAT(refusal({{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}, {"use_dora", true}}),
              HasSubstr("0 magnitude vectors"));
  EXPECT_THAT(refusal({{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}, {"init_lora_weights", "pissa"}}),
              HasSubstr("began as 'pissa'"));
  EXPECT_THAT(refusal({{"peft_type", "IA3"}}),
              HasSubstr("the model has no 'model.layers.1.self_attn.q_proj.lora_A.weight'"));
  EXPECT_THAT(refusal({{"peft_type", "PREFIX_TUNING"}}), HasSubstr("prompt_embeddings"));
  EXPECT_THAT(refusal({{"peft_type", "LORA"}, {"r", 4}, {"lora_alpha", 6}}),
              HasSubstr("is 4 in adapter_config.json and 2"));
  EXPECT_THAT(refusal({{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}}, 41),
              HasSubstr("is [40, 40] and its delta [41, 40]"));
  const TemporaryFolder empty;
  EXPECT_THROW((void)read_adapter(empty.path(), tiny_config()), BadInput);
}

TEST(AdapterWeightsTest, AFolderOfWeightsReplacesWhatItNames) {
  const TemporaryFolder folder;
  const ModelConfig config = tiny_config();
  write_tiny_model(folder.path(), config, random_weights(config, 2));
  const AdapterWeights adapter = read_adapter(folder.path(), config);
  EXPECT_TRUE(adapter.deltas.empty());
  EXPECT_EQ(adapter.replacements.size(), config.weights().size());
}

TEST(AdapterWeightsTest, AdaptersOfDifferentSitesCompose) {
  AdapterWeights first, second;
  first.replacements["model.norm.weight"] = std::vector<float>(40, 1.0F);
  second.deltas.push_back({kModule, 1, 40, 40, std::vector<float>(40), std::vector<float>(40), 1.0});
  first.add(second);
  EXPECT_EQ(first.deltas.size(), 1U);
  first.check(tiny_config());
  AdapterWeights again;
  again.replacements["model.norm.weight"] = std::vector<float>(40, 2.0F);
  EXPECT_THROW(first.add(again), BadInput);
  AdapterWeights prompted, prompted_too;
  prompted.prompt = PrefixEmbeddings{1, std::vector<float>(40)};
  prompted_too.prompt = prompted.prompt;
  first.add(prompted);
  EXPECT_EQ(first.virtual_tokens(), 1);
  EXPECT_THROW(first.add(prompted_too), BadInput);
}

}  // namespace
}  // namespace assay::models
