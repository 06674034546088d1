#include "config/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <vector>

namespace assay::config {
namespace {

namespace fs = std::filesystem;

const Node* text_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && entry->value.kind == Node::Kind::scalar && !entry->value.text.empty() ? &entry->value : nullptr;
}

/// `written` with each `${NAME}` replaced by the environment variable's value. `complain` is told what is wrong.
std::string expand(const std::string& written, const std::function<void(const std::string&)>& complain) {
  std::string text;
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t open = written.find("${", at);
    text += written.substr(at, open - at);
    if (open == std::string::npos) break;
    const std::size_t close = written.find('}', open);
    const std::string name = written.substr(open + 2, close == std::string::npos ? close : close - open - 2);
    const bool named = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return c == '_' || (c < 128 && std::isalnum(c));
    });
    if (close == std::string::npos || !named) {
      complain("has a '${' that names no environment variable; write ${NAME}");
      break;
    }
    if (const char* value = std::getenv(name.c_str()); value != nullptr && *value != '\0') {
      text += value;
    } else {
      complain(fmt::format(
          "uses the environment variable {0}, which is not set; set it before running: export {0}=FOLDER", name));
    }
    at = close + 1;
  }
  return text;
}

/// Says what is wrong with a path's environment variables. @return whether the path can be looked at.
bool check_variables(const Node& written, const std::string& key, Problems& problems) {
  bool good = true;
  static_cast<void>(expand(written.text, [&](const std::string& problem) {
    problems.add(written.at, fmt::format("'{}' {}", key, problem));
    good = false;
  }));
  return good;
}

/// A range under `rows`, where it is as the schema asks; all rows where it is not.
struct Range {
  std::uint64_t begin = 0, end = std::numeric_limits<std::uint64_t>::max();
  const Node* at = nullptr;
};

Range range_of(const Node& dataset, const std::string& split) {
  const Entry* rows = dataset.find("rows");
  const Entry* entry = rows && rows->value.is_map() ? rows->value.find(split) : nullptr;
  if (!entry) return {};
  const Json json = to_json(entry->value);
  if (!json.is_array() || json.size() != 2) return {};
  for (const Json& one : json) {
    if (!one.is_null() && !one.is_number_unsigned()) return {};
  }
  Range range{.at = &entry->value};
  if (json[0].is_number_unsigned()) range.begin = json[0].get<std::uint64_t>();
  if (json[1].is_number_unsigned()) range.end = json[1].get<std::uint64_t>();
  return range;
}

/// Ranges hold rows, belong to files, and splits that are parts of one file have no row in common.
void check_ranges(const Node& dataset, const std::string& name, const fs::path& folder, Problems& problems) {
  const std::vector<std::string> splits{"train", "validation", "test"};
  for (std::size_t i = 0; i < splits.size(); ++i) {
    const Range range = range_of(dataset, splits[i]);
    const Node* file = text_of(dataset, splits[i]);
    if (range.at && !file) {
      problems.add(range.at->at, fmt::format("'datasets.{}.rows.{}' is a part of `{}`, which is not there", name,
                                             splits[i], splits[i]));
    } else if (range.at && range.begin >= range.end) {
      problems.add(
          range.at->at,
          fmt::format(
              "'datasets.{}.rows.{}' holds no row: [first, one past the last], counted from 0, null for the end", name,
              splits[i]));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const Range other = range_of(dataset, splits[j]);
      const Node* same = text_of(dataset, splits[j]);
      if ((!range.at && !other.at) || !file || !same || resolve(folder, file->text) != resolve(folder, same->text))
        continue;
      if (range.begin < other.end && other.begin < range.end) {
        problems.add((range.at ? range.at : other.at)->at,
                     fmt::format("'datasets.{}': `{}` and `{}` are parts of one file and share rows", name, splits[j],
                                 splits[i]));
      }
    }
  }
}

/// What is wrong with a safetensors file, seen from its header alone: "" or words for a person.
std::string weights_problem(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return "cannot be read: " + error.message();
  std::ifstream in(file, std::ios::binary);
  unsigned char raw[8] = {};
  if (size < 8 || !in.read(reinterpret_cast<char*>(raw), 8))
    return fmt::format("is truncated: {} bytes are too few for its header", size);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = (length << 8) | raw[i];
  constexpr std::uint64_t kMostHeader = 100'000'000;  // the reference implementation's bound
  if (length > kMostHeader) return "is no safetensors file: its header's length makes no sense";
  if (length > size - 8)
    return fmt::format("is truncated: its header needs {} bytes, the file has {}", length + 8, size);
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
  if (end > body)
    return fmt::format("is truncated: its tensors need {} bytes, the file has {}", end + 8 + length, size);
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
    const std::string wrong =
        fs::exists(folder / file) ? weights_problem(folder / file) : "is missing, though the index names it";
    if (!wrong.empty()) problems.add(at, fmt::format("{}/{} {}; fetch or save the model anew", written, file, wrong));
  }
}

/// One recording: its file is there, and so is the template of its prompts.
void check_recording(const Node& recording, const std::string& path, const fs::path& folder, Problems& problems) {
  const auto check_file = [&](const Node* file, const std::string& key) {
    if (!file || !check_variables(*file, key, problems)) return;
    std::error_code error;
    if (!fs::is_regular_file(resolve(folder, file->text), error)) {
      problems.add(file->at,
                   fmt::format("'{}' names {}, which is no file (paths are relative to the experiment's folder)", key,
                               file->text));
    } else if (key.ends_with(".path") && fs::path(file->text).extension() != ".jsonl") {
      problems.add(file->at, fmt::format("'{}' must end in .jsonl, found {}", key, file->text));
    }
  };
  check_file(text_of(recording, "path"), path + ".path");
  const Entry* match = recording.find("match");
  const Entry* prompt = match && match->value.is_map() ? match->value.find("prompt") : nullptr;
  if (prompt && prompt->value.is_map()) check_file(text_of(prompt->value, "template"), path + ".match.prompt.template");
}

void check_recordings(const Node& model, const std::string& name, const fs::path& folder, Problems& problems) {
  const std::string path = "models." + name;
  const Entry* several = model.find("recordings");
  if (!several) {
    for (const char* needed : {"path", "match", "completion"}) {
      if (!model.find(needed)) problems.add(model.at, fmt::format("'{}' is missing in '{}'", needed, path));
    }
    return check_recording(model, path, folder, problems);
  }
  for (const char* other : {"path", "match", "completion", "usage"}) {
    if (const Entry* entry = model.find(other)) {
      problems.add(entry->at, fmt::format("'{}' has `recordings`, so `{}` belongs into its items", path, other));
    }
  }
  if (!several->value.is_sequence()) return;
  for (std::size_t i = 0; i < several->value.items.size(); ++i) {
    const Node& one = several->value.items[i];
    if (one.is_map()) check_recording(one, fmt::format("{}.recordings[{}]", path, i), folder, problems);
  }
}

}  // namespace

fs::path resolve(const fs::path& folder, const std::string& written) {
  return (folder / expand(written, [](const std::string&) {})).lexically_normal();
}

std::string variables_problem(const std::string& written) {
  std::string first;
  static_cast<void>(expand(written, [&](const std::string& problem) {
    if (first.empty()) first = problem;
  }));
  return first;
}

void check_dataset(const Node& dataset, const std::string& name, const fs::path& folder, Problems& problems) {
  for (const char* key : {"train", "validation", "test"}) {
    const Node* file = text_of(dataset, key);
    if (!file || !check_variables(*file, fmt::format("datasets.{}.{}", name, key), problems)) continue;
    const fs::path path = resolve(folder, file->text);
    std::error_code error;
    if (!fs::exists(path, error)) {
      problems.add(
          file->at,
          fmt::format("'datasets.{}.{}' names {}, which does not exist (paths are relative to the experiment's folder)",
                      name, key, file->text));
    } else if (!fs::is_regular_file(path, error)) {
      problems.add(file->at, fmt::format("'datasets.{}.{}' names {}, which is no file", name, key, file->text));
    } else if (const std::string kind = path.extension().string();
               kind != ".jsonl" && kind != ".csv" && kind != ".tsv") {
      problems.add(file->at,
                   fmt::format("'datasets.{}.{}' must end in .jsonl, .csv or .tsv, found {}", name, key, file->text));
    }
  }
  if (!text_of(dataset, "train")) {
    const Entry* fraction = dataset.find("validation_fraction");
    if (fraction && to_json(fraction->value) != Json(0)) {
      problems.add(
          fraction->at,
          fmt::format("'datasets.{}.validation_fraction' takes a share of the training rows, but there is no `train`",
                      name));
    }
  } else if (dataset.find("validation") && dataset.find("validation_fraction")) {
    problems.add(dataset.find("validation_fraction")->at,
                 fmt::format("'datasets.{0}' has both `validation` and `validation_fraction`; keep one", name));
  }
  check_ranges(dataset, name, folder, problems);
}

void check_model(const Node& model, const std::string& name, const fs::path& folder, Problems& problems) {
  const Node* source = text_of(model, "source");
  if (source && source->text == "recorded") return check_recordings(model, name, folder, problems);
  const Node* written = text_of(model, "path");
  if (!source || source->text != "local" || !written) return;
  if (!check_variables(*written, fmt::format("models.{}.path", name), problems)) return;
  const fs::path path = resolve(folder, written->text);
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    problems.add(
        written->at,
        fmt::format("'models.{}.path' names {}, which is no folder (paths are relative to the experiment's folder)",
                    name, written->text));
    return;
  }
  if (!fs::exists(path / "config.json")) {
    problems.add(written->at, fmt::format("{} is no model folder: it has no config.json", written->text));
    return;
  }
  if (!fs::exists(path / "tokenizer.json") && !fs::exists(path / "tokenizer.model")) {
    problems.add(written->at, fmt::format("{} has no tokenizer: neither tokenizer.json nor tokenizer.model is there",
                                          written->text));
  }
  check_weights(path, written->text, written->at, problems);
  if (const Node* adapter = text_of(model, "adapter");
      adapter && check_variables(*adapter, fmt::format("models.{}.adapter", name), problems)) {
    const fs::path folder_of_adapter = resolve(folder, adapter->text);
    if (!fs::exists(folder_of_adapter / "adapter_config.json") &&
        !fs::exists(folder_of_adapter / "model.safetensors")) {
      problems.add(
          adapter->at,
          fmt::format(
              "'models.{}.adapter' names {}, which is no adapter: neither adapter_config.json nor model.safetensors "
              "is there (paths are relative to the experiment's folder)",
              name, adapter->text));
    }
  }
}

}  // namespace assay::config
