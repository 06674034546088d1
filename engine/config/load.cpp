#include "config/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "config/cell_pattern.h"
#include "config/file_parameters.h"
#include "config/for_each.h"
#include "config/metric_name.h"
#include "config/nearest.h"
#include "config/perturbations.h"
#include "config/price.h"
#include "config/price_sheet.h"
#include "config/schema.h"
#include "config/sources.h"
#include "config/strategies.h"
#include "config/tuning.h"
#include "config/yaml.h"

namespace assay::config {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) { return fs::absolute(file).lexically_normal().parent_path(); }

Node read(const fs::path& file, std::span<const std::string> overrides) {
  Node root = read_yaml(file);
  for (const std::string& assignment : overrides) apply_override(root, assignment);
  write_out_for_each(root, folder_of(file));
  use_price_sheets(root, folder_of(file));
  return root;
}

Json read_schema(const fs::path& file) {
  std::ifstream in(file);
  Json schema = Json::parse(in, nullptr, false);
  if (!schema.is_object()) throw Error(fmt::format("{}: this schema cannot be read; reinstall assay", file.string()));
  return schema;
}

const Node* find(const Node& root, std::initializer_list<std::string_view> path) {
  const Node* node = &root;
  for (const std::string_view key : path) {
    const Entry* entry = node->is_map() ? node->find(key) : nullptr;
    if (!entry) return nullptr;
    node = &entry->value;
  }
  return node;
}

std::vector<std::string> keys(const Node* map) {
  std::vector<std::string> names;
  if (map) {
    for (const Entry& entry : map->entries) names.push_back(entry.key);
  }
  return names;
}

/// The names that an axis of the matrix lists; all known ones where it is absent.
std::vector<std::string> names(const Node* axis, const std::vector<std::string>& known, const std::string& what,
                               Problems& problems) {
  if (!axis) return known;
  std::vector<std::string> result;
  const std::vector<Node> one{*axis};
  for (const Node& item : axis->is_sequence() ? axis->items : one) {
    if (item.kind != Node::Kind::scalar) continue;  // the schema has said so
    if (std::find(known.begin(), known.end(), item.text) == known.end()) {
      problems.add(item.at, fmt::format("unknown {} '{}' in 'matrix.{}'{}", what, item.text, what,
                                        suggestion(item.text, known)));
    } else {
      result.push_back(item.text);
    }
  }
  return result;
}

double seconds(const Json& value) {
  if (value.is_number()) return value;
  double sum = 0;
  const std::string text = value;
  for (std::size_t at = 0; at < text.size();) {
    char* end = nullptr;
    const double amount = std::strtod(text.c_str() + at, &end);
    at = static_cast<std::size_t>(end - text.c_str());
    sum += amount * (text[at] == 'h' ? 3600 : text[at] == 'm' ? 60 : 1);
    ++at;
  }
  return sum;
}

std::vector<std::string> strings(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> list;
  for (const Json& item : value) list.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return list;
}

/// A recorded model's answers, one recording or several, in the words of data::RecordingSource.
Json recordings(const Json& model, const fs::path& folder) {
  Json list = Json::array();
  for (const Json& written : model.contains("recordings") ? model["recordings"] : Json::array({model})) {
    Json recording{{"path", resolve(folder, written["path"]).string()}, {"completion", written["completion"]}};
    for (const auto& [member, value] : written["match"].items()) {
      if (value.is_object()) {
        recording[member + "_file"] = resolve(folder, value["template"]).string();
      } else {
        recording[member] = value;
      }
    }
    if (const Json usage = written.value("usage", Json()); usage.is_string()) {
      recording["usage"] = usage;
    } else if (usage.is_object()) {
      recording.update(usage);
    }
    list.push_back(std::move(recording));
  }
  return list;
}

ModelSpec model(const std::string& name, const Json& json, const fs::path& folder, const Position& at) {
  ModelSpec spec;
  spec.name = name;
  spec.source = json["source"];
  spec.position = at;
  spec.dtype = json.value("dtype", "auto");
  spec.device = json.value("device", "auto");
  spec.dollars_per_hour = json.value("dollars_per_hour", 0.0);
  if (json.contains("path")) spec.path = resolve(folder, json["path"]);
  if (json.contains("price")) spec.price = token_price(json["price"]);
  spec.fine_tuned = json.contains("fine_tuned");
  if (spec.source == "recorded") {
    spec.options = {{"recordings", recordings(json, folder)}};
    return spec;
  }
  spec.options = json;
  for (const char* file : {"adapter", "ca_file", "api_key_file", "record"}) {
    if (json.contains(file)) spec.options[file] = resolve(folder, json[file]).string();
  }
  for (const char* known : {"source", "path", "dtype", "device", "price", "machine", "dollars_per_hour"})
    spec.options.erase(known);
  if (spec.source == "openai" && json.contains("price") && json["price"].contains("training"))
    spec.options["training_price"] = json["price"]["training"];
  return spec;
}

DatasetSpec dataset(const std::string& name, const Json& json, const fs::path& folder, const Position& at) {
  DatasetSpec spec;
  spec.name = name;
  spec.position = at;
  const auto path = [&](const char* key) { return json.contains(key) ? resolve(folder, json[key]) : fs::path(); };
  spec.train = path("train");
  spec.validation = path("validation");
  spec.test = path("test");
  spec.validation_fraction = json["validation_fraction"];
  spec.split_seed = json["split_seed"];
  spec.input = json["input"];
  spec.target = json["target"];
  spec.references = json.value("references", "");
  spec.rationale = json.value("rationale", "");
  spec.id = json.value("id", "");
  spec.group_by = json.value("group_by", "");
  spec.cluster = json.value("cluster", "");
  if (json.contains("by")) spec.by = strings(json["by"]);
  spec.instruction = json["instruction"];
  if (json.contains("choices")) spec.choices = strings(json["choices"]);
  const auto rows = [&](const char* key) {
    const Json range = json["rows"].value(key, Json::array({0, nullptr}));
    return RowRange{range[0].is_null() ? 0 : range[0].get<std::size_t>(),
                    range[1].is_null() ? 0 : range[1].get<std::size_t>()};
  };
  spec.train_rows = rows("train");
  spec.validation_rows = rows("validation");
  spec.test_rows = rows("test");
  spec.train_limit = json["limit"].value("train", std::size_t{0});
  spec.validation_limit = json["limit"].value("validation", std::size_t{0});
  spec.test_limit = json["limit"].value("test", std::size_t{0});
  return spec;
}

sdk::GenerationSettings generation(const Json& json) {
  sdk::GenerationSettings settings;
  settings.max_tokens = json["max_tokens"];
  settings.temperature = json["temperature"];
  settings.top_p = json["top_p"];
  settings.top_k = json["top_k"];
  settings.min_p = json["min_p"];
  settings.repetition_penalty = json["repetition_penalty"];
  settings.frequency_penalty = json["frequency_penalty"];
  settings.presence_penalty = json["presence_penalty"];
  for (const auto& [token, bias] : json["logit_bias"].items()) settings.logit_bias[std::stoi(token)] = bias;
  settings.stop = strings(json["stop"]);
  return settings;
}

void check_report(const Node& root, const std::vector<StrategyEntry>& strategies,
                  const std::vector<MetricSetting>& metrics, Problems& problems) {
  if (const Node* baseline = find(root, {"report", "baseline"});
      baseline && baseline->kind == Node::Kind::scalar && !strategies.empty()) {
    std::vector<std::string> known;
    for (const StrategyEntry& entry : strategies) known.push_back(entry_name(entry));
    if (std::find(known.begin(), known.end(), baseline->text) == known.end()) {
      problems.add(baseline->at, fmt::format("'report.baseline' names '{}', which is none of the matrix's strategies{}",
                                             baseline->text, suggestion(baseline->text, known)));
    }
  }
  if (const Node* primary = find(root, {"report", "primary"});
      primary && primary->kind == Node::Kind::scalar && !metrics.empty()) {
    std::vector<std::string> known;
    bool found = false;
    for (const MetricSetting& metric : metrics) {
      known.push_back(called(metric));
      found |= primary->text.starts_with(called(metric));
    }
    if (!found) {
      problems.add(primary->at,
                   fmt::format("'report.primary' names '{}', which is no value of this experiment's metrics{}",
                               primary->text, suggestion(primary->text, known)));
    }
  }
}

/// How the policy's steps are called from here on.
std::string fit_step(const Json& item) {
  return item.is_string() ? item.get<std::string>() : "truncate_" + item.at("truncate_input").get<std::string>();
}

/// `fail` ends the policy; cutting the input, which can always go on, comes after what is dropped.
void check_fit(const Node& root, Problems& problems) {
  const Node* fit = find(root, {"prompt", "fit"});
  if (!fit || !fit->is_sequence()) return;
  for (std::size_t i = 0; i + 1 < fit->items.size(); ++i) {
    const Node& item = fit->items[i];
    if (item.text == "fail") {
      problems.add(item.at, "in 'prompt.fit' nothing comes after `fail`");
    } else if (item.is_map() && fit->items[i + 1].text != "fail") {
      problems.add(item.at,
                   "in 'prompt.fit' only `fail` comes after `truncate_input`, which cuts until the prompt fits; put "
                   "what is dropped before it");
    }
  }
}

/// Keys of a section that name one file each.
void check_files(const Node& root, const fs::path& folder, Problems& problems) {
  for (const auto& [section, key] : {std::pair{"prompt", "template"}, {"forgetting", "text"}}) {
    const Node* file = find(root, {section, key});
    if (file && std::string_view(section) == "prompt" && is_prompt_reference(file->text))
      continue;  // planning looks it up
    if (file && file->kind == Node::Kind::scalar && !fs::is_regular_file(resolve(folder, file->text))) {
      problems.add(file->at,
                   fmt::format("'{}.{}' names {}, which does not exist (paths are relative to the experiment's folder)",
                               section, key, file->text));
    }
  }
}

/// Keys that name a folder or a list of them.
void check_folders(const Node& root, const fs::path& folder, Problems& problems) {
  for (const char* key : {"plugins", "prompts"}) {
    const Node* folders = find(root, {key});
    if (!folders) continue;
    const std::vector<Node> one{*folders};
    for (const Node& item : folders->is_sequence() ? folders->items : one) {
      if (item.kind == Node::Kind::scalar && !fs::is_directory(resolve(folder, item.text))) {
        problems.add(item.at,
                     fmt::format("'{}' names {}, which is no folder (paths are relative to the experiment's folder)",
                                 key, item.text));
      }
    }
  }
}

/// Why a model cannot be trained and what can, or nothing.
std::string untrainable(const Node& model) {
  const Node* source = find(model, {"source"});
  const Node* dtype = find(model, {"dtype"});
  if (!source) return "";
  if (source->text == "openai" || source->text == "anthropic") {
    return "it is remote, so its weights are not here; fine-tune a model of `source: local`, or prompt this one" +
           std::string(source->text == "openai" ? ", or have its provider train it by `openai_fine_tune`" : "");
  }
  if (source->text == "recorded")
    return "it is recorded: what it once answered is here, its weights are not; fine-tune a model of `source: local`";
  if (source->text == "simulated") return "it is simulated and has no weights; fine-tune a model of `source: local`";
  if (dtype && dtype->text == "int8") {
    return "`dtype: int8` holds its weights as whole numbers, which have no gradient; give it `dtype: auto`, `f32` or "
           "`bf16`";
  }
  return "";
}

/// Why no fine-tuning job can be had for a model, or nothing.
std::string takes_no_job(const Node& model) {
  const Node* source = find(model, {"source"});
  const Node* api = find(model, {"api"});
  if (source && source->text != "openai")
    return fmt::format("it is of `source: {}`, and jobs are made at servers that speak OpenAI's API", source->text);
  if (api && api->text != "chat")
    return "jobs learn conversations, and its `api: completions` asks by plain text; leave `api` out";
  return "";
}

Surroundings surroundings(const Experiment& experiment, const fs::path& folder, const Node* models,
                          const Node* datasets) {
  Surroundings around;
  around.folder = folder;
  around.models = experiment.matrix_models;
  around.datasets = experiment.matrix_datasets;
  around.exclude = experiment.exclude;
  for (const std::string& name : experiment.matrix_datasets) {
    if (!find(*datasets, {name, "train"})) around.without_train.push_back(name);
    const Node* fraction = find(*datasets, {name, "validation_fraction"});
    const bool drawn = fraction && fraction->kind == Node::Kind::scalar && to_json(*fraction) != Json(0);
    if (!find(*datasets, {name, "validation"}) && !drawn) around.without_validation.push_back(name);
  }
  for (const std::string& name : experiment.matrix_models) {
    const std::string why = untrainable(*find(*models, {name}));
    if (!why.empty()) around.untrainable.push_back({name, why});
    const std::string no_job = takes_no_job(*find(*models, {name}));
    if (!no_job.empty()) around.without_jobs.push_back({name, no_job});
  }
  return around;
}

void note_positions(const Node& node, const std::string& path, std::map<std::string, Position>& positions) {
  if (!path.empty()) positions[path] = node.at;
  for (const Entry& entry : node.entries)
    note_positions(entry.value, path.empty() ? entry.key : path + "." + entry.key, positions);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    note_positions(node.items[i], fmt::format("{}[{}]", path, i), positions);
}

}  // namespace

InvalidExperiment::InvalidExperiment(std::vector<std::string> problems)
    : BadInput(fmt::format("{}", fmt::join(problems, "\n"))), problems_(std::move(problems)) {}

std::string entry_name(const StrategyEntry& entry) {
  if (!entry.label.empty()) return entry.label;
  std::vector<std::string> parts;
  for (const StrategySetting& part : entry.parts) parts.push_back(part.name);
  return fmt::format("{}", fmt::join(parts, " + "));
}

std::vector<fs::path> plugin_folders(const fs::path& file, std::span<const std::string> overrides) {
  const Node root = read(file, overrides);
  std::vector<fs::path> folders;
  if (const Node* plugins = find(root, {"plugins"})) {
    const std::vector<Node> one{*plugins};
    for (const Node& item : plugins->is_sequence() ? plugins->items : one) {
      if (item.kind == Node::Kind::scalar) folders.push_back(resolve(folder_of(file), item.text));
    }
  }
  return folders;
}

Experiment load(const fs::path& file, const PluginManifests& plugins, std::span<const std::string> overrides,
                const fs::path& schema_file) {
  const Node root = read(file, overrides);
  const Json schema = read_schema(schema_file);
  const fs::path folder = folder_of(file);
  Problems problems;
  if (!root.is_map()) {
    throw InvalidExperiment(
        {fmt::format("{}: an experiment is a map of keys (name, models, datasets, matrix, metrics), found {}",
                     root.at.text(), describe(root))});
  }
  Json document = check(root, schema, schema, "", Axes::refused, problems);

  const Node* models = find(root, {"models"});
  const Node* datasets = find(root, {"datasets"});
  if (models) {
    for (const Entry& entry : models->entries) check_model(entry.value, entry.key, folder, problems);
  }
  if (datasets) {
    for (const Entry& entry : datasets->entries) check_dataset(entry.value, entry.key, folder, problems);
  }
  Experiment experiment;
  experiment.matrix_models = names(find(root, {"matrix", "model"}), keys(models), "model", problems);
  experiment.matrix_datasets = names(find(root, {"matrix", "dataset"}), keys(datasets), "dataset", problems);
  if (const Node* exclude = find(root, {"matrix", "exclude"})) experiment.exclude = read_exclude(*exclude, problems);
  const Surroundings around = surroundings(experiment, folder, models, datasets);
  if (const Node* strategies = find(root, {"matrix", "strategy"})) {
    experiment.strategies = read_strategies(*strategies, plugins, around, problems);
  }
  if (const Node* metrics = find(root, {"metrics"}))
    experiment.metrics = read_metrics(*metrics, plugins, folder, problems);
  check_files(root, folder, problems);
  check_fit(root, problems);
  check_folders(root, folder, problems);
  if (problems.empty()) {
    check_report(root, experiment.strategies, experiment.metrics, problems);
    experiment.perturb = read_perturbations(root, document, folder, problems);
    experiment.tuning = read_tuning(root, document, experiment.strategies, experiment.metrics, plugins, problems);
  }
  if (problems.empty()) {
    for (const std::string& line : judge(to_json(root), schema))
      problems.add(fmt::format("{}: {}", root.at.file, line));
  }
  if (!problems.empty()) throw InvalidExperiment(problems.list());

  experiment.name = document["name"];
  experiment.file = fs::absolute(file).lexically_normal();
  experiment.folder = folder;
  for (const Entry& entry : models->entries)
    experiment.models.push_back(model(entry.key, document["models"][entry.key], folder, entry.at));
  for (const Entry& entry : datasets->entries) {
    experiment.datasets.push_back(dataset(entry.key, document["datasets"][entry.key], folder, entry.at));
  }
  const Json& seed = document["matrix"]["seed"];
  experiment.seeds =
      seed.is_array() ? seed.get<std::vector<std::uint64_t>>() : std::vector<std::uint64_t>{seed.get<std::uint64_t>()};
  if (document["matrix"].contains("train_size")) {
    const Json& sizes = document["matrix"]["train_size"];
    experiment.train_sizes =
        sizes.is_array() ? sizes.get<std::vector<std::size_t>>() : std::vector<std::size_t>{sizes.get<std::size_t>()};
  }
  experiment.generation = generation(document["generation"]);
  if (document["prompt"].contains("template")) {
    const std::string written = document["prompt"]["template"];
    experiment.prompt.template_file = is_prompt_reference(written) ? fs::path(written) : resolve(folder, written);
  }
  experiment.prompt.answer = document["prompt"]["answer"];
  if (document["prompt"].contains("read")) experiment.prompt.read = document["prompt"]["read"];
  for (const Json& item : document["prompt"].value("fit", Json::array()))
    experiment.prompt.fit.push_back(fit_step(item));
  const Json& constraints = document["constraints"];
  if (constraints.contains("latency_p95_ms")) experiment.constraints.latency_p95_ms = constraints["latency_p95_ms"];
  if (constraints.contains("cost_per_1k_requests"))
    experiment.constraints.cost_per_1k_requests = constraints["cost_per_1k_requests"];
  const Json& budget = document["budget"];
  if (budget.contains("dollars")) experiment.budget.dollars = budget["dollars"];
  if (budget.contains("tokens")) experiment.budget.tokens = budget["tokens"];
  if (budget.contains("wall_time")) experiment.budget.wall_seconds = seconds(budget["wall_time"]);
  const Json& report = document["report"];
  experiment.report = {report.value("baseline", ""), report.value("primary", ""), report["formats"],
                       report["confidence"],         report["resamples"],         std::nullopt};
  if (report.contains("volume")) experiment.report.volume = report["volume"];
  const Json& statistics = document["statistics"];
  experiment.statistics = {
      statistics["test"], statistics["family"], statistics["correction"], statistics["seeds"] == "random",
      std::nullopt,       std::nullopt};
  if (statistics.contains("equivalence_margin"))
    experiment.statistics.equivalence_margin = statistics["equivalence_margin"];
  if (statistics.contains("detect")) experiment.statistics.detect = statistics["detect"];
  if (document["forgetting"].contains("text")) experiment.known_text = resolve(folder, document["forgetting"]["text"]);
  experiment.limits = {seconds(document["limits"]["stage_time"]), document["limits"]["memory_mb"]};
  const Json& measure = document["measure"];
  experiment.measure = {measure["requests"], measure["concurrency"], measure["throughput_batch"]};
  if (document.contains("plugins")) {
    for (const std::string& written : strings(document["plugins"]))
      experiment.plugin_folders.push_back(resolve(folder, written));
  }
  for (const std::string& written : strings(document.value("prompts", Json("prompts"))))
    experiment.prompt_folders.push_back(resolve(folder, written));
  experiment.threads = document["threads"];
  note_positions(root, "", experiment.positions);
  experiment.resolved = std::move(document);
  return experiment;
}

}  // namespace assay::config
