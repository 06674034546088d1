#include "models/adapter_folder.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "models/safetensors.h"

namespace assay::models {
namespace {

namespace fs = std::filesystem;

/// adapter_config.json and adapter_model.safetensors of one folder.
struct AdapterFiles {
  fs::path folder;
  Json config;
  SafetensorsFile tensors;

  /// null where it is absent.
  [[nodiscard]] Json option(const char* key) const { return config.contains(key) ? config.at(key) : Json(); }
  [[nodiscard]] fs::path config_file() const { return folder / "adapter_config.json"; }
  [[nodiscard]] std::string weights_file() const { return tensors.path().string(); }
};

Json read_json(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  try {
    Json json = Json::parse(in);
    if (!json.is_object()) throw BadInput(fmt::format("{}: is no JSON object", path.string()));
    return json;
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", path.string(), error.what()));
  }
}

/// PEFT matches a pattern's key as a regular expression that ends the module's name.
std::optional<double> pattern_value(const Json& patterns, const std::string& module, const fs::path& file) {
  if (!patterns.is_object()) return std::nullopt;
  for (const auto& [pattern, value] : patterns.items()) {
    try {
      if (std::regex_match(module, std::regex(fmt::format("(.*\\.)?({})", pattern)))) return value.get<double>();
    } catch (const std::regex_error&) {
      throw BadInput(fmt::format("{}: '{}' is no regular expression", file.string(), pattern));
    }
  }
  return std::nullopt;
}

/// File names carry "base_model.model." and, inside, what PEFT wraps modules in.
std::string site_name(std::string name) {
  for (const std::string& prefix : {std::string("base_model.model."), std::string("base_model.")}) {
    if (name.starts_with(prefix)) {
      name.erase(0, prefix.size());
      break;
    }
  }
  for (const std::string& infix :
       {std::string(".modules_to_save.default."), std::string(".modules_to_save."), std::string(".base_layer.")}) {
    const auto at = name.find(infix);
    if (at != std::string::npos) name.erase(at, infix.size() - 1);
  }
  return name;
}

/// "module" of "module.lora_A.weight", where `part` is ".lora_A."; none where `part` is not in it.
std::optional<std::string> module_before(const std::string& site, const std::string& part) {
  const auto at = site.rfind(part);
  return at == std::string::npos ? std::nullopt : std::optional(site.substr(0, at));
}

LowRankDelta read_delta(const AdapterFiles& files, const std::string& module, const std::string& name_a) {
  std::string name_b = name_a;
  name_b.replace(name_b.rfind(".lora_A."), 8, ".lora_B.");
  const TensorView &a = files.tensors.at(name_a), &b = files.tensors.at(name_b);
  if (a.shape.size() != 2 || b.shape.size() != 2 || a.shape[0] != b.shape[1]) {
    throw BadInput(fmt::format("{}: '{}' is {} and '{}' is {}: they are not [r, in] and [out, r]", files.weights_file(),
                               name_a, shape_text(a.shape), name_b, shape_text(b.shape)));
  }
  LowRankDelta delta{module, a.shape[0], a.shape[1], b.shape[0], to_float(a), to_float(b), 1};
  const double rank = static_cast<double>(delta.rank);
  const double alpha = pattern_value(files.option("alpha_pattern"), module, files.config_file())
                           .value_or(files.config.at("lora_alpha").get<double>());
  const double expected = pattern_value(files.option("rank_pattern"), module, files.config_file())
                              .value_or(files.config.at("r").get<double>());
  if (expected != rank) {
    throw BadInput(fmt::format("{}: the rank of '{}' is {} in adapter_config.json and {} in the weights",
                               files.folder.string(), module, expected, delta.rank));
  }
  // rslora divides by the root of the rank (arXiv 2312.03732).
  delta.scale = files.option("use_rslora") == true ? alpha / std::sqrt(rank) : alpha / rank;
  return delta;
}

AdapterWeights read_lora(const AdapterFiles& files) {
  for (const char* unsupported : {"lora_bias", "use_qalora"}) {
    if (files.option(unsupported) == true)
      throw BadInput(fmt::format("{}: '{}' is not supported", files.config_file().string(), unsupported));
  }
  // These initialisations change the model's own weights, of which the folder holds nothing.
  const Json begun = files.option("init_lora_weights");
  for (const char* changing : {"pissa", "olora", "corda", "loftq"}) {
    if (begun.is_string() && begun.get_ref<const std::string&>().starts_with(changing)) {
      throw BadInput(
          fmt::format("{}: an adapter that began as '{}' fits a changed model only; have PEFT convert it on saving",
                      files.config_file().string(), begun.get<std::string>()));
    }
  }
  if (!files.option("r").is_number_integer() || !files.option("lora_alpha").is_number()) {
    throw BadInput(fmt::format("{}: 'r' and 'lora_alpha' must be numbers", files.config_file().string()));
  }
  AdapterWeights adapter;
  std::map<std::string, std::vector<float>> magnitudes;
  for (const auto& [name, tensor] : files.tensors.tensors()) {
    const std::string site = site_name(name);
    if (const auto module = module_before(site, ".lora_A.")) {
      adapter.deltas.push_back(read_delta(files, *module, name));
    } else if (const auto scaled = module_before(site, ".lora_magnitude_vector")) {
      magnitudes.emplace(*scaled, to_float(tensor));
    } else if (site.find(".lora_B.") != std::string::npos) {
      continue;  // read with its A
    } else if (site.find("lora_") != std::string::npos) {
      throw BadInput(
          fmt::format("{}: tensor '{}' is of a LoRA variant that is not supported", files.weights_file(), name));
    } else {
      adapter.replacements.emplace(site, to_float(tensor));
    }
  }
  const bool dora = files.option("use_dora") == true;
  if (dora != !magnitudes.empty()) {
    throw BadInput(fmt::format("{}: 'use_dora' and the weights disagree: {} magnitude vectors are there",
                               files.config_file().string(), magnitudes.size()));
  }
  for (LowRankDelta& delta : adapter.deltas) {
    if (!dora) continue;
    const auto found = magnitudes.find(delta.module);
    if (found == magnitudes.end())
      throw BadInput(fmt::format("{}: '{}' has no magnitude vector", files.weights_file(), delta.module));
    delta.magnitude = std::move(found->second);
  }
  return adapter;
}

AdapterWeights read_ia3(const AdapterFiles& files) {
  AdapterWeights adapter;
  for (const auto& [name, tensor] : files.tensors.tensors()) {
    const std::string site = site_name(name);
    const auto module = module_before(site, ".ia3_l");
    if (!module) {
      adapter.replacements.emplace(site, to_float(tensor));
      continue;
    }
    // [1, in] for feed-forward modules, [out, 1] for others.
    if (tensor.shape.size() != 2 || (tensor.shape[0] != 1 && tensor.shape[1] != 1)) {
      throw BadInput(fmt::format("{}: '{}' is {}: neither [out, 1] nor [1, in]", files.weights_file(), name,
                                 shape_text(tensor.shape)));
    }
    adapter.scalings.push_back({*module, tensor.shape[0] == 1, to_float(tensor)});
  }
  return adapter;
}

const TensorView& virtual_tokens(const AdapterFiles& files) {
  const TensorView& tensor = files.tensors.at("prompt_embeddings");
  if (tensor.shape.size() != 2) {
    throw BadInput(fmt::format("{}: 'prompt_embeddings' is {}, not [virtual tokens, width]", files.weights_file(),
                               shape_text(tensor.shape)));
  }
  const Json tokens = files.option("num_virtual_tokens");
  if (tokens.is_number_integer() && tokens.get<std::int64_t>() != tensor.shape[0]) {
    throw BadInput(fmt::format("{}: 'num_virtual_tokens' is {} and the weights have {}", files.config_file().string(),
                               tokens.dump(), tensor.shape[0]));
  }
  return tensor;
}

AdapterWeights read_prefix(const AdapterFiles& files) {
  AdapterWeights adapter;
  const TensorView& tensor = virtual_tokens(files);
  adapter.prefix = PrefixKeysAndValues{tensor.shape[0], to_float(tensor)};
  return adapter;
}

AdapterWeights read_prompt(const AdapterFiles& files) {
  AdapterWeights adapter;
  const TensorView& tensor = virtual_tokens(files);
  adapter.prompt = PrefixEmbeddings{tensor.shape[0], to_float(tensor)};
  return adapter;
}

/// "<layer>attention_adapter.down.weight" and its like; docs/adapters.md describes the form.
AdapterWeights read_bottleneck(const AdapterFiles& files, const ModelConfig& config) {
  static const std::map<std::string, Activation> known = {{"relu", Activation::relu},
                                                          {"silu", Activation::silu},
                                                          {"gelu", Activation::gelu},
                                                          {"gelu_tanh", Activation::gelu_tanh}};
  const Json written = files.option("activation");
  const auto activation = written.is_string() ? known.find(written.get<std::string>()) : known.end();
  if (activation == known.end()) {
    throw BadInput(
        fmt::format("{}: 'activation' must be one of relu, silu, gelu, gelu_tanh", files.config_file().string()));
  }
  AdapterWeights adapter;
  std::set<std::string> used;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    for (const bool attention : {true, false}) {
      const std::string at = config.layer_name(layer) + (attention ? "attention_adapter." : "mlp_adapter.");
      if (!files.tensors.contains(at + "down.weight")) continue;
      const auto take = [&](const char* part) {
        used.insert(at + part);
        return to_float(files.tensors.at(at + part));
      };
      adapter.residuals.push_back({layer, attention, activation->second, take("down.weight"), take("down.bias"),
                                   take("up.weight"), take("up.bias")});
    }
  }
  for (const auto& [name, tensor] : files.tensors.tensors()) {
    if (!used.contains(name)) adapter.replacements.emplace(name, to_float(tensor));
  }
  return adapter;
}

AdapterWeights read_files(const AdapterFiles& files, const ModelConfig& config) {
  if (files.option("adapter_type") == "bottleneck") return read_bottleneck(files, config);
  const Json type = files.option("peft_type");
  if (type == "LORA") return read_lora(files);
  if (type == "IA3") return read_ia3(files);
  if (type == "PREFIX_TUNING") return read_prefix(files);
  if (type == "PROMPT_TUNING") return read_prompt(files);
  throw BadInput(
      fmt::format("{}: the adapter type {} is not supported; LORA, IA3, PREFIX_TUNING and PROMPT_TUNING are, and "
                  "bottleneck adapters",
                  files.config_file().string(), type.is_string() ? type.get<std::string>() : "(none)"));
}

}  // namespace

AdapterWeights read_adapter(const fs::path& folder, const ModelConfig& config) {
  AdapterWeights adapter;
  if (fs::exists(folder / "adapter_config.json")) {
    const AdapterFiles files{folder, read_json(folder / "adapter_config.json"),
                             SafetensorsFile::open(folder / "adapter_model.safetensors")};
    if (files.tensors.tensors().empty())
      throw BadInput(fmt::format("{}: holds no adapter tensors", files.weights_file()));
    adapter = read_files(files, config);
  } else if (fs::exists(folder / "model.safetensors")) {
    const SafetensorsFile file = SafetensorsFile::open(folder / "model.safetensors");
    for (const auto& [name, tensor] : file.tensors()) adapter.replacements.emplace(name, to_float(tensor));
  } else {
    throw BadInput(
        fmt::format("{}: is no adapter: neither adapter_config.json nor model.safetensors is there", folder.string()));
  }
  try {
    adapter.check(config);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", folder.string(), error.what()));
  }
  return adapter;
}

}  // namespace assay::models
