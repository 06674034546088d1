#include "text/labels.h"

namespace metric_text {

void Labels::begin(const assay::sdk::ScoringContext& context) {
  const auto names = context.choices.empty() ? context.targets : context.choices;
  names_.assign(names.begin(), names.end());
  numbers_.clear();
  for (std::size_t i = 0; i < names_.size(); ++i) numbers_.emplace(names_[i], i);
}

std::size_t Labels::number(const std::string& label) const {
  const auto found = numbers_.find(label);
  return found == numbers_.end() ? names_.size() : found->second;
}

void Labels::write(const assay::sdk::Prediction& prediction, std::span<double> row) const {
  row[0] = static_cast<double>(number(prediction.target));
  row[1] = static_cast<double>(number(prediction.answer));
}

PairCounts::PairCounts(const assay::sdk::Rows& rows, std::size_t classes) : side_(classes + 1), counts_(side_ * side_) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows.row(i);
    counts_[static_cast<std::size_t>(row[0]) * side_ + static_cast<std::size_t>(row[1])] += rows.weight(i);
    total_ += rows.weight(i);
  }
}

double PairCounts::actual(std::size_t label) const {
  double sum = 0;
  for (std::size_t p = 0; p < side_; ++p) sum += at(label, p);
  return sum;
}

double PairCounts::predicted(std::size_t label) const {
  double sum = 0;
  for (std::size_t a = 0; a < side_; ++a) sum += at(a, label);
  return sum;
}

double PairCounts::correct() const {
  double sum = 0;
  for (std::size_t c = 0; c + 1 < side_; ++c) sum += at(c, c);  // outside the classes nothing is right
  return sum;
}

}  // namespace metric_text
