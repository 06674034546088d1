#pragma once
#include <assay/sdk/random.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/model_config.h"
#include "models/safetensors.h"
#include "text/byte_level.h"

namespace assay::models {

inline ModelConfig tiny_config() {
  return ModelConfig::parse({{"model_type", "llama"},
                             {"vocab_size", 258},
                             {"hidden_size", 40},
                             {"intermediate_size", 72},
                             {"num_hidden_layers", 3},
                             {"num_attention_heads", 4},
                             {"num_key_value_heads", 2},
                             {"max_position_embeddings", 300},
                             {"bos_token_id", 256},
                             {"eos_token_id", 257}});
}

/// Normal-ish weights of one seed, by name.
inline std::map<std::string, std::vector<float>> random_weights(const ModelConfig& config, std::uint64_t seed) {
  std::map<std::string, std::vector<float>> weights;
  for (const WeightSpec& spec : config.weights()) {
    std::size_t count = 1;
    for (const auto extent : spec.shape) count *= static_cast<std::size_t>(extent);
    sdk::Random random(seed, spec.name);
    const bool norm = spec.shape.size() == 1;
    const double deviation = norm ? 0.1 : 1.5 / std::sqrt(static_cast<double>(spec.shape[1]));
    auto& values = weights[spec.name];
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>((norm ? 1.0 : 0.0) + deviation * 3.46 * (random.uniform() - 0.5)));
    }
  }
  return weights;
}

/// A whole Hugging Face folder: bytes are tokens 0..255, then <s> (put in front of each text) and </s>.
inline void write_tiny_model(const std::filesystem::path& folder, const ModelConfig& config,
                             const std::map<std::string, std::vector<float>>& weights) {
  std::ofstream(folder / "config.json") << config.to_json().dump(1);
  std::vector<NamedTensor> tensors;
  for (const WeightSpec& spec : config.weights()) {
    tensors.push_back({spec.name, DType::F32, spec.shape, std::as_bytes(std::span(weights.at(spec.name)))});
  }
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});

  Json vocabulary;
  for (std::size_t byte = 0; byte < 256; ++byte) vocabulary[text::byte_symbols()[byte]] = byte;
  const auto special = [](int id, const std::string& content) {
    return Json{{"id", id},        {"content", content}, {"special", true},     {"normalized", false},
                {"lstrip", false}, {"rstrip", false},    {"single_word", false}};
  };
  const Json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const Json tokenizer = {
      {"version", "1.0"},
      {"added_tokens", {special(256, "<s>"), special(257, "</s>")}},
      {"normalizer", nullptr},
      {"pre_tokenizer", level},
      {"decoder", level},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single",
         {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
        {"pair", Json::array()},
        {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {256}}, {"tokens", {"<s>"}}}}}}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}}};
  std::ofstream(folder / "tokenizer.json") << tokenizer.dump();
  std::ofstream(folder / "tokenizer_config.json") << R"({"bos_token": "<s>", "eos_token": "</s>"})";
}

}  // namespace assay::models
