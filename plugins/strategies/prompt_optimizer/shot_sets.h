#pragma once
#include <assay/sdk/strategy.h>

#include <vector>

#include "prompt.h"

namespace prompt_optimizer {

/// Sets of examples to try, as DSPy's BootstrapFewShotWithRandomSearch does (Khattab et al. 2023, arXiv 2310.03714): labelled
/// training rows, and rows that the model itself answered rightly with the prompt so far, with the steps that it wrote.
class ShotSets {
 public:
  /// `settings` is the parameter `shots`; the rows outlive this.
  ShotSets(const assay::Json& settings, std::span<const assay::sdk::Example> train);

  [[nodiscard]] bool wanted() const { return count_ > 0 && sets_ > 0 && !train_.empty(); }
  /// Prompts with the instruction of `base`: without examples, and with each set. Where the budget ends while rows are
  /// answered, what was answered till then is drawn from.
  std::vector<Prompt> around(const Prompt& base, assay::sdk::AdaptContext& context) const;

 private:
  [[nodiscard]] std::vector<assay::sdk::Shot> bootstrapped(const Prompt& base, assay::sdk::AdaptContext& context) const;

  std::span<const assay::sdk::Example> train_;
  std::size_t count_, sets_, bootstrap_rows_;
  double threshold_;
};

/// The steps before the answer: what stands before the sentence or line in which `target` stands last.
std::string steps_before(const std::string& reasoning, const std::string& target);

}  // namespace prompt_optimizer
