#include "report/page/confidences.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace assay::report {
namespace {

/// The scores of the choices at the last request that asked for some.
const Json* choice_scores(const Json& row) {
  const auto all = row.find("choice_scores");
  if (all == row.end()) return nullptr;
  const Json* last = nullptr;
  for (const Json& of_request : *all) {
    if (!of_request.empty()) last = &of_request;
  }
  return last;
}

/// Probability that the model gave to its answer, in the calibration metric's order of sources: what a strategy
/// calibrated, the softmax of the choices' scores, what a strategy states.
std::optional<double> confidence(const Json& row) {
  static const Json kNone = Json::object();
  const auto found = row.find("details");
  const Json& details = found != row.end() && found->is_object() ? *found : kNone;
  const Json choices = row.value("asked_choices", row.value("choices", Json::array()));
  const auto at =
      static_cast<std::size_t>(std::find(choices.begin(), choices.end(), row.at("answer")) - choices.begin());
  const auto of_answer = [&](const std::vector<double>& probabilities) {
    return at < probabilities.size() ? probabilities[at]
                                     : *std::max_element(probabilities.begin(), probabilities.end());
  };
  const auto numbers = [&](const Json& list) {
    std::vector<double> values;
    for (const Json& value : list) {
      if (value.is_number()) values.push_back(value.get<double>());
    }
    if (values.size() != list.size()) values.clear();
    return values;
  };
  if (details.contains("calibrated") && details["calibrated"].is_array()) {
    if (const auto values = numbers(details["calibrated"]); !values.empty()) return of_answer(values);
  }
  if (const Json* scores = choice_scores(row)) {
    auto values = numbers(*scores);
    if (values.empty()) return std::nullopt;
    const double most = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (double& value : values) sum += value = std::exp(value - most);
    for (double& value : values) value /= sum;
    return of_answer(values);
  }
  const auto stated = details.find("confidence");
  return stated != details.end() && stated->is_number() ? std::optional(stated->get<double>()) : std::nullopt;
}

}  // namespace

std::size_t ConfusionCounts::place(const std::string& label) {
  const auto [found, fresh] = places_.try_emplace(label, labels_.size());
  if (fresh) labels_.push_back(label);
  return found->second;
}

void ConfusionCounts::add(const Json& row) {
  const auto choices = row.find("choices");
  if (choices == row.end()) return;
  for (const Json& choice : *choices) place(choice.get_ref<const std::string&>());
  ++counts_[{place(row.at("target").get_ref<const std::string&>()), row.at("answer").get<std::string>()}];
}

OrderedJson ConfusionCounts::json() const {
  if (counts_.empty()) return nullptr;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
  for (const auto& [key, n] : counts_) {
    const auto answered = places_.find(key.second);
    counts[{key.first, answered == places_.end() ? labels_.size() : answered->second}] += n;
  }
  OrderedJson out{{"labels", labels_}, {"counts", OrderedJson::array()}};
  for (const auto& [key, n] : counts) out["counts"].push_back({key.first, key.second, n});
  return out;
}

void ReliabilityBins::add(const Json& row) {
  const auto sure = confidence(row);
  if (!sure || !(*sure >= 0 && *sure <= 1)) return;
  const auto place = std::clamp(std::ceil(*sure * kBins) - 1, 0.0, kBins - 1.0);
  Bin& bin = bins_[static_cast<std::size_t>(place)];
  ++bin.n;
  bin.confidence += *sure;
  if (row.at("answer") == row.at("target")) ++bin.right;
}

OrderedJson ReliabilityBins::json() const {
  if (std::all_of(bins_.begin(), bins_.end(), [](const Bin& bin) { return bin.n == 0; })) return nullptr;
  OrderedJson out = OrderedJson::array();
  for (const Bin& bin : bins_) {
    const auto n = static_cast<double>(bin.n);
    const auto mean = [&](double sum) { return bin.n == 0 ? OrderedJson(nullptr) : OrderedJson(sum / n); };
    out.push_back(
        {{"n", bin.n}, {"confidence", mean(bin.confidence)}, {"right", mean(static_cast<double>(bin.right))}});
  }
  return out;
}

}  // namespace assay::report
