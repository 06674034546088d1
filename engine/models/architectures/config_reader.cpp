#include "models/architectures/config_reader.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <map>

namespace assay::models {

ConfigReader::ConfigReader(const Json& json, const std::string& where) : json_(json), where_(where) {
  if (!json.is_object()) throw BadInput(fmt::format("{}: is not a JSON object", where));
}

bool ConfigReader::has(const char* key) const {
  const auto found = json_.find(key);
  return found != json_.end() && !found->is_null();
}

bool ConfigReader::is_null(const char* key) const {
  const auto found = json_.find(key);
  return found != json_.end() && found->is_null();
}

std::int64_t ConfigReader::count(const char* key) const {
  if (!has(key)) throw BadInput(fmt::format("{}: '{}' is missing", where_, key));
  const Json& value = json_.at(key);
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > 1'000'000'000) {
    throw BadInput(fmt::format("{}: '{}' must be a positive integer, not {}", where_, key, value.dump()));
  }
  return value.get<std::int64_t>();
}

double ConfigReader::number(const char* key, double otherwise) const {
  if (!has(key)) return otherwise;
  const Json& value = json_.at(key);
  if (!value.is_number() || !(value.get<double>() > 0)) {
    throw BadInput(fmt::format("{}: '{}' must be a positive number, not {}", where_, key, value.dump()));
  }
  return value.get<double>();
}

bool ConfigReader::flag(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!json_.at(key).is_boolean()) {
    throw BadInput(fmt::format("{}: '{}' must be true or false, not {}", where_, key, json_.at(key).dump()));
  }
  return json_.at(key).get<bool>();
}

std::string ConfigReader::text(const char* key, const std::string& otherwise) const {
  if (!has(key)) return otherwise;
  if (!json_.at(key).is_string()) {
    throw BadInput(fmt::format("{}: '{}' must be text, not {}", where_, key, json_.at(key).dump()));
  }
  return json_.at(key).get<std::string>();
}

std::vector<std::int32_t> ConfigReader::ids(const char* key) const {
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

std::vector<std::string> ConfigReader::texts(const char* key) const {
  std::vector<std::string> result;
  if (!has(key)) return result;
  const Json& value = json_.at(key);
  for (const Json& text : value.is_array() ? value : Json::array({value})) {
    if (!text.is_string()) throw BadInput(fmt::format("{}: '{}' must hold names, not {}", where_, key, value.dump()));
    result.push_back(text.get<std::string>());
  }
  return result;
}

Activation ConfigReader::activation(const char* key, const std::string& otherwise) const {
  static const std::map<std::string, Activation> known = {
      {"gelu", Activation::gelu},           {"gelu_accurate", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh}, {"gelu_new", Activation::gelu_tanh},
      {"gelu_python", Activation::gelu},    {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"relu", Activation::relu},           {"silu", Activation::silu},
      {"swish", Activation::silu}};
  const std::string name = text(key, otherwise);
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  std::string names;
  for (const auto& [candidate, kind] : known) names += (names.empty() ? "" : ", ") + candidate;
  throw BadInput(fmt::format("{}: the activation '{}' ({}) is not supported; these are: {}", where_, name, key, names));
}

void read_sizes(const ConfigReader& reader, ModelConfig& config, std::int64_t max_positions, std::int64_t kv_heads,
                std::int64_t head_dim) {
  config.vocab_size = reader.count("vocab_size");
  config.hidden_size = reader.count("hidden_size");
  config.num_layers = reader.count("num_hidden_layers");
  config.num_heads = reader.count("num_attention_heads");
  config.intermediate_size = reader.count("intermediate_size");
  config.num_kv_heads = reader.count(
      "num_key_value_heads", kv_heads == 0 || reader.is_null("num_key_value_heads") ? config.num_heads : kv_heads);
  if (head_dim == 0 && !reader.has("head_dim") && config.hidden_size % config.num_heads != 0) {
    throw BadInput(fmt::format("{}: hidden_size {} is no multiple of num_attention_heads {}", reader.where(),
                               config.hidden_size, config.num_heads));
  }
  config.head_dim = reader.count("head_dim", head_dim == 0 ? config.hidden_size / config.num_heads : head_dim);
  config.max_position_embeddings = reader.count("max_position_embeddings", max_positions);
}

void read_rope(const ConfigReader& reader, ModelConfig& config, const char* theta_key, const char* share_key,
               double share) {
  const char* key = reader.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  config.rope_theta = reader.number("rope_theta", reader.number(theta_key, 10000.0));
  config.rotary_share = reader.number("partial_rotary_factor", reader.number(share_key, share));
  if (reader.has(key)) {
    const std::string where = fmt::format("{}: {}", reader.where(), key);
    const ConfigReader rope(reader.at(key), where);
    config.rope_theta = rope.number("rope_theta", config.rope_theta);
    config.rotary_share = rope.number("partial_rotary_factor", config.rotary_share);
    const std::string kind = rope.text("rope_type", rope.text("type", "default"));
    RopeScaling& scaling = config.rope_scaling;
    if (kind == "linear") {
      scaling.kind = RopeScaling::Kind::linear;
    } else if (kind == "llama3") {
      scaling.kind = RopeScaling::Kind::llama3;
      scaling.low_freq_factor = rope.number("low_freq_factor", 1.0);
      scaling.high_freq_factor = rope.number("high_freq_factor", 4.0);
      // transformers 5 takes what the scaling does not say from beside it.
      scaling.original_max_position_embeddings =
          rope.count("original_max_position_embeddings",
                     reader.count("original_max_position_embeddings", config.max_position_embeddings));
      if (scaling.high_freq_factor <= scaling.low_freq_factor) {
        throw BadInput(fmt::format("{}: 'high_freq_factor' must be above 'low_freq_factor'", where));
      }
    } else if (kind != "default") {
      throw BadInput(fmt::format("{}: the scaling '{}' is not supported; default, linear and llama3 are", where, kind));
    }
    if (kind != "default") {
      if (!rope.has("factor")) throw BadInput(fmt::format("{}: 'factor' is missing", where));
      scaling.factor = rope.number("factor", 1.0);
    }
  }
  const std::int64_t turning = config.rotary_dim();
  if (turning < 2 || turning > config.head_dim || turning % 2 != 0) {
    throw BadInput(fmt::format("{}: {} of a head's {} dimensions would turn; RoPE turns pairs", reader.where(), turning,
                               config.head_dim));
  }
}

}  // namespace assay::models
