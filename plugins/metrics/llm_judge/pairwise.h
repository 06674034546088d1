#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agreement.h"
#include "question.h"

namespace llm_judge {

/// Compares an answer with another one, asking in both orders: a win counts where both orders say so (Zheng et al. 2023,
/// arXiv 2306.05685, section 3.4; the bias that this shows: Wang et al. 2023, arXiv 2305.17926).
class Pairwise final : public assay::sdk::SumMetric {
 public:
  explicit Pairwise(const assay::sdk::Params&);

  std::vector<assay::sdk::Value> outputs() const override;
  void begin(const assay::sdk::ScoringContext& context) override { question_.begin(context); }
  std::size_t width() const override;
  std::vector<assay::sdk::Request> ask(const assay::sdk::Prediction&) const override;
  void score(const assay::sdk::Prediction&, std::span<const assay::sdk::Completion> judged,
             std::span<double> row) const override;
  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override;
  std::string signature(const assay::sdk::Rows&) const override;

 private:
  [[nodiscard]] static const std::string& other(const assay::sdk::Prediction&);
  [[nodiscard]] std::optional<std::size_t> people(const assay::sdk::Prediction&) const;

  Question question_;
  std::string rubric_, against_, label_;
  Agreement agreement_{"llm_judge", 3, false};
};

}  // namespace llm_judge
