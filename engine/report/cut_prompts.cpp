#include "report/cut_prompts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "report/json_values.h"

namespace assay::report {
namespace {

struct Sum {
  double cut = 0, prompts = 0, shots = 0, passages = 0, input_tokens = 0;
};

}  // namespace

std::string taken_text(double shots, double passages, double input_tokens) {
  std::vector<std::string> taken;
  const auto add = [&](double count, const char* thing, const char* happened) {
    if (count > 0) taken.push_back(fmt::format("{:.0f} {}{} {}", count, thing, count == 1 ? "" : "s", happened));
  };
  add(shots, "shot", "dropped");
  add(passages, "passage", "dropped");
  add(input_tokens, "token", "cut from the input");
  return fmt::format("{}", fmt::join(taken, ", "));
}

std::vector<std::string> cut_prompts(const plan::Plan& plan, StageResults& stages) {
  std::map<std::string, Sum> sums;
  std::vector<std::string> order;
  std::set<std::string> seen;  // seeds share stages
  for (const plan::Cell& cell : plan.cells) {
    const store::Bundle* done = seen.insert(cell.generate).second ? stages.bundle(cell.generate) : nullptr;
    if (!done) continue;
    const Json kpis = done->header().value("kpis", Json::object());
    const auto kpi = [&](const char* name) { return number_or_unknown(kpis.value(name, Json::object()), "value"); };
    if (!(kpi("prompts_cut") > 0)) continue;
    const std::string label = fmt::format("{} on {} · {}", cell.strategy_label, cell.model, cell.dataset);
    const auto [entry, fresh] = sums.try_emplace(label);
    if (fresh) order.push_back(label);
    Sum& sum = entry->second;
    const double prompts = number_or_unknown(kpis["prompts_cut"], "prompts");
    sum.cut += kpi("prompts_cut") * prompts, sum.prompts += prompts;
    sum.shots += kpi("shots_dropped"), sum.passages += kpi("passages_dropped"),
        sum.input_tokens += kpi("input_tokens_cut");
  }
  std::vector<std::string> sentences;
  for (const std::string& label : order) {
    const Sum& sum = sums.at(label);
    sentences.push_back(fmt::format("{}: {:.0f} of {:.0f} prompts did not fit the model's window: {}.", label, sum.cut,
                                    sum.prompts, taken_text(sum.shots, sum.passages, sum.input_tokens)));
  }
  return sentences;
}

}  // namespace assay::report
