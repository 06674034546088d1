#include "plan/identity.h"

#include <algorithm>

#include "assay/sdk/documents.h"
#include "assay/sdk/error.h"
#include "config/file_parameters.h"
#include "config/sources.h"
#include "data/prompt_file.h"
#include "data/recording.h"

namespace assay::plan {
namespace fs = std::filesystem;

namespace {

/// The schema's `format` of a word of a command: a file where there is one of that name beside the experiment.
constexpr const char* kCommandWord = "command-word";

/// Files of a Hugging Face folder that decide what the model answers.
bool decides(const std::string& name) {
  static const std::vector<std::string> known{"config.json",       "generation_config.json", "tokenizer.json",
                                              "tokenizer.model",   "tokenizer_config.json",  "special_tokens_map.json",
                                              "added_tokens.json", "chat_template.jinja",    "chat_template.json"};
  return std::find(known.begin(), known.end(), name) != known.end() || name.ends_with(".safetensors") ||
         name.ends_with(".safetensors.index.json");
}

/// Parameters as the plugin knows them.
Json own_params(const config::PluginManifest& manifest, Json params) {
  if (manifest.takes_train_size()) params.erase("train_size");
  if (manifest.takes_train_with_prompt()) params.erase("train_with_prompt");
  return params;
}

/// Parameters without those that decide nothing; see Identities::plugin.
Json deciding_params(const config::PluginManifest& manifest, Json params, bool adapting) {
  const Json known = manifest.params.value("properties", Json::object());
  for (const auto& [name, schema] : known.items()) {
    const std::string decides = schema.is_object() ? schema.value("x-decides", "") : "";
    if (decides == "nothing" || (adapting && decides == "asking")) params.erase(name);
  }
  return params;
}

}  // namespace

std::size_t train_size_of(const config::PluginManifest& manifest, const Json& params) {
  return manifest.takes_train_size() ? params.value("train_size", std::size_t{0}) : 0;
}

bool trains_with_prompt(const config::PluginManifest& manifest, const Json& params) {
  return manifest.takes_train_with_prompt() && params.value("train_with_prompt", false);
}

data::DatasetSource source_of(const config::DatasetSpec& spec) {
  data::DatasetSource source;
  source.name = spec.name;
  source.train = spec.train.string();
  source.validation = spec.validation.string();
  source.test = spec.test.string();
  source.validation_fraction = spec.validation_fraction;
  source.split_seed = spec.split_seed;
  source.input = spec.input;
  source.target = spec.target;
  source.references = spec.references;
  source.rationale = spec.rationale;
  source.id = spec.id;
  source.group_by = spec.group_by;
  source.train_rows = {spec.train_rows.begin, spec.train_rows.end};
  source.validation_rows = {spec.validation_rows.begin, spec.validation_rows.end};
  source.test_rows = {spec.test_rows.begin, spec.test_rows.end};
  source.choices = spec.choices;
  source.train_limit = spec.train_limit;
  source.validation_limit = spec.validation_limit;
  source.test_limit = spec.test_limit;
  return source;
}

Identities::Identities(const config::Experiment& experiment, const config::PluginManifests& plugins,
                       const Environment& environment, data::FileHashes& hashes)
    : experiment_(experiment), plugins_(plugins), environment_(environment), hashes_(hashes) {}

const Json& Identities::model(const config::ModelSpec& spec) {
  const auto found = models_.find(spec.name);
  if (found != models_.end()) return found->second;
  Json identity{{"source", spec.source}};
  if (spec.source == "local") {
    Json files = Json::object();
    for (const auto& entry : fs::directory_iterator(spec.path)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && decides(name)) files[name] = hashes_.hash(entry.path());
    }
    identity["files"] = std::move(files);
    identity["dtype"] = spec.dtype;
    if (spec.options.contains("adapter")) {
      Json adapter = Json::object();
      const fs::path folder = spec.options["adapter"].get<std::string>();
      for (const char* name : {"adapter_config.json", "adapter_model.safetensors", "model.safetensors"}) {
        if (fs::exists(folder / name)) adapter[name] = hashes_.hash(folder / name);
      }
      identity["adapter"] = std::move(adapter);
    }
    identity["device"] = "cpu";  // what `auto` comes to; check_inputs lets no other pass
  } else if (spec.source == "recorded") {
    identity["recordings"] = Json::array();
    for (const Json& recording : spec.options.at("recordings")) {
      identity["recordings"].push_back(data::recording_identity(data::recording_source(recording), hashes_));
    }
  } else if (spec.is_remote()) {
    for (const char* decides :
         {"base_url", "model", "api", "embedding_model", "max_tokens_as", "lacks", "headers", "extra_body"}) {
      if (spec.options.contains(decides)) identity[decides] = spec.options[decides];
    }
  } else {
    identity["options"] = spec.options;
  }
  return models_.emplace(spec.name, std::move(identity)).first->second;
}

void Identities::check_recording(const Json& recording) {
  static_cast<void>(data::recording_identity(data::recording_source(recording), hashes_));
}

/// Included files count by the names that the template knows them by; its own name does not matter.
std::string Identities::prompt_file(const fs::path& path) {
  const auto found = prompt_files_.find(path.string());
  if (found != prompt_files_.end()) return found->second;
  return prompt_files_.emplace(path.string(), data::prompt_hash(path, hashes_)).first->second;
}

fs::path Identities::prompt_path(const fs::path& written) const {
  if (!config::is_prompt_reference(written.string())) return written;
  if (!library_) library_.emplace(experiment_.prompt_folders);
  return library_->find(written.string()).file;
}

std::vector<PromptUse> Identities::prompts() const {
  std::vector<PromptUse> all;
  for (const auto& [file, hash] : prompt_files_) {
    const auto about = data::read_prompt(file).about;
    const std::string place = fs::path(file).lexically_relative(experiment_.folder).generic_string();
    all.push_back({about ? about->reference() : place, hash});
  }
  std::sort(all.begin(), all.end(), [](const PromptUse& a, const PromptUse& b) { return a.name < b.name; });
  return all;
}

Json Identities::plugin(const config::PluginManifest& manifest, const Json& params, bool adapting) {
  Json identity{{"name", manifest.name}};
  if (manifest.builtin) {
    identity["version"] = manifest.version;
  } else {
    identity["library"] = hashes_.hash(manifest.library);
  }
  Json own = deciding_params(manifest, job_params(manifest, params), adapting);
  for (const auto& [place, format] : config::file_parameters(own, manifest.params)) {
    const fs::path file = own[place].get<std::string>();
    own[place] = format == "prompt-file" ? prompt_file(file)
                 : format == "documents" ? documents(file)
                                         : hashes_.hash(file);
  }
  for (const auto& [place, format] : config::parameters_of(own, manifest.params, {kCommandWord})) {
    const fs::path file = own[place].get<std::string>();
    if (file.is_absolute() && fs::is_regular_file(file)) own[place] = hashes_.hash(file);
  }
  identity["params"] = std::move(own);
  return identity;
}

Json Identities::job_params(const config::PluginManifest& manifest, const Json& params) const {
  Json absolute = own_params(manifest, params);
  for (const auto& [place, format] : config::file_parameters(absolute, manifest.params)) {
    const std::string written = absolute[place].get<std::string>();
    const bool named = format == "prompt-file" && config::is_prompt_reference(written);
    absolute[place] = (named ? prompt_path(written) : config::resolve(experiment_.folder, written)).string();
  }
  for (const auto& [place, format] : config::parameters_of(absolute, manifest.params, {kCommandWord})) {
    const fs::path file = config::resolve(experiment_.folder, absolute[place].get<std::string>());
    if (fs::is_regular_file(file)) absolute[place] = file.string();
  }
  return absolute;
}

std::vector<data::ConversationSummary> Identities::conversations(const config::PluginManifest& manifest,
                                                                 const Json& params) {
  const Json absolute = job_params(manifest, params);
  std::vector<data::ConversationSummary> all;
  for (const auto& [place, format] : config::file_parameters(absolute, manifest.params)) {
    if (format != "conversations") continue;
    const std::string file = absolute[place].get<std::string>();
    const auto found = conversations_.find(file);
    all.push_back(found != conversations_.end()
                      ? found->second
                      : conversations_.emplace(file, data::summarize_conversations(file)).first->second);
  }
  return all;
}

std::string Identities::documents(const fs::path& place) {
  const auto found = documents_.find(place.string());
  if (found != documents_.end()) return found->second;
  Json hashes = Json::object();
  for (const fs::path& name : sdk::document_files(place)) {
    hashes[name.generic_string()] = hashes_.hash(name.empty() ? place : place / name);
  }
  return documents_.emplace(place.string(), data::sha256(hashes)).first->second;
}

void Identities::check_documents(const config::PluginManifest& manifest, const Json& params) {
  const Json absolute = job_params(manifest, params);
  for (const auto& [place, format] : config::file_parameters(absolute, manifest.params)) {
    if (format != "documents") continue;
    const std::string where = absolute[place].get<std::string>(), text = absolute.value("text", "text"),
                      id = absolute.value("id", "id");
    if (checked_documents_.insert(Json{where, text, id}.dump()).second)
      static_cast<void>(sdk::read_documents(where, text, id));
  }
}

Json Identities::prompt(const config::DatasetSpec& dataset, const config::Perturbation& how) {
  const fs::path& file = how.template_file.empty() ? experiment_.prompt.template_file : how.template_file;
  return {{"instruction", how.instruction.empty() ? dataset.instruction : how.instruction},
          {"template", file.empty() ? "" : prompt_file(prompt_path(file))},
          {"answer", experiment_.prompt.answer}};
}

const data::SplitSummary& Identities::rows(const config::DatasetSpec& dataset, data::Split split,
                                           std::size_t train_size) {
  const std::tuple key{dataset.name, static_cast<int>(split), train_size};
  const auto found = rows_.find(key);
  if (found != rows_.end()) return found->second;
  data::DatasetSource source = source_of(dataset);
  source.train_size = train_size;
  return rows_.emplace(key, data::summarize(source, split, &hashes_)).first->second;
}

Json Identities::numerics(bool torch) const {
  Json numerics{{"cpu", environment_.cpu}, {"threads", experiment_.threads}, {"epoch", environment_.numerics_epoch}};
  if (torch) numerics["libtorch"] = environment_.libtorch_version;
  return numerics;
}

}  // namespace assay::plan
