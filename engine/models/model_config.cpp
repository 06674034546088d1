#include "models/model_config.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <string_view>

#include "models/architectures/architectures.h"

namespace assay::models {
namespace {

Json read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw BadInput(fmt::format("{}: cannot be read; a model folder holds config.json", path.string()));
  try {
    return Json::parse(in);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", path.string(), error.what()));
  }
}

/// By model_type, as transformers chooses, or by `architectures` where that says nothing we know.
const Architecture& find(const ConfigReader& reader) {
  const std::string type = reader.text("model_type", "");
  const std::vector<std::string> named = reader.texts("architectures");
  std::string known;
  for (const Architecture& candidate : architectures()) {
    if (candidate.model_type == type) return candidate;
    known += (known.empty() ? "" : ", ") + std::string(candidate.model_type);
  }
  for (const Architecture& candidate : architectures()) {
    if (std::find(named.begin(), named.end(), candidate.name) != named.end()) return candidate;
  }
  throw BadInput(fmt::format("{}: the architecture '{}' (model_type{}) is not known; known are: {}", reader.where(),
                             type, named.empty() ? "" : fmt::format(", architectures {}", fmt::join(named, ", ")),
                             known));
}

}  // namespace

ModelConfig ModelConfig::parse(const Json& json, const std::string& where) {
  const ConfigReader reader(json, where);
  const Architecture& architecture = find(reader);
  ModelConfig config;
  config.source = json;
  config.model_type = architecture.model_type;
  config.tie_word_embeddings = reader.flag("tie_word_embeddings", false);
  config.bos_token_ids = reader.ids("bos_token_id");
  config.eos_token_ids = reader.ids("eos_token_id");
  config.stored_dtype = reader.text("dtype", reader.text("torch_dtype", "float32"));
  architecture.read(reader, config);
  if (config.num_heads % config.num_kv_heads != 0) {
    throw BadInput(fmt::format("{}: num_attention_heads {} is no multiple of num_key_value_heads {}", where,
                               config.num_heads, config.num_kv_heads));
  }
  return config;
}

ModelConfig ModelConfig::read(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw BadInput(
        fmt::format("{}: is no folder; a model is a Hugging Face folder (config.json, model.safetensors, "
                    "tokenizer.json)",
                    folder.string()));
  }
  const auto path = folder / "config.json";
  ModelConfig config = parse(read_json(path), path.string());
  const auto generation = folder / "generation_config.json";
  if (std::filesystem::exists(generation)) {
    const Json json = read_json(generation);
    const std::string where = generation.string();
    const auto ids = ConfigReader(json, where).ids("eos_token_id");
    if (!ids.empty()) config.eos_token_ids = ids;
  }
  return config;
}

Json ModelConfig::to_json() const {
  if (!source.is_null()) {
    Json json = source;
    const char* key = json.contains("dtype") ? "dtype" : "torch_dtype";
    if (json.contains(key) || stored_dtype != "float32") json[key] = stored_dtype;
    return json;
  }
  const auto ids = [](const std::vector<std::int32_t>& list) -> Json {
    if (list.empty()) return nullptr;
    return list.size() == 1 ? Json(list.front()) : Json(list);
  };
  Json json = {{"architectures", {"LlamaForCausalLM"}},
               {"model_type", model_type},
               {"vocab_size", vocab_size},
               {"hidden_size", hidden_size},
               {"intermediate_size", intermediate_size},
               {"num_hidden_layers", num_layers},
               {"num_attention_heads", num_heads},
               {"num_key_value_heads", num_kv_heads},
               {"head_dim", head_dim},
               {"hidden_act", "silu"},
               {"max_position_embeddings", max_position_embeddings},
               {"rms_norm_eps", norm_epsilon},
               {"rope_theta", rope_theta},
               {"rope_scaling", nullptr},
               {"tie_word_embeddings", tie_word_embeddings},
               {"attention_bias", qkv_bias},
               {"mlp_bias", mlp_bias},
               {"bos_token_id", ids(bos_token_ids)},
               {"eos_token_id", ids(eos_token_ids)},
               {"torch_dtype", stored_dtype}};
  if (rope_scaling.kind == RopeScaling::Kind::linear) {
    json["rope_scaling"] = {{"rope_type", "linear"}, {"factor", rope_scaling.factor}};
  } else if (rope_scaling.kind == RopeScaling::Kind::llama3) {
    json["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", rope_scaling.factor},
                            {"low_freq_factor", rope_scaling.low_freq_factor},
                            {"high_freq_factor", rope_scaling.high_freq_factor},
                            {"original_max_position_embeddings", rope_scaling.original_max_position_embeddings}};
  }
  return json;
}

std::vector<double> ModelConfig::rope_frequencies() const {
  std::vector<double> frequencies;
  const std::int64_t dim = rotary_dim();
  for (std::int64_t i = 0; i < dim / 2; ++i) {
    double frequency = std::pow(rope_theta, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
    if (rope_scaling.kind == RopeScaling::Kind::linear) frequency /= rope_scaling.factor;
    if (rope_scaling.kind == RopeScaling::Kind::llama3) {
      // Wavelengths over old/low are divided by the factor, under old/high kept, between them blended linearly.
      const double old = static_cast<double>(rope_scaling.original_max_position_embeddings);
      const double wavelength = 2.0 * std::numbers::pi / frequency;
      if (wavelength > old / rope_scaling.low_freq_factor) {
        frequency /= rope_scaling.factor;
      } else if (wavelength >= old / rope_scaling.high_freq_factor) {
        const double smooth = (old / wavelength - rope_scaling.low_freq_factor) /
                              (rope_scaling.high_freq_factor - rope_scaling.low_freq_factor);
        frequency = (1.0 - smooth) * frequency / rope_scaling.factor + smooth * frequency;
      }
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

std::int64_t ModelConfig::rotary_dim() const noexcept {
  if (positions != PositionKind::rotary) return 0;
  return static_cast<std::int64_t>(static_cast<double>(head_dim) * rotary_share);  // cut off, as transformers does
}

double ModelConfig::score_factor(std::int64_t layer) const noexcept {
  const double factor = scale_scores ? 1.0 : std::sqrt(static_cast<double>(head_dim));
  return divide_scores_by_layer ? factor / static_cast<double>(layer + 1) : factor;
}

std::int64_t ModelConfig::window(std::int64_t layer) const noexcept {
  return windows.empty() ? 0 : windows[static_cast<std::size_t>(layer)];
}

std::string ModelConfig::layer_name(std::int64_t layer) const { return fmt::format("{}.{}.", names.layers, layer); }

std::vector<WeightSpec> ModelConfig::weights() const {
  std::vector<WeightSpec> specs;
  const auto linear = [&](const std::string& module, std::int64_t out, std::int64_t in, bool bias) {
    if (transposed_matrices) {
      specs.push_back({module + ".weight", {in, out}, true});
    } else {
      specs.push_back({module + ".weight", {out, in}});
    }
    if (bias) specs.push_back({module + ".bias", {out}});
  };
  const auto norm_of = [&](const std::string& module, std::int64_t width) {
    specs.push_back({module + ".weight", {width}});
    if (norm == NormKind::layer) specs.push_back({module + ".bias", {width}});
  };
  const std::int64_t queries = num_heads * head_dim, keys = num_kv_heads * head_dim;
  specs.push_back({names.embedding + ".weight", {vocab_size, hidden_size}});
  if (positions == PositionKind::learned) {
    specs.push_back({names.positions + ".weight", {max_position_embeddings, hidden_size}});
  }
  for (std::int64_t i = 0; i < num_layers; ++i) {
    const std::string at = layer_name(i);
    norm_of(at + names.attention_norm, hidden_size);
    if (names.qkv.size() == 1) {
      linear(at + names.qkv[0], queries + 2 * keys, hidden_size, qkv_bias);
    } else {
      linear(at + names.qkv[0], queries, hidden_size, qkv_bias);
      linear(at + names.qkv[1], keys, hidden_size, qkv_bias);
      linear(at + names.qkv[2], keys, hidden_size, qkv_bias);
    }
    if (query_key_norm) {
      norm_of(at + names.query_norm, head_dim);
      norm_of(at + names.key_norm, head_dim);
    }
    linear(at + names.attention_output, hidden_size, queries, attention_output_bias);
    if (residual != Residual::parallel_one_norm) norm_of(at + names.mlp_norm, hidden_size);
    for (const std::string& up : names.up) linear(at + up, intermediate_size, hidden_size, mlp_bias);
    linear(at + names.down, hidden_size, intermediate_size, mlp_bias);
  }
  norm_of(names.final_norm, hidden_size);
  if (!tie_word_embeddings) specs.push_back({names.head + ".weight", {vocab_size, hidden_size}});
  if (head_bias) specs.push_back({names.head + ".bias", {vocab_size}});
  return specs;
}

std::int64_t ModelConfig::parameter_count() const {
  std::int64_t total = 0;
  for (const WeightSpec& spec : weights()) {
    std::int64_t count = 1;
    for (const std::int64_t extent : spec.shape) count *= extent;
    total += count;
  }
  return total;
}

}  // namespace assay::models
