#pragma once
#include <optional>

#include "assay/sdk/example.h"
#include "assay/sdk/prompt.h"
#include "plan/job.h"

namespace assay::run {

/// How a variant puts a cell's questions: their input and the order of their choices before strategies see them, the
/// order of examples after the last has composed. Instruction and prompt are the job's own. A function of (seed,
/// example's id).
class Perturbation {
 public:
  /// Without a job nothing is changed.
  explicit Perturbation(std::optional<plan::PerturbJob> job) : job_(std::move(job)) {}

  [[nodiscard]] bool changes_inputs() const { return job_.has_value(); }
  [[nodiscard]] sdk::Input put(sdk::Input) const;
  void arrange(sdk::PromptDraft&) const;

 private:
  [[nodiscard]] std::string text(const std::string& text, const std::string& id) const;
  /// Positions in the new order; shuffled they stand in another order than before wherever there is one.
  [[nodiscard]] std::vector<std::size_t> order(const std::string& how, const char* purpose, std::size_t count) const;

  std::optional<plan::PerturbJob> job_;
};

}  // namespace assay::run
