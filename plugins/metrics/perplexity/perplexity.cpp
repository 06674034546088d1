#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace {

enum Column : std::size_t { nats, tokens, bytes, kWidth };

/// How well a model foresees the target: perplexity a token, and bits a byte, which do not depend on a tokenizer.
class Perplexity final : public assay::sdk::SumMetric {
 public:
  explicit Perplexity(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "perplexity.bits_per_byte", .unit = "", .higher_is_better = false},
            {.name = "perplexity", .unit = "", .higher_is_better = false}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    row[bytes] = static_cast<double>(p.target.size());
    if (const auto found = p.details.find("log_probabilities"); found != p.details.end()) {
      const auto each = found->get<std::vector<double>>();
      row[nats] = -std::accumulate(each.begin(), each.end(), 0.0);
      row[tokens] = static_cast<double>(each.size());
      return;
    }
    const auto& choices = p.input.choices;
    const auto place = static_cast<std::size_t>(std::find(choices.begin(), choices.end(), p.target) - choices.begin());
    if (place >= p.choice_scores.size()) {
      throw assay::BadInput(
          "example " + p.input.id +
          " has no log-probability of its target: the model must score choices that hold it, or the row have "
          "details.log_probabilities, those of the target's tokens");
    }
    row[nats] = -p.choice_scores[place];
    row[tokens] = std::numeric_limits<double>::quiet_NaN();
  }

  void from_sums(std::span<const double> sums, double, std::span<double> out) const override {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    out[0] = sums[bytes] > 0 ? sums[nats] / (std::numbers::ln2 * sums[bytes]) : undefined;
    out[1] = sums[tokens] > 0 ? std::exp(sums[nats] / sums[tokens]) : undefined;
  }

  std::string signature(const assay::sdk::Rows&) const override { return "text:target|average:micro|version:1.0"; }
};

}  // namespace

ASSAY_METRIC(Perplexity, {.name = "perplexity",
                          .version = "1.0",
                          .summary = "bits a byte and perplexity of the target, where the model scored it"})
