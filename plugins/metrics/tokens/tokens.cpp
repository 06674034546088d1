#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>

namespace {

/// Tokens an example costs: all its requests together, mean over examples.
class Tokens final : public assay::sdk::SumMetric {
 public:
  explicit Tokens(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    const auto value = [](const char* name) {
      return assay::sdk::Value{.name = name, .unit = "tokens", .higher_is_better = false, .per_example = true};
    };
    return {value("tokens"), value("tokens.prompt"), value("tokens.completion")};
  }

  std::size_t width() const override { return 3; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    row[1] = static_cast<double>(p.usage.prompt_tokens);
    row[2] = static_cast<double>(p.usage.completion_tokens);
    row[0] = row[1] + row[2];
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    std::transform(sums.begin(), sums.end(), out.begin(), [count](double sum) { return sum / count; });
  }
};

}  // namespace

ASSAY_METRIC(Tokens, {.name = "tokens", .version = "1.0", .summary = "prompt and completion tokens an example"})
