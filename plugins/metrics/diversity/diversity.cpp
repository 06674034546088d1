#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

#include "text/ngrams.h"
#include "text/unicode.h"

namespace {

/// How varied answers are: distinct-n (Li et al. 2016) and repeated n-grams (Welleck et al. 2020), within each answer.
class Diversity final : public assay::sdk::SumMetric {
 public:
  explicit Diversity(const assay::sdk::Params& params)
      : longest_(params.get<std::size_t>("longest", 2)), repeated_(params.get<std::size_t>("repeated", 4)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all;
    for (std::size_t n = 1; n <= longest_; ++n)
      all.push_back({.name = "diversity.distinct_" + std::to_string(n), .unit = ""});
    all.push_back({.name = "diversity.repetition_" + std::to_string(repeated_), .unit = "", .higher_is_better = false});
    return all;
  }

  /// For each order that is reported, distinct n-grams and all n-grams.
  std::size_t width() const override { return 2 * (longest_ + 1); }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const std::vector<std::string> words = metric_text::words(std::string_view(p.answer));
    metric_text::WordNumbering numbers;
    const std::vector<metric_text::Symbol> symbols = numbers(words);
    for (std::size_t i = 0; i <= longest_; ++i) {
      const std::size_t n = i < longest_ ? i + 1 : repeated_;
      row[2 * i] = metric_text::distinct(symbols, n);
      row[2 * i + 1] = metric_text::ngrams_of(symbols.size(), n);
    }
  }

  void from_sums(std::span<const double> sums, double, std::span<double> out) const override {
    for (std::size_t i = 0; i <= longest_; ++i) {
      const double share =
          sums[2 * i + 1] > 0 ? sums[2 * i] / sums[2 * i + 1] : std::numeric_limits<double>::quiet_NaN();
      out[i] = i < longest_ ? share : 1 - share;
    }
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "within:answer|tok:none|case:mixed|version:1.0";
  }

 private:
  std::size_t longest_, repeated_;
};

}  // namespace

ASSAY_METRIC(Diversity, {.name = "diversity",
                         .version = "1.0",
                         .summary = "distinct-n, and repeated n-grams, within answers",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "longest":{"type":"integer","minimum":1,"maximum":8,"default":2,"description":"distinct-1 to distinct-n for this n"},
  "repeated":{"type":"integer","minimum":1,"maximum":16,"default":4,"description":"repetition is told of n-grams of so many words"}}})"})
