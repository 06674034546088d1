#include "text/probabilities.h"

#include <assay/sdk/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace metric_text {

std::vector<double> choice_probabilities(const assay::sdk::Prediction& prediction) {
  const std::size_t choices = prediction.input.choices.size();
  if (const auto found = prediction.details.find("calibrated");
      found != prediction.details.end() && found->is_array() && found->size() == choices) {
    return found->get<std::vector<double>>();
  }
  std::vector<double> values(prediction.choice_scores.begin(), prediction.choice_scores.end());
  if (values.empty()) return {};
  if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) {
    throw assay::BadInput("example " + prediction.input.id +
                          " has a choice whose score is no number, so it has no probabilities");
  }
  const double largest = *std::max_element(values.begin(), values.end());
  for (double& x : values) x = std::exp(x - largest);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& x : values) x /= sum;
  return values;
}

}  // namespace metric_text
