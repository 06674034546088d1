#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <cmath>
#include <limits>

#include "text/unicode.h"

namespace {

enum Column : std::size_t { answers, references, kWidth };

/// How long answers are for what they should be: sums of lengths, of each example's references the closest, as BLEU takes it.
class LengthRatio final : public assay::sdk::SumMetric {
 public:
  explicit LengthRatio(const assay::sdk::Params& params)
      : characters_(params.get<std::string>("unit", "words") == "characters") {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "length_ratio", .unit = ""},
            {.name = "length_ratio.answer", .unit = characters_ ? "characters" : "words"}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    row[answers] = length(p.answer);
    double closest = std::numeric_limits<double>::infinity();
    for (const std::string& reference : p.references) {
      const double now = length(reference), distance = std::abs(now - row[answers]),
                   best = std::abs(closest - row[answers]);
      if (distance < best || (distance == best && now < closest)) closest = now;
    }
    row[references] = closest;
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    out[0] = sums[references] > 0 ? sums[answers] / sums[references] : undefined;
    out[1] = count > 0 ? sums[answers] / count : undefined;
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return std::string("unit:") + (characters_ ? "characters" : "words") + "|multi:closest|version:1.0";
  }

 private:
  double length(const std::string& text) const {
    const std::u32string points = metric_text::decoded(text);
    return static_cast<double>(characters_ ? points.size() : metric_text::words(points).size());
  }

  bool characters_;
};

}  // namespace

ASSAY_METRIC(LengthRatio, {.name = "length_ratio",
                           .version = "1.0",
                           .summary = "how long answers are for what they should be",
                           .params = R"({"type":"object","additionalProperties":false,"properties":{
  "unit":{"type":"string","enum":["words","characters"],"default":"words","description":"what is counted"}}})"})
