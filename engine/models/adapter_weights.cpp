#include "models/adapter_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <cmath>
#include <fstream>
#include <optional>
#include <regex>
#include <set>

#include "models/safetensors.h"

namespace assay::models {
namespace {

Json read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  try {
    return Json::parse(in);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", path.string(), error.what()));
  }
}

/// PEFT matches a pattern's key as a regular expression that ends the module's name.
std::optional<double> pattern_value(const Json& config, const char* key, const std::string& module) {
  const auto patterns = config.find(key);
  if (patterns == config.end() || !patterns->is_object()) return std::nullopt;
  for (const auto& [pattern, value] : patterns->items()) {
    if (std::regex_match(module, std::regex(fmt::format("(.*\\.)?({})", pattern)))) return value.get<double>();
  }
  return std::nullopt;
}

/// File names carry "base_model.model." and, for modules trained whole, "modules_to_save." or the adapter's name.
std::string site_name(std::string name) {
  for (const std::string& prefix : {std::string("base_model.model."), std::string("base_model.")}) {
    if (name.starts_with(prefix)) {
      name.erase(0, prefix.size());
      break;
    }
  }
  for (const std::string& infix : {std::string(".modules_to_save.default."), std::string(".modules_to_save.")}) {
    const auto at = name.find(infix);
    if (at != std::string::npos) name.erase(at, infix.size() - 1);
  }
  return name;
}

AdapterWeights read_lora(const std::filesystem::path& folder, const Json& config) {
  const auto path = folder / "adapter_config.json";
  const auto option = [&](const char* key) { return config.contains(key) ? config.at(key) : Json(); };
  const std::string kind = option("peft_type").is_string() ? option("peft_type").get<std::string>() : "(none)";
  if (kind != "LORA") throw BadInput(fmt::format("{}: the adapter type {} is not supported; LORA is", path.string(), kind));
  for (const char* unsupported : {"use_dora", "lora_bias", "use_qalora"}) {
    if (option(unsupported) == true) throw BadInput(fmt::format("{}: '{}' is not supported", path.string(), unsupported));
  }
  if (!option("r").is_number_integer() || !option("lora_alpha").is_number()) {
    throw BadInput(fmt::format("{}: 'r' and 'lora_alpha' must be numbers", path.string()));
  }
  const SafetensorsFile file = SafetensorsFile::open(folder / "adapter_model.safetensors");
  AdapterWeights adapter;
  for (const auto& [name, tensor] : file.tensors()) {
    const std::string site = site_name(name);
    const auto at_a = site.rfind(".lora_A.");
    if (site.find(".lora_B.") != std::string::npos) continue;
    if (at_a == std::string::npos) {
      if (site.find("lora_") != std::string::npos) {
        throw BadInput(fmt::format("{}: tensor '{}' is of a LoRA variant that is not supported", file.path().string(), name));
      }
      adapter.replacements.emplace(site, to_float(tensor));
      continue;
    }
    std::string partner = name;
    partner.replace(partner.rfind(".lora_A."), 8, ".lora_B.");
    const TensorView& b = file.at(partner);
    if (tensor.shape.size() != 2 || b.shape.size() != 2 || tensor.shape[0] != b.shape[1]) {
      throw BadInput(fmt::format("{}: '{}' is {} and '{}' is {}: they are not [r, in] and [out, r]", file.path().string(),
                                 name, shape_text(tensor.shape), partner, shape_text(b.shape)));
    }
    LowRankDelta delta{site.substr(0, at_a), tensor.shape[0], tensor.shape[1], b.shape[0], to_float(tensor), to_float(b), 1};
    const double rank = static_cast<double>(delta.rank);
    const double alpha = pattern_value(config, "alpha_pattern", delta.module).value_or(config.at("lora_alpha").get<double>());
    const double expected = pattern_value(config, "rank_pattern", delta.module).value_or(config.at("r").get<double>());
    if (expected != rank) {
      throw BadInput(fmt::format("{}: the rank of '{}' is {} in adapter_config.json and {} in the weights",
                                 folder.string(), delta.module, expected, delta.rank));
    }
    // rslora divides by the root of the rank (arXiv 2312.03732).
    delta.scale = option("use_rslora") == true ? alpha / std::sqrt(rank) : alpha / rank;
    adapter.deltas.push_back(std::move(delta));
  }
  if (adapter.deltas.empty() && adapter.replacements.empty()) {
    throw BadInput(fmt::format("{}: holds no adapter tensors", file.path().string()));
  }
  return adapter;
}

AdapterWeights read_dense(const std::filesystem::path& folder) {
  AdapterWeights adapter;
  const SafetensorsFile file = SafetensorsFile::open(folder / "model.safetensors");
  for (const auto& [name, tensor] : file.tensors()) adapter.replacements.emplace(name, to_float(tensor));
  return adapter;
}

}  // namespace

AdapterWeights read_adapter(const std::filesystem::path& folder, const ModelConfig& config) {
  AdapterWeights adapter;
  if (std::filesystem::exists(folder / "adapter_config.json")) {
    adapter = read_lora(folder, read_json(folder / "adapter_config.json"));
  } else if (std::filesystem::exists(folder / "model.safetensors")) {
    adapter = read_dense(folder);
  } else {
    throw BadInput(fmt::format("{}: is no adapter: neither adapter_config.json nor model.safetensors is there", folder.string()));
  }
  try {
    adapter.check(config);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", folder.string(), error.what()));
  }
  return adapter;
}

void AdapterWeights::add(AdapterWeights other) {
  for (auto& [name, values] : other.replacements) {
    if (!replacements.emplace(name, std::move(values)).second) {
      throw BadInput(fmt::format("two adapters replace '{}'; one of them has to go", name));
    }
  }
  for (LowRankDelta& delta : other.deltas) deltas.push_back(std::move(delta));
}

void AdapterWeights::check(const ModelConfig& config) const {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  std::set<std::string> transposed;
  for (WeightSpec& spec : config.weights()) {
    if (spec.transposed) transposed.insert(spec.name);
    shapes.emplace(std::move(spec.name), std::move(spec.shape));
  }
  std::vector<std::string> faults;
  for (const LowRankDelta& delta : deltas) {
    const auto found = shapes.find(delta.module + ".weight");
    const bool turned = transposed.contains(delta.module + ".weight");
    const std::vector<std::int64_t> expected = turned ? std::vector{delta.in, delta.out} : std::vector{delta.out, delta.in};
    if (found == shapes.end()) {
      faults.push_back(fmt::format("the model has no '{}'", delta.module));
    } else if (found->second != expected) {
      faults.push_back(fmt::format("'{}' is {} and its delta {}", delta.module, shape_text(found->second), shape_text(expected)));
    }
  }
  for (const auto& [name, values] : replacements) {
    const auto found = shapes.find(name);
    std::int64_t elements = 1;
    if (found != shapes.end()) {
      for (const std::int64_t extent : found->second) elements *= extent;
    }
    if (found == shapes.end()) {
      faults.push_back(fmt::format("the model has no '{}'", name));
    } else if (elements != static_cast<std::int64_t>(values.size())) {
      faults.push_back(fmt::format("'{}' is {} and its replacement has {} values", name, shape_text(found->second), values.size()));
    }
  }
  if (!faults.empty()) throw BadInput(fmt::format("the adapter does not fit the model: {}", fmt::join(faults, "; ")));
}

std::vector<const LowRankDelta*> AdapterWeights::deltas_of(const std::string& name) const {
  std::vector<const LowRankDelta*> found;
  for (const LowRankDelta& delta : deltas) {
    if (name == delta.module + ".weight") found.push_back(&delta);
  }
  return found;
}

void AdapterWeights::merge(const std::string& name, std::vector<float>& weight) const {
  for (const LowRankDelta* delta : deltas_of(name)) delta->add_to(0, delta->out, weight.data());
}

void LowRankDelta::add_to(std::int64_t first, std::int64_t count, float* rows) const {
  std::vector<double> row(static_cast<std::size_t>(in));
  for (std::int64_t o = first; o < first + count; ++o, rows += in) {
    std::fill(row.begin(), row.end(), 0.0);
    for (std::int64_t r = 0; r < rank; ++r) {
      const double factor = scale * b[static_cast<std::size_t>(o * rank + r)];
      const float* from = a.data() + r * in;
      for (std::size_t i = 0; i < row.size(); ++i) row[i] += factor * from[i];
    }
    for (std::size_t i = 0; i < row.size(); ++i) rows[i] = static_cast<float>(rows[i] + row[i]);
  }
}

}  // namespace assay::models
