#include "run/budgeted_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace assay::run {
namespace {

StageBudget::Most most_of(const sdk::LanguageModel& model, const sdk::Request& request) {
  const std::int64_t all = model.tokens_needed(request);
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    return {all - generate->settings.max_tokens, std::int64_t{generate->settings.max_tokens} * generate->samples};
  }
  if (std::holds_alternative<sdk::Embed>(request.what)) return {all, 0};
  const std::int64_t prompt = model.count_tokens(std::get<sdk::ScoreChoices>(request.what).prompt);
  return {prompt, all - prompt};
}

}  // namespace

double StageBudget::price_of(std::int64_t prompt, std::int64_t cached, std::int64_t completion) const {
  if (!price_) return 0;
  return (static_cast<double>(prompt - cached) * price_->input + static_cast<double>(cached) * price_->cached_input +
          static_cast<double>(completion) * price_->output) /
         1e6;
}

void StageBudget::reserve(const Most& most) {
  const std::int64_t tokens =
      tokens_spent() + set_aside_.prompt + set_aside_.completion + most.prompt + most.completion;
  if (tokens_ && tokens > *tokens_) {
    throw BudgetSpent(
        fmt::format("{} tokens are spent, and what is to be asked may take more than the {} that the budget allows",
                    tokens_spent(), *tokens_));
  }
  const double spent = price_of(spent_.prompt_tokens, spent_.cached_prompt_tokens, spent_.completion_tokens);
  if (dollars_ &&
      spent + price_of(set_aside_.prompt + most.prompt, 0, set_aside_.completion + most.completion) > *dollars_) {
    throw BudgetSpent(
        fmt::format("${:.4g} are spent, and what is to be asked may cost more than the ${:.4g} that the budget allows",
                    spent, *dollars_));
  }
  set_aside_.prompt += most.prompt;
  set_aside_.completion += most.completion;
}

void StageBudget::settle(const Most& most, const sdk::Usage& usage) {
  set_aside_.prompt -= most.prompt;
  set_aside_.completion -= most.completion;
  spent_ += usage;
}

std::vector<sdk::RequestId> BudgetedModel::submit(std::vector<sdk::Request> requests) {
  std::vector<StageBudget::Most> each;
  StageBudget::Most all;
  for (const sdk::Request& request : requests) {
    each.push_back(most_of(model_, request));
    all.prompt += each.back().prompt;
    all.completion += each.back().completion;
  }
  budget_.reserve(all);
  std::vector<sdk::RequestId> ids = model_.submit(std::move(requests));
  for (std::size_t i = 0; i < ids.size(); ++i) under_way_.emplace(ids[i], each[i]);
  return ids;
}

std::vector<sdk::Finished> BudgetedModel::collect() {
  std::vector<sdk::Finished> finished = model_.collect();
  for (const sdk::Finished& one : finished) {
    const auto found = under_way_.find(one.id);
    if (found == under_way_.end()) continue;
    budget_.settle(found->second, one.completion.usage);
    under_way_.erase(found);
  }
  return finished;
}

}  // namespace assay::run
