#pragma once
#include <assay/sdk/params.h>
#include <assay/sdk/strategy.h>

#include <string>
#include <vector>

#include "search.h"

namespace prompt_optimizer {

/// Instructions with slots, "{verb} the message into one of the desks", each filled with each of its values. More than `most`
/// are drawn by the seed. @throws BadInput where a slot has no values, or values no slot
std::vector<std::string> fill_slots(const assay::Json& slots, std::size_t most, std::uint64_t seed);

/// Has the model write instructions (APE: Zhou et al. 2022, arXiv 2211.01910), from examples of the task and, once there are
/// some, from the best instructions so far with their scores (OPRO: Yang et al. 2023, arXiv 2309.03409).
class Proposer {
 public:
  /// `settings` is the parameter `propose`; `rows` are shown as examples.
  Proposer(const assay::Json& settings, std::vector<const assay::sdk::Example*> rows, std::string current);

  [[nodiscard]] std::size_t rounds() const { return rounds_; }
  /// @throws BudgetSpent
  std::vector<std::string> propose(assay::sdk::AdaptContext& context, std::size_t round,
                                   const std::vector<Search::Scored>& so_far) const;

  /// What the model is asked: {examples}, {current} and {tried} of the settings' `prompt` filled.
  [[nodiscard]] std::string question(std::size_t round, const std::vector<Search::Scored>& so_far,
                                     std::uint64_t seed) const;

 private:
  std::vector<const assay::sdk::Example*> rows_;
  std::string current_, prompt_;
  std::size_t count_, rounds_, examples_;
  double temperature_;
  int max_tokens_;
};

}  // namespace prompt_optimizer
