#include "run/number_means.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <cmath>

namespace assay::run {

void NumberMeans::add(const Asked& asked) {
  ++examples_;
  unreadable_ += asked.answer.text.empty() ? 1 : 0;
  for (const auto& [name, number] : asked.answer.numbers) {
    if (!std::isfinite(number.value)) {
      throw Error(
          fmt::format("example {}: a strategy's number '{}' is not finite; where it is undefined it must be left out",
                      asked.input->id, name));
    }
    Sum& sum = numbers_[name];
    if (sum.count == 0) {
      sum.sum = number;
      sum.sum.value = 0;
    }
    if (sum.sum.unit != number.unit || sum.sum.higher_is_better != number.higher_is_better) {
      throw Error(fmt::format("example {}: a strategy's number '{}' has another unit or direction than before",
                              asked.input->id, name));
    }
    sum.sum.value += number.value;
    ++sum.count;
  }
  const auto took = [this](const std::string& name, const sdk::Usage& usage, double milliseconds) {
    if (name.empty()) return;
    Step& step = steps_[name];
    step.usage += usage;
    step.milliseconds += milliseconds;
  };
  for (const Consultation& one : asked.consulted) took(one.step, one.usage, one.milliseconds);
  for (std::size_t i = 0; i < asked.completions.size(); ++i) {
    took(asked.steps[i], asked.completions[i].usage, asked.completions[i].milliseconds);
  }
}

void NumberMeans::log(StageWork& work) const {
  if (examples_ == 0) return;
  work.strategy_kpi("unreadable", {static_cast<double>(unreadable_) / static_cast<double>(examples_), "", false},
                    examples_);
  for (const auto& [name, sum] : numbers_) {
    sdk::Number mean = sum.sum;
    mean.value /= static_cast<double>(sum.count);
    work.strategy_kpi(name, mean, sum.count);
  }
  const auto per_example = [this](double total) { return total / static_cast<double>(examples_); };
  for (const auto& [name, step] : steps_) {
    const auto tell = [&, step_name = name](const char* what, double total, const char* unit) {
      work.strategy_kpi(fmt::format("step.{}.{}", step_name, what), {per_example(total), unit, false}, examples_);
    };
    tell("prompt_tokens", static_cast<double>(step.usage.prompt_tokens), "tokens");
    tell("completion_tokens", static_cast<double>(step.usage.completion_tokens), "tokens");
    tell("ms", step.milliseconds, "ms");
  }
}

}  // namespace assay::run
