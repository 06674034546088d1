#include "conformance/strategy_subject.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "config/load.h"
#include "host/catalog.h"
#include "run/asking.h"
#include "run/stage.h"

namespace assay::conformance {
namespace fs = std::filesystem;
namespace {

plan::PartJob part_of(const Subject& subject, const Json& manifest) {
  config::PluginManifest about;
  about.random = manifest.at("random"), about.random_if = manifest.at("random_if");
  about.asks_in_adapt = manifest.at("asks_in_adapt"), about.consults = manifest.at("consults"),
  about.asks_if = manifest.at("asks_if");
  plan::PartJob part;
  part.name = manifest.at("name"), part.version = manifest.at("version");
  part.library = subject.library.string();
  part.params = subject.params;
  part.adapts = manifest.at("adapts"), part.trains = manifest.at("trains"), part.composes = manifest.at("composes");
  part.drives = manifest.at("drives"), part.reads = manifest.at("reads"), part.tries = manifest.at("tries");
  part.reads_no_rows = manifest.at("reads_no_rows"), part.random = about.is_random(subject.params);
  part.asks_in_adapt = about.asks_in_adapt_of(subject.params), part.consults = about.consults_of(subject.params);
  return part;
}

/// A simulated model answers by the example; what no example decides must not depend on which of them it was sent for.
class Impartial final : public sdk::LanguageModel {
 public:
  Impartial(sdk::LanguageModel& model, std::string example) : model_(model), example_(std::move(example)) {}
  [[nodiscard]] const sdk::ModelInfo& info() const override { return model_.info(); }
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override {
    return model_.count_tokens(prompt);
  }
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override {
    return model_.render_chat(messages, add_generation_prompt);
  }
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override {
    for (sdk::Request& request : requests) {
      if (request.shared) request.example_id = example_, request.draw = {};
    }
    return model_.submit(std::move(requests));
  }
  std::vector<sdk::Finished> collect() override { return model_.collect(); }

 private:
  sdk::LanguageModel& model_;
  std::string example_;
};

bool same_row(const sdk::Example& one, const sdk::Example& other) {
  return one.input.id == other.input.id && one.input.text == other.input.text &&
         one.input.fields == other.input.fields && one.input.choices == other.input.choices &&
         one.target == other.target && one.references == other.references && one.rationale == other.rationale;
}

Json numbers_of(const sdk::Numbers& numbers) {
  Json json = Json::object();
  for (const auto& [name, number] : numbers) json[name] = {number.value, number.unit};
  return json;
}

}  // namespace

WorkFolder::WorkFolder() {
  std::string made = (fs::temp_directory_path() / "assay-check-XXXXXX").string();
  if (::mkdtemp(made.data()) == nullptr)
    throw Error(fmt::format("{}: no folder can be made here: {}", made, std::strerror(errno)));
  path_ = made;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;  // what stays behind lies in the temporary folder
  fs::remove_all(path_, ignored);
}

std::shared_ptr<sdk::Strategy> StrategyAtWork::Bench::strategy(const plan::PartJob& part) {
  if (!keep) return Workbench::strategy(part);
  if (!kept) kept = Workbench::strategy(part);
  return kept;
}

StrategyAtWork::StrategyAtWork(const Subject& subject, const Json& manifest, std::optional<fs::path> place)
    : subject_(subject), part_(part_of(subject, manifest)), bench_(journal_) {
  bench_.watch_parameters([asked = subject.asked_parameters](const std::string& name) { asked->insert(name); });
  folder_ = place ? *place : own_.emplace().path();
}

plan::ModelJob StrategyAtWork::model() const {
  if (part_.trains) return {"model", "local", subject_.model.string(), "f32", Json::object()};
  return {"model", "simulated", "", "auto", {{"accuracy", 0.7}}};
}

plan::Job StrategyAtWork::job(const SampleCell& cell) {
  plan::Job job;
  job.instruction = "which is it ?";
  job.prompt = plan::PromptJob{"", " {{ target }}\n"};
  job.seed = cell.seed;
  job.dataset = sample_rows(folder_ / fmt::format("rows{}", stages_++), cell.task, cell.examples);
  job.model = model();
  job.generation.max_tokens = 8;
  return job;
}

Json StrategyAtWork::adapt(const SampleCell& cell) {
  plan::Job adapting = job(cell);
  adapting.kind = "adapt";
  adapting.dataset->test.clear();
  adapting.part = part_;
  if (part_.tries) {
    adapting.parts = {part_};
    adapting.metric =
        plan::MetricJob{"accuracy", "", (host::installed_plugin_folder() / "accuracy.so").string(), Json::object()};
    adapting.select = "accuracy";
  }
  if (part_.trains) {
    adapting.known_text = (folder_ / "known.txt").string();
    std::ofstream(adapting.known_text) << kKnownText;
  }
  const std::string key = fmt::format("adapted{}", stages_);
  const fs::path place = folder_ / key;
  store::BundleWriter writer(place, key, "adapt", Json::object());
  run::StageWork work(adapting, {}, writer, bench_, [](std::int64_t, std::int64_t) {});
  work.stops = stops_;
  watching_rows(*adapting.dataset, {data::Split::train, data::Split::validation}, [&] { run::do_adapt(work); });
  if (part_.trains) loss_when_trained_ = writer.kpis.at("known_text_loss").at("value");
  writer.commit();
  bundles_ = {{key, place.string()}};
  Json left = {{"files", hashes_of(place / (part_.trains ? "adapter" : "files"))}};
  if (fs::exists(place / "state.json")) left["state"] = store::Bundle::open(place, key).json("state.json");
  return left;
}

Json StrategyAtWork::ask(const SampleCell& cell, const Asked& how) {
  plan::Job asking = job(cell);
  asking.kind = "generate";
  asking.parts = {part_};
  if (!bundles_.empty()) asking.parts.front().adapt = bundles_.begin()->first;
  const std::string key = fmt::format("asked{}", stages_);
  store::BundleWriter writer(folder_ / key, key, "generate", Json::object());
  run::StageWork work(asking, bundles_, writer, bench_, [](std::int64_t, std::int64_t) {});
  const auto& examples = bench_.examples(*asking.dataset, data::Split::test);
  sdk::LanguageModel& model =
      bench_.model(*asking.model, 1, run::trained_adapters(work), *asking.dataset, data::Split::test);
  Impartial impartial(model, examples.front().input.id);
  run::Asking asks(work, impartial);
  std::vector<const sdk::Input*> inputs;
  for (const sdk::Example& example : examples) inputs.push_back(&example.input);
  if (how.reversed) std::reverse(inputs.begin(), inputs.end());
  std::rotate(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(std::min(how.first, inputs.size())),
              inputs.end());
  Json answers = Json::object();
  watching_rows(*asking.dataset, {data::Split::test}, [&] {
    for (std::size_t begin = 0; begin < inputs.size(); begin += how.batch) {
      const auto some = std::span(inputs).subspan(begin, std::min(how.batch, inputs.size() - begin));
      for (const run::Asked& asked : asks.ask(some)) {
        answers[asked.input->id] = {{"prompts", asked.prompts},
                                    {"answer", asked.answer.text},
                                    {"details", asked.answer.details},
                                    {"numbers", numbers_of(asked.answer.numbers)},
                                    {"error", asked.error}};
      }
    }
  });
  return answers;
}

void StrategyAtWork::watching_rows(const data::DatasetSource& source, std::initializer_list<data::Split> splits,
                                   const std::function<void()>& work) {
  std::vector<std::vector<sdk::Example>> kept;
  for (const data::Split split : splits) kept.push_back(bench_.examples(source, split));
  work();
  auto before = kept.begin();
  for (const data::Split split : splits) {
    const auto& after = bench_.examples(source, split);
    for (std::size_t i = 0; i < after.size() && changed_row_.empty(); ++i) {
      if (!same_row((*before)[i], after[i])) changed_row_ = (*before)[i].input.id;
    }
    ++before;
  }
}

Json hashes_of(const fs::path& folder) {
  Json hashes = Json::object();
  if (!fs::is_directory(folder)) return hashes;
  data::FileHashes files{fs::path()};
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      hashes[entry.path().lexically_relative(folder).generic_string()] = files.hash(entry.path());
  }
  return hashes;
}

}  // namespace assay::conformance
