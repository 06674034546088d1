#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace assay::testing {

/// A temporary folder with a model, data and an experiment, and the manifests of a few plugins.
class ExperimentFixture : public ::testing::Test {
 protected:
  ExperimentFixture()
      : folder_(std::filesystem::temp_directory_path() /
                ("assay-" + std::to_string(::getpid()) + "-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "model");
    write("model/config.json", R"({"architectures":["LlamaForCausalLM"]})");
    write("model/tokenizer.json", "{}");
    write_weights("model/model.safetensors", 8);
    write("train.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n");
    write("test.jsonl", "{\"text\":\"c\",\"label\":\"x\"}\n{\"text\":\"d\",\"label\":\"y\"}\n");
  }
  ~ExperimentFixture() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// A safetensors file that announces one F32 tensor of two values and holds `bytes` of its 8.
  void write_weights(const std::string& name, std::size_t bytes, char fill = '\0') const {
    const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    std::string text;
    for (int i = 0; i < 8; ++i)
      text += static_cast<char>((static_cast<std::uint64_t>(header.size()) >> (8 * i)) & 0xff);
    write(name, text + header + std::string(bytes, fill));
  }

  static config::PluginManifest strategy(const std::string& name, const std::string& params) {
    config::PluginManifest plugin;
    plugin.name = name;
    plugin.kind = "strategy";
    plugin.version = "1.0";
    plugin.builtin = true;
    plugin.sdk = 1;
    plugin.library = "/plugins/" + name + ".so";
    plugin.params = Json::parse(params);
    return plugin;
  }

  static config::PluginManifest metric(const std::string& name) {
    config::PluginManifest plugin = strategy(name, R"({"type":"object","additionalProperties":false,"properties":{}})");
    plugin.kind = "metric";
    return plugin;
  }

  static config::PluginManifests plugins() {
    config::PluginManifests all;
    all.push_back(strategy("zero_shot", R"({"type":"object","additionalProperties":false,"properties":{
      "instruction":{"type":"string","default":""},"template":{"type":"string","default":"","format":"prompt-file"}}})"));
    all.back().composes = true;
    all.push_back(strategy("few_shot", R"({"type":"object","additionalProperties":false,"properties":{
      "shots":{"type":"integer","minimum":1,"maximum":1000,"default":4},
      "select":{"type":"string","enum":["random","first"],"default":"random"}}})"));
    all.back().adapts = all.back().composes = all.back().random = all.back().needs_train = true;
    all.push_back(strategy("chain_of_thought",
                           R"({"type":"object","properties":{"instruction":{"type":"string","default":"Think."}}})"));
    all.back().composes = all.back().drives = true;
    all.push_back(strategy("self_consistency",
                           R"({"type":"object","properties":{"samples":{"type":"integer","minimum":2,"default":5}}})"));
    all.back().drives = true;
    all.push_back(strategy("lora", R"({"type":"object","additionalProperties":false,"properties":{
      "rank":{"type":"integer","minimum":1,"default":8},"learning_rate":{"type":"number","exclusiveMinimum":0,"default":0.001},
      "epochs":{"type":"integer","minimum":1,"default":3},
      "targets":{"type":"array","items":{"type":"string"},"default":["q_proj","v_proj"]}}})"));
    all.back().trains = all.back().needs_train = true;
    all.back().sites = {"weight_delta"};
    all.push_back(strategy("sft", R"({"type":"object","additionalProperties":false,"properties":{
      "learning_rate":{"type":"number","exclusiveMinimum":0,"default":0.0001},"epochs":{"type":"integer","minimum":1,"default":3}}})"));
    all.back().trains = all.back().needs_train = true;
    all.back().sites = {"weight_delta"};
    all.push_back(strategy("chats", R"({"type":"object","additionalProperties":false,"properties":{
      "data":{"type":"array","items":{"type":"string","format":"conversations"}},"conversations":{"type":"integer"},
      "epochs":{"type":"integer"},"max_steps":{"type":"integer"},"max_tokens":{"type":"integer"},"batch_size":{"type":"integer"}}})"));
    all.back().trains = true;
    for (const char* name : {"accuracy", "exact_match", "f1", "latency", "throughput", "cost", "tokens"})
      all.push_back(metric(name));
    all.push_back(metric("exec"));
    all.back().params =
        Json::parse(R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},
      "command":{"type":"array","items":{"type":"string"}}}})");
    for (config::PluginManifest& plugin : all) {
      if (plugin.name == "latency") plugin.measures = true;
      if (plugin.name == "throughput") plugin.throughput = true;
      if (plugin.name == "cost") plugin.prices = true;
    }
    return all;
  }

  /// The experiment that tests change by --set or by rewriting it.
  static std::string experiment() {
    return R"(name: quick
models:
  nano: {source: local, path: model}
  sim: {source: simulated, accuracy: 0.7}
datasets:
  tickets: {train: train.jsonl, test: test.jsonl, input: "{{ text }}", target: "{{ label }}", choices: [x, y]}
matrix:
  model: [nano]
  strategy:
    - zero_shot
    - few_shot: {shots: [2, 4]}
    - lora: {rank: [4, 8]}
    - [lora: {rank: 8}, few_shot: {shots: 2}]
  seed: [1, 2]
metrics: [accuracy, f1]
)";
  }

  config::Experiment load(const std::string& yaml, std::vector<std::string> overrides = {}) const {
    write("e.yaml", yaml);
    return config::load(folder_ / "e.yaml", plugins(), overrides, ASSAY_SOURCE_DIR "/schemas/experiment.schema.json");
  }

  /// The problems of loading, without the folder in front of file names.
  std::vector<std::string> problems(const std::string& yaml, std::vector<std::string> overrides = {}) const {
    try {
      load(yaml, std::move(overrides));
    } catch (const config::InvalidExperiment& error) {
      std::vector<std::string> lines = error.problems();
      const std::string prefix = folder_.string() + "/";
      for (std::string& line : lines) {
        for (auto at = line.find(prefix); at != std::string::npos; at = line.find(prefix))
          line.erase(at, prefix.size());
      }
      return lines;
    }
    return {};
  }

  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  std::filesystem::path folder_;
};

}  // namespace assay::testing
