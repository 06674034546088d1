#include <deque>

#include "run/number_means.h"
#include "run/perturbation.h"
#include "run/predictions.h"
#include "run/remote_fine_tuning.h"
#include "run/stage.h"

namespace assay::run {
namespace {

constexpr std::size_t kWindow = 1024;  // examples in memory at once

/// What the window took from all prompts of the stage.
struct CutPrompts {
  std::size_t prompts = 0, cut = 0, shots = 0, passages = 0;
  std::int64_t input_tokens = 0;

  void add(const Fitted& fitted) {
    ++prompts;
    cut += fitted.cut() ? 1 : 0;
    shots += fitted.shots_dropped, passages += fitted.passages_dropped;
    input_tokens += fitted.input_tokens_cut;
  }

  void log(StageWork& work) const {
    work.kpi("prompts_cut", prompts == 0 ? 0 : static_cast<double>(cut) / static_cast<double>(prompts), "");
    work.out.kpis["prompts_cut"]["prompts"] = prompts;
    work.kpi("shots_dropped", static_cast<double>(shots), "");
    work.kpi("passages_dropped", static_cast<double>(passages), "");
    work.kpi("input_tokens_cut", static_cast<double>(input_tokens), "tokens");
  }
};

}  // namespace

void do_generate(StageWork& work) {
  const data::Split split = split_of(work.job);
  const auto& examples = work.bench.examples(work.job.dataset.value(), split);
  sdk::LanguageModel& model =
      work.bench.model(asked_model(work), work.job.threads, trained_adapters(work), *work.job.dataset, split);
  Asking asking(work, model);
  const Perturbation perturbation(work.job.perturb);
  store::RowsWriter rows(work.out.folder() / "predictions.jsonl");
  const double start = seconds_now();
  std::size_t requests = 0;
  CutPrompts cut;
  NumberMeans numbers;
  for (std::size_t begin = 0; begin < examples.size(); begin += kWindow) {
    const std::size_t end = std::min(begin + kWindow, examples.size());
    std::vector<const sdk::Input*> inputs;
    std::deque<sdk::Input> changed;
    for (std::size_t i = begin; i < end; ++i) {
      const sdk::Input& input = examples[i].input;
      inputs.push_back(perturbation.changes_inputs() ? &changed.emplace_back(perturbation.put(input)) : &input);
    }
    const std::vector<Asked> asked = asking.ask(inputs);
    refuse_errors(asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      requests += asked[i].prompts.size() + asked[i].consulted.size();
      for (const Fitted& fitted : asked[i].fitted) cut.add(fitted);
      numbers.add(asked[i]);
      rows.write(prediction_row(asked[i], examples[begin + i]));
    }
    work.progress(static_cast<std::int64_t>(end), static_cast<std::int64_t>(examples.size()));
  }
  rows.close();
  const double seconds = seconds_now() - start;
  work.out.timing["asking_seconds"] = seconds;
  work.kpi("generate_seconds", seconds, "s");
  work.kpi("examples", static_cast<double>(examples.size()), "", true);
  work.kpi("requests", static_cast<double>(requests), "");
  work.kpi("prompt_tokens", static_cast<double>(work.usage().prompt_tokens), "tokens");
  work.kpi("completion_tokens", static_cast<double>(work.usage().completion_tokens), "tokens");
  if (!work.job.prompt->fit.empty()) cut.log(work);
  numbers.log(work);
}

}  // namespace assay::run
