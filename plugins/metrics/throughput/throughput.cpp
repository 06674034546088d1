#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

namespace {

/// Examples and tokens a second of the `measure` stage's batched part: the batch size stands in the experiment
/// (`measure.throughput_batch`). A row holds the example's share of the batch's wall time, and its tokens.
class Throughput final : public assay::sdk::SumMetric {
 public:
  explicit Throughput(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "throughput", .unit = "examples/s", .higher_is_better = true, .per_example = false},
            {.name = "throughput.tokens", .unit = "tokens/s", .higher_is_better = true, .per_example = false}};
  }

  std::size_t width() const override { return 2; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    row[0] = p.milliseconds / 1000.0;
    row[1] = static_cast<double>(p.usage.prompt_tokens + p.usage.completion_tokens);
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    out[0] = sums[0] > 0 ? count / sums[0] : nan;
    out[1] = sums[0] > 0 ? sums[1] / sums[0] : nan;
  }
};

}  // namespace

ASSAY_METRIC(Throughput, {.name = "throughput",
                          .version = "1.0",
                          .summary = "examples and tokens a second at a stated batch size",
                          .throughput = true})
