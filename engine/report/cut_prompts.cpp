#include "report/cut_prompts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "report/json_values.h"

namespace assay::report {
namespace {

struct Sum {
  double cut = 0, requests = 0, shots = 0, passages = 0, input_tokens = 0;
};

std::string sentence(const std::string& label, const Sum& sum) {
  std::vector<std::string> taken;
  const auto add = [&](double count, const char* thing, const char* happened) {
    if (count > 0) taken.push_back(fmt::format("{:.0f} {}{} {}", count, thing, count == 1 ? "" : "s", happened));
  };
  add(sum.shots, "shot", "dropped");
  add(sum.passages, "passage", "dropped");
  add(sum.input_tokens, "token", "cut from inputs");
  return fmt::format("{}: {:.0f} of {:.0f} prompts did not fit the model's window: {}.", label, sum.cut, sum.requests, fmt::join(taken, ", "));
}

}  // namespace

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
    sum.cut += kpi("prompts_cut") * kpi("requests"), sum.requests += kpi("requests");
    sum.shots += kpi("shots_dropped"), sum.passages += kpi("passages_dropped"), sum.input_tokens += kpi("input_tokens_cut");
  }
  std::vector<std::string> sentences;
  for (const std::string& label : order) sentences.push_back(sentence(label, sums.at(label)));
  return sentences;
}

}  // namespace assay::report
