#include "models/merged_model.h"

#include <assay/sdk/error.h>

#include <fstream>
#include <span>

#include "models/model_weights.h"
#include "models/safetensors.h"

namespace assay::models {
namespace {

/// [columns, rows] of [rows, columns].
std::vector<float> turned(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  std::vector<float> result(values.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c)
      result[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
  }
  return result;
}

/// What of an adapter no weight can express; null where all of it can be merged.
const char* outside_of_weights(const AdapterWeights& adapter) {
  if (adapter.prefix) return "a prefix of keys and values";
  if (adapter.prompt) return "a soft prompt";
  return adapter.residuals.empty() ? nullptr : "bottleneck modules";
}

}  // namespace

std::vector<float> merged_tensor(const WeightSpec& spec, const ModelWeights& weights, const AdapterWeights& adapter) {
  if (const char* outside = outside_of_weights(adapter)) {
    throw BadInput(std::string("this adapter holds ") + outside +
                   ", which cannot be merged into weights; use it as an adapter");
  }
  const std::vector<float>* replaced = adapter.replacement_of(spec.name);
  std::vector<float> values = replaced == nullptr ? to_float(weights.at(spec.name)) : *replaced;
  const RowChanges changes = adapter.changes_of(spec.name);
  if (changes.empty()) return values;
  if (spec.transposed) values = turned(values, spec.shape[0], spec.shape[1]);
  const std::int64_t in = spec.shape.size() < 2 ? 1 : spec.shape[spec.transposed ? 0 : 1];
  changes.apply(0, static_cast<std::int64_t>(values.size()) / in, in, values.data());
  return spec.transposed ? turned(values, spec.shape[1], spec.shape[0]) : values;
}

void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model",
                           "chat_template.jinja", "added_tokens.json", "vocab.json", "merges.txt"}) {
    if (std::filesystem::exists(from / name)) {
      std::filesystem::copy_file(from / name, to / name, std::filesystem::copy_options::overwrite_existing);
    }
  }
}

void write_merged_model(const std::filesystem::path& base, const AdapterWeights& adapter,
                        const std::filesystem::path& out) {
  ModelConfig config = ModelConfig::read(base);
  adapter.check(config);
  const ModelWeights weights = ModelWeights::open(base, config);
  std::vector<std::vector<float>> held;
  std::vector<NamedTensor> tensors;
  for (const WeightSpec& spec : config.weights()) {
    const auto& values = held.emplace_back(merged_tensor(spec, weights, adapter));
    tensors.push_back({spec.name, DType::F32, spec.shape, std::as_bytes(std::span(values))});
  }
  std::filesystem::create_directories(out);
  write_safetensors(out / "model.safetensors", std::move(tensors), {{"format", "pt"}});
  config.stored_dtype = "float32";
  std::ofstream file(out / "config.json", std::ios::trunc);
  file << config.to_json().dump(2) << '\n';
  if (!file.flush()) throw Error("cannot write " + (out / "config.json").string());
  if (std::filesystem::exists(base / "generation_config.json")) {
    std::filesystem::copy_file(base / "generation_config.json", out / "generation_config.json",
                               std::filesystem::copy_options::overwrite_existing);
  }
  copy_tokenizer(base, out);
}

}  // namespace assay::models
