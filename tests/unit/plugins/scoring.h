#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/error.h"
#include "loading.h"

namespace assay::test {

/// One answered example.
struct Row {
  std::string target, answer;
  double milliseconds = 0;
  double dollars = 0;
  sdk::Usage usage = {};
  std::vector<std::string> references = {};
  std::string input = {};
  Json details = Json::object();
  std::vector<double> choice_scores = {};
};

/// A metric's rows over answers, as a score stage makes them.
struct Scored {
  std::shared_ptr<sdk::Metric> metric;
  std::vector<double> data;
  std::size_t count = 0;

  [[nodiscard]] std::vector<double> values(std::vector<double> weights = {}) const {
    if (weights.empty()) weights.assign(count, 1.0);
    std::vector<double> out(metric->outputs().size());
    metric->values(sdk::Rows(data, metric->width(), weights), out);
    return out;
  }
  [[nodiscard]] std::string signature() const {
    const std::vector<double> weights(count, 1.0);
    return metric->signature(sdk::Rows(data, metric->width(), weights));
  }
};

inline Scored scored(const std::string& name, const Json& params, const std::vector<Row>& rows,
                     const std::vector<std::string>& choices = {}) {
  Scored result{built_in(name).metric(sdk::Params(params)), {}, rows.size()};
  const auto& metric = result.metric;
  std::vector<std::string> targets;
  for (const Row& row : rows) targets.push_back(row.target);
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  metric->begin({.choices = choices, .targets = targets});
  result.data.resize(rows.size() * metric->width());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto references = rows[i].references.empty() ? std::vector<std::string>{rows[i].target} : rows[i].references;
    const sdk::Input input{
        .id = std::to_string(i + 1), .index = i, .text = rows[i].input, .fields = {}, .choices = choices};
    const sdk::Prediction prediction{
        input,           rows[i].target, references,           rows[i].answer,  {},
        rows[i].details, rows[i].usage,  rows[i].milliseconds, rows[i].dollars, rows[i].choice_scores};
    metric->score(prediction, {}, std::span(result.data).subspan(i * metric->width(), metric->width()));
  }
  return result;
}

/// The metric's values over `rows`, each counted once unless `weights` say otherwise.
inline std::vector<double> values_of(const std::string& name, const Json& params, const std::vector<Row>& rows,
                                     const std::vector<std::string>& choices = {}, std::vector<double> weights = {}) {
  return scored(name, params, rows, choices).values(std::move(weights));
}

/// What a call says of bad input.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace assay::test
