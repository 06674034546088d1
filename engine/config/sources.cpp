#include "config/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <set>

namespace assay::config {
namespace {

namespace fs = std::filesystem;

const Node* text_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && entry->value.kind == Node::Kind::scalar && !entry->value.text.empty() ? &entry->value : nullptr;
}

/// What is wrong with a safetensors file, seen from its header alone: "" or words for a person.
std::string weights_problem(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return "cannot be read: " + error.message();
  std::ifstream in(file, std::ios::binary);
  unsigned char raw[8] = {};
  if (size < 8 || !in.read(reinterpret_cast<char*>(raw), 8)) return fmt::format("is truncated: {} bytes are too few for its header", size);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = (length << 8) | raw[i];
  constexpr std::uint64_t kMostHeader = 100'000'000;  // the reference implementation's bound
  if (length > kMostHeader) return "is no safetensors file: its header's length makes no sense";
  if (length > size - 8) return fmt::format("is truncated: its header needs {} bytes, the file has {}", length + 8, size);
  std::string text(length, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(length))) return "cannot be read";
  const Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) return "is no safetensors file: its header is not JSON";
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__") continue;
    const Json offsets = tensor.is_object() ? tensor.value("data_offsets", Json()) : Json();
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[1].is_number_unsigned()) {
      return fmt::format("is no safetensors file: tensor '{}' has no data_offsets", name);
    }
    end = std::max(end, offsets[1].get<std::uint64_t>());
  }
  const std::uint64_t body = size - 8 - length;
  if (end > body) return fmt::format("is truncated: its tensors need {} bytes, the file has {}", end + 8 + length, size);
  return "";
}

void check_weights(const fs::path& folder, const std::string& written, const Position& at, Problems& problems) {
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.insert(entry.path().filename().string());
  }
  const fs::path index = folder / "model.safetensors.index.json";
  if (fs::exists(index)) {
    std::ifstream in(index);
    const Json json = Json::parse(in, nullptr, false);
    if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
      problems.add(at, fmt::format("{}/model.safetensors.index.json has no weight_map; fetch the model anew", written));
    } else {
      for (const auto& [tensor, file] : json["weight_map"].items()) {
        if (file.is_string() && !fs::exists(folder / file.get<std::string>())) files.insert(file.get<std::string>());
      }
    }
  }
  if (files.empty()) {
    problems.add(at, fmt::format("{} holds no weights: there is no *.safetensors file in it", written));
  }
  for (const std::string& file : files) {
    const std::string wrong = fs::exists(folder / file) ? weights_problem(folder / file) : "is missing, though the index names it";
    if (!wrong.empty()) problems.add(at, fmt::format("{}/{} {}; fetch or save the model anew", written, file, wrong));
  }
}

}  // namespace

fs::path resolve(const fs::path& folder, const std::string& written) { return (folder / written).lexically_normal(); }

void check_dataset(const Node& dataset, const std::string& name, const fs::path& folder, Problems& problems) {
  for (const char* key : {"train", "validation", "test"}) {
    const Node* file = text_of(dataset, key);
    if (!file) continue;
    const fs::path path = resolve(folder, file->text);
    std::error_code error;
    if (!fs::exists(path, error)) {
      problems.add(file->at, fmt::format("'datasets.{}.{}' names {}, which does not exist (paths are relative to the experiment's folder)",
                                         name, key, file->text));
    } else if (!fs::is_regular_file(path, error)) {
      problems.add(file->at, fmt::format("'datasets.{}.{}' names {}, which is no file", name, key, file->text));
    } else if (const std::string kind = path.extension().string(); kind != ".jsonl" && kind != ".csv" && kind != ".tsv") {
      problems.add(file->at, fmt::format("'datasets.{}.{}' must end in .jsonl, .csv or .tsv, found {}", name, key, file->text));
    }
  }
  if (!text_of(dataset, "train")) {
    const Entry* fraction = dataset.find("validation_fraction");
    if (fraction && to_json(fraction->value) != Json(0)) {
      problems.add(fraction->at, fmt::format("'datasets.{}.validation_fraction' takes a share of the training rows, but there is no `train`", name));
    }
  } else if (dataset.find("validation") && dataset.find("validation_fraction")) {
    problems.add(dataset.find("validation_fraction")->at,
                 fmt::format("'datasets.{0}' has both `validation` and `validation_fraction`; keep one", name));
  }
}

void check_model(const Node& model, const std::string& name, const fs::path& folder, Problems& problems) {
  const Node* source = text_of(model, "source");
  const Node* written = text_of(model, "path");
  if (!source || source->text != "local" || !written) return;
  const fs::path path = resolve(folder, written->text);
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    problems.add(written->at, fmt::format("'models.{}.path' names {}, which is no folder (paths are relative to the experiment's folder)", name,
                                          written->text));
    return;
  }
  if (!fs::exists(path / "config.json")) {
    problems.add(written->at, fmt::format("{} is no model folder: it has no config.json", written->text));
    return;
  }
  if (!fs::exists(path / "tokenizer.json") && !fs::exists(path / "tokenizer.model")) {
    problems.add(written->at, fmt::format("{} has no tokenizer: neither tokenizer.json nor tokenizer.model is there", written->text));
  }
  check_weights(path, written->text, written->at, problems);
  if (const Node* adapter = text_of(model, "adapter")) {
    const fs::path folder_of_adapter = resolve(folder, adapter->text);
    if (!fs::exists(folder_of_adapter / "adapter_config.json") && !fs::exists(folder_of_adapter / "model.safetensors")) {
      problems.add(adapter->at, fmt::format("'models.{}.adapter' names {}, which is no adapter: neither adapter_config.json nor model.safetensors "
                                            "is there (paths are relative to the experiment's folder)", name, adapter->text));
    }
  }
}

}  // namespace assay::config
