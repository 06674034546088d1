#include <assay/sdk/error.h>

#include <algorithm>

#include "run/asking.h"
#include "run/remote_fine_tuning.h"
#include "run/stage.h"

namespace assay::run {
namespace {

constexpr std::size_t kWarmUp = 5;

/// `count` test inputs from the start, repeated where there are fewer.
std::vector<const sdk::Input*> inputs_of(const std::vector<sdk::Example>& examples, std::size_t count) {
  std::vector<const sdk::Input*> inputs;
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(&examples[i % examples.size()].input);
  return inputs;
}

Json timing_row(const char* part, const Asked& asked, std::size_t index, double milliseconds) {
  if (!asked.error.empty()) throw Error("example " + asked.input->id + ": " + asked.error);
  return {
      {"part", part}, {"id", asked.input->id}, {"index", index}, {"ms", milliseconds}, {"usage", to_json(asked.usage)}};
}

}  // namespace

void do_measure(StageWork& work) {
  const plan::MeasureJob measure = work.job.measure.value();
  const auto& examples = work.bench.examples(work.job.dataset.value(), data::Split::test);
  sdk::LanguageModel& model = work.bench.model(asked_model(work), work.job.threads, trained_adapters(work),
                                               *work.job.dataset, data::Split::test);
  Asking asking(work, model);
  store::RowsWriter rows(work.out.folder() / "timings.jsonl");
  const auto requests = static_cast<std::size_t>(std::max(1, measure.requests));
  const auto concurrency = static_cast<std::size_t>(std::max(1, measure.concurrency));
  asking.ask(inputs_of(examples, std::min(kWarmUp, requests)));
  const std::vector<const sdk::Input*> all = inputs_of(examples, requests);
  if (measure.latency) {
    // An example's latency is from when it is asked until its answer is there; `concurrency` of them are asked together.
    for (std::size_t begin = 0; begin < all.size(); begin += concurrency) {
      const std::size_t count = std::min(concurrency, all.size() - begin);
      const double start = seconds_now();
      const std::vector<Asked> asked = asking.ask(std::span(all).subspan(begin, count));
      const double milliseconds = (seconds_now() - start) * 1000;
      for (std::size_t i = 0; i < asked.size(); ++i) {
        rows.write(timing_row("latency", asked[i], begin + i,
                              count == 1 ? milliseconds : std::min(asked[i].milliseconds, milliseconds)));
      }
      work.progress(static_cast<std::int64_t>(begin + count), static_cast<std::int64_t>(all.size()));
    }
  }
  if (measure.throughput) {
    const auto batch = static_cast<std::size_t>(std::max(1, measure.throughput_batch));
    const std::vector<const sdk::Input*> inputs =
        inputs_of(examples, (std::max(requests, batch) + batch - 1) / batch * batch);
    std::vector<Asked> asked;
    const double start = seconds_now();
    for (std::size_t begin = 0; begin < inputs.size(); begin += batch) {
      std::vector<Asked> some = asking.ask(std::span(inputs).subspan(begin, batch));
      std::move(some.begin(), some.end(), std::back_inserter(asked));
    }
    const double milliseconds = (seconds_now() - start) * 1000 / static_cast<double>(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) rows.write(timing_row("throughput", asked[i], i, milliseconds));
  }
  rows.close();
  work.out.timing["concurrency"] = concurrency;
  work.out.timing["throughput_batch"] = measure.throughput_batch;
}

}  // namespace assay::run
