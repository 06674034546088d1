#include "models/model_weights.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fmt/format.h>

#include <fstream>
#include <set>

namespace assay::models {
namespace {

std::vector<std::filesystem::path> shards(const std::filesystem::path& index) {
  std::ifstream in(index, std::ios::binary);
  Json json;
  try {
    json = Json::parse(in);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", index.string(), error.what()));
  }
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || map == json.end() || !map->is_object()) {
    throw BadInput(fmt::format("{}: has no 'weight_map'", index.string()));
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos) {
      throw BadInput(fmt::format("{}: '{}' is not mapped to a file of this folder", index.string(), tensor));
    }
    names.insert(file.get<std::string>());
  }
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names) {
    paths.push_back(index.parent_path() / name);
    if (!std::filesystem::exists(paths.back())) {
      throw BadInput(
          fmt::format("{}: is missing, though {} names it", paths.back().string(), index.filename().string()));
    }
  }
  return paths;
}

}  // namespace

std::vector<std::filesystem::path> weight_files(const std::filesystem::path& folder) {
  const auto single = folder / "model.safetensors";
  if (std::filesystem::exists(single)) return {single};
  const auto index = folder / "model.safetensors.index.json";
  if (std::filesystem::exists(index)) return shards(index);
  const bool pickled = std::filesystem::exists(folder / "pytorch_model.bin");
  throw BadInput(fmt::format(
      "{}: holds no weights: neither model.safetensors nor model.safetensors.index.json{}", folder.string(),
      pickled ? " (pytorch_model.bin is not read: save it with save_pretrained(safe_serialization=True))" : ""));
}

ModelWeights ModelWeights::open(const std::filesystem::path& folder, const ModelConfig& config) {
  ModelWeights result;
  for (const auto& path : weight_files(folder)) result.files_.push_back(SafetensorsFile::open(path));
  const auto find = [&](const std::string& name) -> const TensorView* {
    const std::string& prefix = config.names.prefix;
    const std::string bare = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    for (const SafetensorsFile& file : result.files_) {
      for (const std::string& candidate : {name, bare}) {
        if (file.contains(candidate)) return &file.at(candidate);
      }
    }
    return nullptr;
  };
  std::vector<std::string> faults;
  for (const WeightSpec& spec : config.weights()) {
    const TensorView* tensor = find(spec.name);
    // Writers drop one of two tensors that share memory, and some drop the embedding.
    if (tensor == nullptr && config.tie_word_embeddings && spec.name == config.names.embedding + ".weight") {
      tensor = find(config.names.head + ".weight");
    }
    if (tensor == nullptr) {
      faults.push_back(fmt::format("'{}' {} is missing", spec.name, shape_text(spec.shape)));
    } else if (tensor->shape != spec.shape) {
      faults.push_back(fmt::format("'{}' is {} where config.json asks for {}", spec.name, shape_text(tensor->shape),
                                   shape_text(spec.shape)));
    } else if (tensor->dtype != DType::F32 && tensor->dtype != DType::F64 && tensor->dtype != DType::F16 &&
               tensor->dtype != DType::BF16) {
      faults.push_back(
          fmt::format("'{}' is of type {}; F64, F32, F16 and BF16 are read", spec.name, name(tensor->dtype)));
    } else {
      result.tensors_.emplace(spec.name, tensor);
    }
  }
  if (!faults.empty()) {
    const std::size_t shown = std::min<std::size_t>(faults.size(), 8);
    throw BadInput(fmt::format("{}: the weights do not fit the configuration: {}{}", folder.string(),
                               fmt::join(faults.begin(), faults.begin() + static_cast<std::ptrdiff_t>(shown), "; "),
                               shown < faults.size() ? fmt::format("; and {} more", faults.size() - shown) : ""));
  }
  for (const auto& [name, tensor] : result.tensors_) {
    if (const auto at = first_not_finite(*tensor)) {
      throw BadInput(
          fmt::format("{}: the weight '{}' holds NaN or infinity (its value {}): the checkpoint is damaged, or its "
                      "training diverged; take an earlier one or download it anew",
                      folder.string(), name, *at));
    }
  }
  return result;
}

const TensorView& ModelWeights::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw BadInput(fmt::format("the model has no weight '{}'", name));
  return *found->second;
}

std::vector<std::filesystem::path> ModelWeights::files() const {
  std::vector<std::filesystem::path> paths;
  for (const SafetensorsFile& file : files_) paths.push_back(file.path());
  return paths;
}

}  // namespace assay::models
