#pragma once
#include <optional>
#include <unordered_map>
#include <utility>

#include "plan/job.h"
#include "run/model_around.h"

namespace assay::run {

/// What a stage may spend on asking, and what it has spent. Of what is under way, the most that it may take is set aside.
class StageBudget {
 public:
  StageBudget(std::optional<std::int64_t> tokens, std::optional<double> dollars, std::optional<plan::PriceJob> price)
      : tokens_(tokens), dollars_(dollars), price_(price) {}

  /// Prompt and completion tokens; set aside until `settle`.
  struct Most {
    std::int64_t prompt = 0, completion = 0;
  };
  /// Sets aside what requests may take. @throws BudgetSpent where that is more than is left; nothing is set aside then.
  void reserve(const Most& most);
  void settle(const Most& most, const sdk::Usage& usage);

  [[nodiscard]] std::int64_t tokens_spent() const { return spent_.prompt_tokens + spent_.completion_tokens; }

 private:
  [[nodiscard]] double price_of(std::int64_t prompt, std::int64_t cached, std::int64_t completion) const;

  std::optional<std::int64_t> tokens_;
  std::optional<double> dollars_;
  std::optional<plan::PriceJob> price_;
  sdk::Usage spent_;
  Most set_aside_;
};

/// A model that is asked within a budget.
class BudgetedModel final : public ModelAround {
 public:
  /// Both outlive this.
  BudgetedModel(sdk::LanguageModel& model, StageBudget& budget) : ModelAround(model), budget_(budget) {}

  /// All of `requests` or none. @throws BudgetSpent
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;

 private:
  StageBudget& budget_;
  std::unordered_map<sdk::RequestId, StageBudget::Most> under_way_;
};

}  // namespace assay::run
