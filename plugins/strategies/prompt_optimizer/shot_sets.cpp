#include "shot_sets.h"

#include <assay/sdk/random.h>

#include <algorithm>
#include <numeric>

namespace prompt_optimizer {

using assay::Json;
using namespace assay::sdk;

namespace {

constexpr std::size_t kAtATime = 32;  // rows asked together while examples are looked for

std::vector<Shot> drawn(const std::vector<Shot>& pool, std::size_t count, std::uint64_t seed, std::string_view purpose,
                        std::size_t set) {
  std::vector<Shot> shots = pool;
  Random(seed, purpose, set).shuffle(std::span(shots));
  shots.resize(std::min(shots.size(), count));
  return shots;
}

}  // namespace

std::string steps_before(const std::string& reasoning, const std::string& target) {
  const std::size_t at = target.empty() ? std::string::npos : reasoning.rfind(target);
  if (at == std::string::npos || at == 0) return "";
  const std::size_t end = reasoning.find_last_of(".;!?\n", at - 1);
  if (end == std::string::npos) return "";
  const std::string steps = reasoning.substr(0, end + 1);
  const std::size_t first = steps.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : steps.substr(first, steps.find_last_not_of(" \t\r\n") + 1 - first);
}

ShotSets::ShotSets(const Json& settings, std::span<const Example> train)
    : train_(train),
      count_(settings.value("count", std::size_t{0})),
      sets_(settings.value("sets", std::size_t{8})),
      bootstrap_rows_(settings.value("bootstrap_rows", std::size_t{64})),
      threshold_(settings.value("threshold", 1.0)) {}

std::vector<Shot> ShotSets::bootstrapped(const Prompt& base, AdaptContext& context) const {
  std::vector<const Example*> rows;
  for (const Example& row : train_) rows.push_back(&row);
  Random(context.seed(), "prompt_optimizer bootstrap").shuffle(std::span(rows));
  rows.resize(std::min(rows.size(), bootstrap_rows_));
  std::vector<Shot> shots;
  for (std::size_t begin = 0; begin < rows.size(); begin += kAtATime) {
    const auto some = std::span(rows).subspan(begin, std::min(kAtATime, rows.size() - begin));
    const auto attempt = context.attempt(to_state(base), some);
    if (!attempt) break;
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (!(attempt->scores[i] >= threshold_)) continue;
      const auto reasoning = attempt->answers[i].details.value("reasoning", std::string());
      shots.push_back({some[i]->input.text, some[i]->target, steps_before(reasoning, some[i]->target)});
    }
  }
  context.log("prompt_optimizer: " + std::to_string(shots.size()) +
              " training rows were answered rightly and serve as examples");
  return shots;
}

std::vector<Prompt> ShotSets::around(const Prompt& base, AdaptContext& context) const {
  std::vector<Shot> labelled;
  for (const Example& row : train_) labelled.push_back({row.input.text, row.target, row.rationale});
  const std::vector<Shot> own = bootstrap_rows_ > 0 ? bootstrapped(base, context) : std::vector<Shot>{};
  std::vector<Prompt> prompts{{base.instruction, {}, base.origin}};
  for (std::size_t set = 0; set < sets_; ++set) {
    // By turns, the model's own first: labelled rows alone where it answered none.
    const bool use_own = !own.empty() && set % 2 == 0;
    const auto& pool = use_own ? own : labelled;
    const char* purpose = use_own ? "prompt_optimizer own" : "prompt_optimizer labelled";
    prompts.push_back({base.instruction, drawn(pool, count_, context.seed(), purpose, set),
                       base.origin + (use_own ? ", bootstrapped" : ", labelled")});
  }
  return prompts;
}

}  // namespace prompt_optimizer
