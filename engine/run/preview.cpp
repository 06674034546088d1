#include "run/preview.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>
#include <stdlib.h>

#include "run/asking.h"
#include "run/rendered_prompts.h"

namespace assay::run {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "assay-preview-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw Error("no temporary folder can be made in " + fs::temp_directory_path().string());
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

const sdk::Input& find_row(const std::vector<sdk::Example>& examples, const std::string& row) {
  if (row.empty()) return examples.front().input;
  for (const sdk::Example& example : examples) {
    if (example.input.id == row) return example.input;
  }
  throw BadInput(fmt::format("the test split has no row '{}'; its rows are '{}' to '{}'", row,
                             examples.front().input.id, examples.back().input.id));
}

PreviewedRequest previewed(const sdk::Request& request, const Fitted& fitted, const sdk::LanguageModel& model) {
  PreviewedRequest shown;
  shown.fitted = fitted;
  if (const sdk::Prompt* prompt = prompt_of(request)) {
    shown.prompt =
        prompt->text.empty() && !prompt->messages.empty() ? model.render_chat(prompt->messages, true) : prompt->text;
    shown.prompt_tokens = model.count_tokens(*prompt);
  }
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what))
    shown.max_tokens = generate->settings.max_tokens;
  if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) shown.choices = score->choices;
  if (const auto* embed = std::get_if<sdk::Embed>(&request.what)) {
    shown.prompt = embed->text;
    shown.prompt_tokens = model.count_tokens({embed->text, {}});
  }
  return shown;
}

}  // namespace

Preview preview(const plan::Plan& plan, const plan::Cell& cell, const std::string& row,
                const std::function<std::optional<fs::path>(const plan::Stage&)>& finished) {
  const TemporaryFolder folder;
  Journal journal;
  Workbench bench(journal);
  const auto no_progress = [](std::int64_t, std::int64_t) {};
  Preview shown;
  plan::Job job = plan::job_from_json(plan.stage(cell.generate).job);
  if (job.choice) {
    const auto& [number, parts] = *job.choice->trials.begin();
    for (const plan::Trial& trial : cell.trials) shown.trial = trial.number == number ? trial.label : shown.trial;
    job.parts = parts;
  }
  std::map<std::string, std::string> bundles;
  for (const plan::PartJob& part : job.parts) {
    if (part.adapt.empty() || part.trains) continue;
    const plan::Stage& stage = plan.stage(part.adapt);
    if (const auto place = finished(stage)) {
      bundles[stage.key] = place->string();
      continue;
    }
    const fs::path place = folder.path() / stage.key;
    store::BundleWriter writer(place, stage.key, "adapt", stage.inputs);
    StageWork work(plan::job_from_json(stage.job), {}, writer, bench, no_progress);
    do_adapt(work);
    writer.commit();
    bundles[stage.key] = place.string();
  }
  const sdk::Input& input = find_row(bench.examples(job.dataset.value(), split_of(job)), row);
  const sdk::LanguageModel& model = bench.model(job.model.value(), job.threads, {}, *job.dataset, split_of(job));
  store::BundleWriter unused(folder.path() / "unused", cell.generate, "generate", Json::object());
  StageWork work(job, bundles, unused, bench, no_progress);
  Asking asking(work, bench.model(*job.model, job.threads, {}, *job.dataset, split_of(job)));
  const Asking::Opening opening = asking.open(input);
  shown.id = input.id;
  shown.window = model.info().context_length;
  shown.error = opening.error;
  for (std::size_t i = 0; i < opening.requests.size(); ++i) {
    shown.requests.push_back(
        previewed(opening.requests[i], i < opening.fitted.size() ? opening.fitted[i] : Fitted{}, model));
  }
  return shown;
}

}  // namespace assay::run
