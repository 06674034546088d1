#include "run/workbench.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>

#include "data/recording.h"
#include "models/adapter_folder.h"
#include "models/recorded_model.h"
#include "models/simulated_model.h"
#include "train/backend.h"

namespace assay::run {
namespace {

constexpr std::size_t kDatasetsKept = 3;
constexpr std::size_t kLargeSplit = 50000;  // examples: about 50 MB, read again in half a second

std::map<std::string, models::SimulatedAnswer> simulated_answers(const std::vector<sdk::Example>& examples) {
  std::map<std::string, models::SimulatedAnswer> answers;
  for (const sdk::Example& example : examples) answers[example.input.id] = {example.target, example.input.choices};
  return answers;
}

std::vector<models::RecordedAnswer> recorded_answers(const Json& recordings) {
  std::vector<models::RecordedAnswer> answers;
  for (const Json& recording : recordings) {
    data::for_each_recorded(data::recording_source(recording), [&](data::RecordedRow row) {
      answers.push_back({std::move(row.prompt), std::move(row.messages), std::move(row.input), std::move(row.id),
                         std::move(row.completions), row.usage, std::move(row.where)});
    });
  }
  return answers;
}

std::map<std::string, std::string> inputs_by_id(const std::vector<sdk::Example>& examples) {
  std::map<std::string, std::string> inputs;
  for (const sdk::Example& example : examples) inputs[example.input.id] = example.input.text;
  return inputs;
}

}  // namespace

Workbench::Workbench(Journal& journal) : journal_(journal) {}
Workbench::~Workbench() = default;

const host::LoadedPlugin& Workbench::plugin(const std::string& library) {
  const auto found = plugins_.find(library);
  if (found != plugins_.end()) return found->second;
  return plugins_.emplace(library, host::LoadedPlugin::load(library)).first->second;
}

std::shared_ptr<sdk::Strategy> Workbench::strategy(const plan::PartJob& part) {
  return in_plugin(journal_, part.name,
                   [&] { return plugin(part.library).strategy(sdk::Params(part.params, asked_)); });
}

std::shared_ptr<sdk::Metric> Workbench::metric(const plan::MetricJob& metric) {
  return in_plugin(journal_, metric.name,
                   [&] { return plugin(metric.library).metric(sdk::Params(metric.params, asked_)); });
}

const std::vector<sdk::Example>& Workbench::examples(const data::DatasetSource& source, data::Split split) {
  const std::string name = data::to_json(source).dump() + std::to_string(static_cast<int>(split));
  for (const Examples& loaded : datasets_) {
    if (loaded.source == name) return *loaded.rows;
  }
  if (datasets_.size() == kDatasetsKept) datasets_.erase(datasets_.begin());
  datasets_.push_back({name, std::make_unique<std::vector<sdk::Example>>(data::load(source, split))});
  return *datasets_.back().rows;
}

void Workbench::make_room() {
  const auto large = [](const Examples& loaded) { return loaded.rows->size() > kLargeSplit; };
  if (std::none_of(datasets_.begin(), datasets_.end(), large)) return;
  datasets_.clear();
  if (model_knows_examples_) {
    model_.reset();
    model_name_.clear();
  }
  ::malloc_trim(0);  // what is freed in small pieces counts as ours until then
}

sdk::LanguageModel& Workbench::model(const plan::ModelJob& job, int threads, const std::vector<store::Bundle>& adapters,
                                     const data::DatasetSource& source, data::Split answers) {
  Json identity = {job.name, job.source, job.path, job.dtype, job.options, threads};
  for (const store::Bundle& adapter : adapters) identity.push_back(adapter.folder().string());
  const bool knows_examples = job.source == "simulated" || job.source == "recorded";
  if (knows_examples) identity.push_back({data::to_json(source), static_cast<int>(answers)});
  const std::string name = identity.dump();
  if (model_ && model_name_ == name) return *model_;
  model_.reset();
  untrained_.reset();
  local_ = nullptr;
  remote_ = nullptr;
  if (knows_examples && !adapters.empty())
    throw UnsupportedModel(fmt::format("model '{}' is {} and cannot be fine-tuned", job.name, job.source));
  if (job.source == "simulated") {
    model_ = std::make_unique<models::SimulatedModel>(job.name, models::SimulatedSettings::parse(job.options),
                                                      simulated_answers(examples(source, answers)));
  } else if (job.source == "recorded") {
    model_ = std::make_unique<models::RecordedModel>(job.name, recorded_answers(job.options.at("recordings")),
                                                     inputs_by_id(examples(source, answers)));
  } else if (job.source == "local") {
    std::vector<std::filesystem::path> folders;
    for (const store::Bundle& adapter : adapters) folders.push_back(adapter.folder() / "adapter");
    auto local = adapted(job, threads, folders);
    local_ = local.get();
    model_ = std::move(local);
  } else if (job.source == "openai" || job.source == "anthropic") {
    if (!adapters.empty())
      throw UnsupportedModel(fmt::format("model '{}' is remote and cannot be fine-tuned here", job.name));
    auto remote = std::make_unique<models::remote::RemoteModel>(
        models::remote::remote_settings(job.name, job.source, job.options, gateway_ != nullptr), gateway_);
    remote_ = remote.get();
    model_ = std::move(remote);
  } else {
    throw UnsupportedModel(fmt::format("model '{}': this assay knows no models of `source: {}`", job.name, job.source));
  }
  model_name_ = name;
  model_knows_examples_ = knows_examples;
  return *model_;
}

sdk::LanguageModel& Workbench::untrained(const plan::ModelJob& job, int threads) {
  if (!untrained_) untrained_ = adapted(job, threads, {});
  return *untrained_;
}

std::unique_ptr<models::LocalModel> Workbench::adapted(const plan::ModelJob& job, int threads,
                                                       const std::vector<std::filesystem::path>& adapters) {
  models::LocalModelOptions options;
  options.dtype = job.dtype;
  options.threads = threads;
  models::AdapterWeights weights;
  const std::string carried = job.options.value("adapter", "");
  const bool any = !adapters.empty() || !carried.empty();
  if (any) {
    const auto config = models::ModelConfig::read(job.path);
    for (const auto& folder : adapters) weights.add(models::read_adapter(folder, config));
    if (!carried.empty()) weights.put_on(models::read_adapter(carried, config));
  }
  return std::make_unique<models::LocalModel>(job.path, options, any ? &weights : nullptr);
}

train::Backend& Workbench::backend() {
  if (backend_ != nullptr) return *backend_;
  const std::filesystem::path prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  std::string looked;
  for (const auto& folder : {prefix / "lib", prefix / "lib" / "assay"}) {
    const auto file = folder / "libassay_torch.so";
    looked += (looked.empty() ? "" : " and ") + file.string();
    if (!std::filesystem::exists(file)) continue;
    try {
      auto library = std::make_shared<boost::dll::shared_library>(
          file.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_global);
      backend_ = library->get<train::BackendFunction>(train::kBackendSymbol)();
      torch_library_ = std::move(library);
      return *backend_;
    } catch (const std::exception& error) {
      throw BadInput(fmt::format("{}: the training backend cannot be loaded: {}; is libtorch installed?", file.string(),
                                 error.what()));
    }
  }
  throw BadInput(
      fmt::format("the training backend is not there (looked for {}); build or install assay with libtorch", looked));
}

}  // namespace assay::run
