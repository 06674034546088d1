#include "models/model_config.h"

#include <fmt/format.h>

#include <array>
#include <assay/sdk/error.h>
#include <cmath>
#include <fstream>
#include <numbers>
#include <string_view>

namespace assay::models {
namespace {

/// Reads keys of one config.json with errors that name the file and the key.
class Reader {
 public:
  Reader(const Json& json, const std::string& where) : json_(json), where_(where) {
    if (!json.is_object()) throw BadInput(fmt::format("{}: is not a JSON object", where));
  }

  [[nodiscard]] bool has(const char* key) const {
    const auto found = json_.find(key);
    return found != json_.end() && !found->is_null();
  }

  [[nodiscard]] std::int64_t count(const char* key) const {
    if (!has(key)) throw BadInput(fmt::format("{}: '{}' is missing", where_, key));
    const Json& value = json_.at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > 1'000'000'000) {
      throw BadInput(fmt::format("{}: '{}' must be a positive integer, not {}", where_, key, value.dump()));
    }
    return value.get<std::int64_t>();
  }
  [[nodiscard]] std::int64_t count(const char* key, std::int64_t otherwise) const { return has(key) ? count(key) : otherwise; }

  [[nodiscard]] double number(const char* key, double otherwise) const {
    if (!has(key)) return otherwise;
    const Json& value = json_.at(key);
    if (!value.is_number() || !(value.get<double>() > 0)) {
      throw BadInput(fmt::format("{}: '{}' must be a positive number, not {}", where_, key, value.dump()));
    }
    return value.get<double>();
  }

  [[nodiscard]] bool flag(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_.at(key).is_boolean()) {
      throw BadInput(fmt::format("{}: '{}' must be true or false, not {}", where_, key, json_.at(key).dump()));
    }
    return json_.at(key).get<bool>();
  }

  [[nodiscard]] std::string text(const char* key, const std::string& otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_.at(key).is_string()) {
      throw BadInput(fmt::format("{}: '{}' must be text, not {}", where_, key, json_.at(key).dump()));
    }
    return json_.at(key).get<std::string>();
  }

  /// Token ids are written as one number or as a list.
  [[nodiscard]] std::vector<std::int32_t> ids(const char* key) const {
    std::vector<std::int32_t> result;
    if (!has(key)) return result;
    const Json& value = json_.at(key);
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& id : list) {
      if (!id.is_number_integer()) {
        throw BadInput(fmt::format("{}: '{}' must hold token ids, not {}", where_, key, value.dump()));
      }
      result.push_back(id.get<std::int32_t>());
    }
    return result;
  }

  [[nodiscard]] const Json& at(const char* key) const { return json_.at(key); }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const Json& json_;
  const std::string& where_;
};

void read_rope(const Reader& reader, ModelConfig& config) {
  // transformers 5 keeps theta, kind and scaling in one dict `rope_parameters`; 4 has rope_theta and rope_scaling.
  const char* key = reader.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  config.rope_theta = reader.number("rope_theta", 10000.0);
  if (!reader.has(key)) return;
  const std::string where = fmt::format("{}: {}", reader.where(), key);
  const Reader rope(reader.at(key), where);
  config.rope_theta = rope.number("rope_theta", config.rope_theta);
  const std::string kind = rope.text("rope_type", rope.text("type", "default"));
  if (kind == "default") return;
  RopeScaling& scaling = config.rope_scaling;
  if (kind == "linear") {
    scaling.kind = RopeScaling::Kind::linear;
  } else if (kind == "llama3") {
    scaling.kind = RopeScaling::Kind::llama3;
    scaling.low_freq_factor = rope.number("low_freq_factor", 1.0);
    scaling.high_freq_factor = rope.number("high_freq_factor", 4.0);
    scaling.original_max_position_embeddings = rope.count("original_max_position_embeddings");
    if (scaling.high_freq_factor <= scaling.low_freq_factor) {
      throw BadInput(fmt::format("{}: 'high_freq_factor' must be above 'low_freq_factor'", where));
    }
  } else {
    throw BadInput(fmt::format("{}: the scaling '{}' is not supported; default, linear and llama3 are", where, kind));
  }
  if (!rope.has("factor")) throw BadInput(fmt::format("{}: 'factor' is missing", where));
  scaling.factor = rope.number("factor", 1.0);
}

void read_llama(const Reader& reader, ModelConfig& config) {
  config.intermediate_size = reader.count("intermediate_size");
  config.num_kv_heads = reader.count("num_key_value_heads", config.num_heads);
  config.max_position_embeddings = reader.count("max_position_embeddings", 2048);
  config.rms_norm_eps = reader.number("rms_norm_eps", 1e-6);
  config.attention_bias = reader.flag("attention_bias", false);
  config.mlp_bias = reader.flag("mlp_bias", false);
  const std::string activation = reader.text("hidden_act", "silu");
  if (activation != "silu") {
    throw BadInput(fmt::format("{}: the activation '{}' is not supported for llama; silu is", reader.where(), activation));
  }
  read_rope(reader, config);
}

struct Family {
  std::string_view model_type;
  void (*read)(const Reader&, ModelConfig&);
};
constexpr std::array<Family, 1> kFamilies{{{"llama", &read_llama}}};

Json read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw BadInput(fmt::format("{}: cannot be read; a model folder holds config.json", path.string()));
  try {
    return Json::parse(in);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", path.string(), error.what()));
  }
}

}  // namespace

ModelConfig ModelConfig::parse(const Json& json, const std::string& where) {
  const Reader reader(json, where);
  ModelConfig config;
  config.model_type = reader.text("model_type", "");
  const Family* family = nullptr;
  std::string known;
  for (const Family& candidate : kFamilies) {
    if (candidate.model_type == config.model_type) family = &candidate;
    known += (known.empty() ? "" : ", ") + std::string(candidate.model_type);
  }
  if (family == nullptr) {
    throw BadInput(fmt::format("{}: the architecture '{}' (model_type) is not known; known are: {}", where,
                               config.model_type, known));
  }
  config.vocab_size = reader.count("vocab_size");
  config.hidden_size = reader.count("hidden_size");
  config.num_layers = reader.count("num_hidden_layers");
  config.num_heads = reader.count("num_attention_heads");
  if (!reader.has("head_dim") && config.hidden_size % config.num_heads != 0) {
    throw BadInput(fmt::format("{}: hidden_size {} is no multiple of num_attention_heads {}", where, config.hidden_size,
                               config.num_heads));
  }
  config.head_dim = reader.count("head_dim", config.hidden_size / config.num_heads);
  config.tie_word_embeddings = reader.flag("tie_word_embeddings", false);
  config.bos_token_ids = reader.ids("bos_token_id");
  config.eos_token_ids = reader.ids("eos_token_id");
  config.stored_dtype = reader.text("dtype", reader.text("torch_dtype", "float32"));
  family->read(reader, config);
  if (config.num_heads % config.num_kv_heads != 0) {
    throw BadInput(fmt::format("{}: num_attention_heads {} is no multiple of num_key_value_heads {}", where,
                               config.num_heads, config.num_kv_heads));
  }
  if (config.head_dim % 2 != 0) throw BadInput(fmt::format("{}: head_dim {} is odd; RoPE turns pairs", where, config.head_dim));
  return config;
}

ModelConfig ModelConfig::read(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw BadInput(fmt::format("{}: is no folder; a model is a Hugging Face folder (config.json, model.safetensors, "
                               "tokenizer.json)", folder.string()));
  }
  const auto path = folder / "config.json";
  ModelConfig config = parse(read_json(path), path.string());
  const auto generation = folder / "generation_config.json";
  if (std::filesystem::exists(generation)) {
    const Json json = read_json(generation);
    const std::string where = generation.string();
    const auto ids = Reader(json, where).ids("eos_token_id");
    if (!ids.empty()) config.eos_token_ids = ids;
  }
  return config;
}

Json ModelConfig::to_json() const {
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
               {"rms_norm_eps", rms_norm_eps},
               {"rope_theta", rope_theta},
               {"rope_scaling", nullptr},
               {"tie_word_embeddings", tie_word_embeddings},
               {"attention_bias", attention_bias},
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
  for (std::int64_t i = 0; i < head_dim / 2; ++i) {
    double frequency = std::pow(rope_theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
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

std::vector<WeightSpec> ModelConfig::weights() const {
  std::vector<WeightSpec> specs;
  const auto linear = [&](const std::string& module, std::int64_t out, std::int64_t in, bool bias) {
    specs.push_back({module + ".weight", {out, in}});
    if (bias) specs.push_back({module + ".bias", {out}});
  };
  specs.push_back({"model.embed_tokens.weight", {vocab_size, hidden_size}});
  for (std::int64_t i = 0; i < num_layers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    specs.push_back({layer + "input_layernorm.weight", {hidden_size}});
    linear(layer + "self_attn.q_proj", num_heads * head_dim, hidden_size, attention_bias);
    linear(layer + "self_attn.k_proj", num_kv_heads * head_dim, hidden_size, attention_bias);
    linear(layer + "self_attn.v_proj", num_kv_heads * head_dim, hidden_size, attention_bias);
    linear(layer + "self_attn.o_proj", hidden_size, num_heads * head_dim, attention_bias);
    specs.push_back({layer + "post_attention_layernorm.weight", {hidden_size}});
    linear(layer + "mlp.gate_proj", intermediate_size, hidden_size, mlp_bias);
    linear(layer + "mlp.up_proj", intermediate_size, hidden_size, mlp_bias);
    linear(layer + "mlp.down_proj", hidden_size, intermediate_size, mlp_bias);
  }
  specs.push_back({"model.norm.weight", {hidden_size}});
  if (!tie_word_embeddings) specs.push_back({"lm_head.weight", {vocab_size, hidden_size}});
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
