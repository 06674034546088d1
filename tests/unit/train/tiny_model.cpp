#include "unit/train/tiny_model.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <dlfcn.h>
#include <stdlib.h>

#include <cmath>
#include <fstream>

#include "models/safetensors.h"

namespace assay::train::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "assay-train-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw Error("cannot make a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

models::ModelConfig tiny_config(bool tied) {
  models::ModelConfig config;
  config.vocab_size = 97;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_layers = 2;
  config.num_heads = 4;
  config.num_kv_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 160;
  config.norm_epsilon = 1e-5;
  config.tie_word_embeddings = tied;
  config.eos_token_ids = {0};
  return config;
}

void write_tiny_model(const std::filesystem::path& folder, const models::ModelConfig& config, std::uint64_t seed) {
  std::filesystem::create_directories(folder);
  std::vector<std::vector<float>> held;
  std::vector<models::NamedTensor> tensors;
  for (const models::WeightSpec& spec : config.weights()) {
    std::int64_t size = 1;
    for (const std::int64_t n : spec.shape) size *= n;
    sdk::Random random(seed, spec.name);
    auto& values = held.emplace_back();
    const bool norm = spec.shape.size() == 1;
    const double scale = norm ? 0.2 : 1.5 / std::sqrt(static_cast<double>(spec.shape.back()));
    for (std::int64_t i = 0; i < size; ++i)
      values.push_back(static_cast<float>((norm ? 1 : 0) + scale * (2 * random.uniform() - 1)));
  }
  std::size_t i = 0;
  for (const models::WeightSpec& spec : config.weights()) {
    tensors.push_back({spec.name, models::DType::F32, spec.shape, std::as_bytes(std::span(held[i++]))});
  }
  models::write_safetensors(folder / "model.safetensors", std::move(tensors));
  std::ofstream(folder / "config.json") << config.to_json().dump(2) << '\n';
}

std::vector<TrainingExample> tiny_examples(std::size_t count, std::uint64_t seed, std::int64_t vocabulary) {
  std::vector<TrainingExample> examples(count);
  for (std::size_t e = 0; e < count; ++e) {
    sdk::Random random(seed, "tiny example", e);
    const std::size_t length = 5 + random.below(36);
    for (std::size_t i = 0; i < length; ++i) {
      examples[e].tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(vocabulary))));
      examples[e].loss_weights.push_back(i < 2 * length / 3 ? 0.0F : (i % 3 == 0 ? 0.5F : 1.0F));
    }
    examples[e].loss_weights[length - 2] = 1.0F;
  }
  return examples;
}

std::unique_ptr<sdk::Strategy> load_strategy(const std::string& name, const Json& params) {
  const std::string library = std::string(ASSAY_PLUGIN_DIR) + "/" + name + ".so";
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw Error(dlerror());
  const auto create = reinterpret_cast<sdk::Strategy* (*)(const sdk::Params*)>(dlsym(handle, "assay_plugin_create"));
  const sdk::Params given(params);
  return std::unique_ptr<sdk::Strategy>(create(&given));
}

}  // namespace assay::train::testing
