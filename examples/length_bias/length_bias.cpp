#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <cmath>
#include <limits>

namespace {

using namespace assay::sdk;

/// Pearson's correlation of an answer's length with its being right, over all answers: near 0 where long answers are right as often as
/// short ones. It is no mean of anything an example has by itself; five sums over the examples make it, so that intervals and paired
/// tests need no further code.
class LengthBias final : public SumMetric {
 public:
  explicit LengthBias(const Params& params) : words_(params.get<std::string>("unit") == "words") {}

  std::vector<Value> outputs() const override {
    return {{.name = "length_bias", .unit = "", .higher_is_better = false, .per_example = false}};
  }

  std::size_t width() const override { return 5; }

  void score(const Prediction& prediction, std::span<const Completion>, std::span<double> row) const override {
    const double length = words_ ? words(prediction.answer) : static_cast<double>(prediction.answer.size());
    const double right = prediction.answer == prediction.target ? 1 : 0;
    row[0] = length, row[1] = right, row[2] = length * length, row[3] = right * right, row[4] = length * right;
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const double of_length = count * sums[2] - sums[0] * sums[0];
    const double of_right = count * sums[3] - sums[1] * sums[1];
    const bool defined = of_length > 0 && of_right > 0;  // else one of the two never varies
    out[0] = defined ? (count * sums[4] - sums[0] * sums[1]) / std::sqrt(of_length * of_right)
                     : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  static double words(const std::string& text) {
    double count = 0;
    bool inside = false;
    for (const char c : text) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      count += !space && !inside ? 1 : 0;
      inside = !space;
    }
    return count;
  }

  bool words_;
};

}  // namespace

ASSAY_METRIC(LengthBias, {.name = "length_bias",
                          .version = "1.0",
                          .summary = "correlation of an answer's length with its being right",
                          .params = R"({"type":"object","additionalProperties":false,"properties":{
  "unit":{"type":"string","enum":["words","bytes"],"default":"words","description":"what a length counts"}}})"})
