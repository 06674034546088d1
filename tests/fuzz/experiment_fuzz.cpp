#include "config/load.h"
#include "config/yaml.h"
#include "fuzz/driver.h"
#include "fuzz/work_folder.h"

using namespace assay;

namespace {

config::PluginManifests plugins() {
  config::PluginManifests all;
  const auto add = [&](const std::string& kind, const std::string& name,
                       const std::string& params) -> config::PluginManifest& {
    config::PluginManifest& plugin = all.emplace_back();
    plugin.name = name;
    plugin.kind = kind;
    plugin.version = "1.0";
    plugin.library = name + ".so";
    plugin.builtin = true;
    plugin.sdk = 1;
    plugin.params = Json::parse(params);
    return plugin;
  };
  add("strategy", "zero_shot",
      R"({"type":"object","properties":{"template":{"type":"string","format":"prompt-file","default":""}}})")
      .composes = true;
  add("strategy", "few_shot", R"({"type":"object","additionalProperties":false,"properties":{
      "shots":{"type":"integer","minimum":1,"maximum":1000,"default":4},"select":{"enum":["random","first"],"default":"random"}}})")
      .composes = true;
  auto& lora = add(
      "strategy", "lora",
      R"({"type":"object","additionalProperties":false,"properties":{"rank":{"type":"integer","minimum":1,"default":8},
      "learning_rate":{"type":"number","exclusiveMinimum":0,"default":0.001},"targets":{"type":"array","items":{"type":"string"},"default":[]}}})");
  lora.trains = lora.needs_train = true;
  lora.sites = {"weight_delta"};
  add("metric", "accuracy", R"({"type":"object","additionalProperties":false,"properties":{}})");
  add("metric", "rouge",
      R"({"type":"object","properties":{"variants":{"type":"array","items":{"type":"string"},"default":["rougeL"]}}})");
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const fuzz::WorkFolder folder;
  folder.write("model/config.json", R"({"architectures":["LlamaForCausalLM"]})");
  folder.write("model/tokenizer.json", "{}");
  folder.write("model/model.safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10));
  folder.write("train.jsonl", "{\"text\":\"a\",\"label\":\"x\"}\n");
  folder.write("test.jsonl", "{\"text\":\"b\",\"label\":\"y\"}\n");
  const config::PluginManifests known = plugins();
  fuzz::Target target;
  target.name = "experiment";
  target.seeds = {R"(# yaml-language-server: $schema=../schemas/experiment.schema.json
name: quick
models:
  nano: {source: local, path: model, dtype: auto}
  mini: {source: openai, model: gpt, base_url: "https://example.org/v1", api_key_env: KEY, price: {input: 0.15, output: .6}}
  sim: {source: simulated, accuracy: 0.7}
datasets:
  tickets: {train: train.jsonl, test: test.jsonl, input: "{{ text }}", target: "{{ label }}", choices: [x, y]}
matrix:
  model: [nano]
  dataset: [tickets]
  strategy:
    - zero_shot
    - few_shot: {shots: [2, 4], select: {sweep: [random, first]}}
    - lora: {rank: [4, 8], learning_rate: 1.0e-3}
    - [lora: {rank: 8}, few_shot: {shots: 2}]
  seed: [1, 2, 3]
metrics: [accuracy, {rouge: {variants: [rougeL]}}]
generation: {temperature: 0, max_tokens: 16, stop: ["\n"]}
constraints: {latency_p95_ms: 500, cost_per_1k_requests: 0.50}
report: {baseline: zero_shot, primary: accuracy, formats: [html, md, csv, json]}
)",
                  R"(name: tuned
models: {nano: {source: local, path: model}}
datasets: {t: {train: train.jsonl, validation: test.jsonl, test: test.jsonl, input: "{{ text }}", target: "{{ label }}"}}
matrix:
  strategy:
    - few_shot: {shots: {tune: [1, 2, 4]}, train_size: {sweep: [1]}}
    - {use: {lora: {rank: {tune: [4, 8]}, learning_rate: {tune: [.1, .2]}}}, zip: [rank, learning_rate], name: n}
  train_size: [1]
  exclude: [{strategy: "few*", seed: [1], parameters: {shots: [1, 2]}}, {model: nano, dataset: t}]
metrics: [accuracy]
tuning: {trials: 2, metric: validation_loss}
)",
                  R"(base: &base {source: simulated, accuracy: !!float 1}
models: {a: &a {<<: *base, name: "q\u00e9\x41"}, b: {<<: [*base, *a]}}
text: |
  block
   text
folded: >-
  one
  two
? key
: - - nested
  - 0x1f
  - ~
  - 'it''s'
)"};
  // clang-format off
  target.words = {"&a ", "*a", "<<: *a", "!!str ", "!!int ", "!x ", "- ", ": ", "? ", "{", "}", "[", "]", ", ", "|\n  ", ">+1\n", "\"\\x41\"", "'", "\"",
                  "#", "---\n", "...\n", "%YAML 1.2\n", "\t", "\n", "  ", "\xef\xbb\xbf", "\xff\xfe", "null", "~", ".inf", ".nan", "1e3", "0o17",
                  "sweep: [1, 2]", "tune: [1, 2]", "zip: [rank]", "exclude: [{seed: 1}]", "tuning: {trials: 3}", "train_size: 2", "seed: [1]", "few_shot: {shots: 2}", "train: train.jsonl", "[[[[[[[[[[[[[[[[", "{a: {a: {a: ", "- - - - - - "};
  // clang-format on
  target.longest = 8192;
  target.read = [&](const std::string& input) {
    // What is no experiment can still be YAML.
    static_cast<void>(config::describe(config::parse_yaml(input, "experiment.yaml")));
    static_cast<void>(config::to_json(config::parse_yaml(input, "experiment.yaml"))
                          .dump(-1, ' ', false, Json::error_handler_t::strict));
    static_cast<void>(config::load(folder.write("experiment.yaml", input), known, {},
                                   ASSAY_SOURCE_DIR "/schemas/experiment.schema.json"));
  };
  return fuzz::run(target, argc, argv);
}
