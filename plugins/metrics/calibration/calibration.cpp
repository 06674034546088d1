#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "text/probabilities.h"

namespace {

/// Columns of a bin, then those of the whole row after all bins.
enum Bin : std::size_t { examples, confidence, right, kBinWidth };

/// Whether a model is as often right as it is sure: expected calibration error (Guo et al. 2017), Brier's score (1950), log loss.
class Calibration final : public assay::sdk::SumMetric {
 public:
  explicit Calibration(const assay::sdk::Params& params)
      : bins_(params.get<std::size_t>("bins", 10)),
        positive_(params.get<std::string>("positive", "")),
        curve_(params.get<bool>("curve", false)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    const auto lower = [](const std::string& name, bool per_example) {
      return assay::sdk::Value{.name = name, .unit = "", .higher_is_better = false, .per_example = per_example};
    };
    std::vector<assay::sdk::Value> all{lower("calibration.ece", false), lower("calibration.brier", true),
                                       lower("calibration.log_loss", true)};
    for (std::size_t b = 1; curve_ && b <= bins_; ++b) {
      const std::string bin = "calibration.bin_" + std::to_string(b);
      for (const char* kind : {".share", ".confidence", ".accuracy"})
        all.push_back({.name = bin + kind, .unit = "", .higher_is_better = true, .per_example = false});
    }
    return all;
  }

  std::size_t width() const override { return kBinWidth * bins_ + 2; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const std::vector<double> probabilities = metric_text::choice_probabilities(p);
    const bool correct = p.answer == p.target;
    double sure = 0;
    if (probabilities.empty()) {
      sure = stated_confidence(p);
      row[brier()] = (sure - correct) * (sure - correct);
      row[log_loss()] = std::numeric_limits<double>::quiet_NaN();
    } else {
      const std::size_t answer = place(p, p.answer);
      sure = answer < probabilities.size() ? probabilities[answer]
                                           : *std::max_element(probabilities.begin(), probabilities.end());
      const std::size_t target = place(p, p.target);
      if (target == probabilities.size())
        throw assay::BadInput("example " + p.input.id + " has a target that is none of its choices: " + p.target);
      row[brier()] = brier_of(p, probabilities, target);
      row[log_loss()] = -std::log(probabilities[target]);
    }
    const auto bin = static_cast<std::size_t>(
        std::clamp(std::ceil(sure * static_cast<double>(bins_)) - 1, 0.0, static_cast<double>(bins_) - 1));
    row[kBinWidth * bin + examples] = 1;
    row[kBinWidth * bin + confidence] = sure;
    row[kBinWidth * bin + right] = correct;
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const auto share = [](double part, double whole) {
      return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    double gaps = 0;
    for (std::size_t b = 0; b < bins_; ++b)
      gaps += std::abs(sums[kBinWidth * b + right] - sums[kBinWidth * b + confidence]);
    out[0] = share(gaps, count);
    out[1] = share(sums[brier()], count);
    out[2] = share(sums[log_loss()], count);
    for (std::size_t b = 0; curve_ && b < bins_; ++b) {
      const double* const bin = &sums[kBinWidth * b];
      out[3 + 3 * b] = share(bin[examples], count);
      out[4 + 3 * b] = share(bin[confidence], bin[examples]);
      out[5 + 3 * b] = share(bin[right], bin[examples]);
    }
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "bins:" + std::to_string(bins_) + "|width:equal|brier:" + (positive_.empty() ? "sum" : "positive") +
           "|version:1.0";
  }

 private:
  [[nodiscard]] std::size_t brier() const { return kBinWidth * bins_; }
  [[nodiscard]] std::size_t log_loss() const { return brier() + 1; }

  static std::size_t place(const assay::sdk::Prediction& p, const std::string& label) {
    const auto& choices = p.input.choices;
    return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), label) - choices.begin());
  }

  static double stated_confidence(const assay::sdk::Prediction& p) {
    const auto found = p.details.find("confidence");
    if (found == p.details.end() || !found->is_number() || !(found->get<double>() >= 0 && found->get<double>() <= 1)) {
      throw assay::BadInput("example " + p.input.id +
                            " has neither scores of its choices nor a details.confidence from 0 to 1, so nothing says "
                            "how sure the answer is: use a "
                            "dataset with choices that the model scores, or self_consistency");
    }
    return found->get<double>();
  }

  [[nodiscard]] double brier_of(const assay::sdk::Prediction& p, const std::vector<double>& probabilities,
                                std::size_t target) const {
    const auto square = [&](std::size_t c) {
      return (probabilities[c] - (c == target)) * (probabilities[c] - (c == target));
    };
    if (!positive_.empty()) {
      const std::size_t positive = place(p, positive_);
      if (positive == probabilities.size())
        throw assay::BadInput("'positive' names '" + positive_ + "', which is none of example " + p.input.id +
                              "'s choices");
      return square(positive);
    }
    double sum = 0;
    for (std::size_t c = 0; c < probabilities.size(); ++c) sum += square(c);
    return sum;
  }

  std::size_t bins_;
  std::string positive_;
  bool curve_;
};

}  // namespace

ASSAY_METRIC(Calibration, {.name = "calibration",
                           .version = "1.0",
                           .summary = "expected calibration error, Brier score, log loss and the reliability curve",
                           .params = R"({"type":"object","additionalProperties":false,"properties":{
  "bins":{"type":"integer","minimum":1,"maximum":1000,"default":10,"description":"of equal width, by how sure the answer is"},
  "positive":{"type":"string","default":"","description":"Brier's score of this choice alone, as scikit-learn has it for two classes; empty: summed over choices"},
  "curve":{"type":"boolean","default":false,"description":"also reports each bin's share, confidence and accuracy"}}})"})
