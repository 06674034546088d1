#include "run/selection.h"

#include "run/metric_values.h"
#include "run/predictions.h"

namespace assay::run {

Selection::Selection(StageWork& work, std::string value, const std::vector<sdk::Example>& train,
                     const std::vector<sdk::Example>& validation)
    : work_(work), value_(std::move(value)), train_(train), validation_(validation) {}

train::Score Selection::operator()(const std::filesystem::path& adapter, bool training,
                                   std::span<const std::size_t> rows) {
  std::vector<const sdk::Input*> inputs;
  std::vector<const sdk::Example*> examples;
  for (const std::size_t row : rows) {
    examples.push_back(&(training ? train_ : validation_).at(row));
    inputs.push_back(&examples.back()->input);
  }
  const auto model = work_.bench.adapted(work_.job.model.value(), work_.job.threads, {adapter});
  const double start = seconds_now();
  const std::vector<Asked> asked = Asking(work_, *model).ask(inputs);
  refuse_errors(asked);
  const MetricValues values(work_, value_, examples, asked, seconds_now() - start);
  return {values.of_all(), values.higher_is_better()};
}

}  // namespace assay::run
