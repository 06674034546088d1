#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agreement.h"
#include "question.h"

namespace llm_judge {

/// Grades by criteria. A row has for each criterion its grade, then whether all could be read, their mean, whether some
/// could not be read, and the agreement with people's grades.
class Rubric final : public assay::sdk::SumMetric {
 public:
  explicit Rubric(const assay::sdk::Params&);

  std::vector<assay::sdk::Value> outputs() const override;
  void begin(const assay::sdk::ScoringContext& context) override { question_.begin(context); }
  std::size_t width() const override;
  std::vector<assay::sdk::Request> ask(const assay::sdk::Prediction&) const override;
  void score(const assay::sdk::Prediction&, std::span<const assay::sdk::Completion> judged,
             std::span<double> row) const override;
  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override;
  std::string signature(const assay::sdk::Rows&) const override;

 private:
  struct Criterion {
    std::string name, asks;
    std::string label;  ///< field of people's grades; empty: none
    std::optional<Agreement> agreement;
  };

  [[nodiscard]] std::optional<std::size_t> people(const assay::sdk::Prediction&, const Criterion&) const;
  [[nodiscard]] std::string scale() const;  ///< for the judge
  [[nodiscard]] double share(std::size_t grade) const {
    return static_cast<double>(grade) / static_cast<double>(grades_.size() - 1);
  }

  Question question_;
  Words grades_;  ///< worst first
  std::vector<Criterion> criteria_;
};

}  // namespace llm_judge
