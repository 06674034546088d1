#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace {

/// Latency quantiles over the requests of the `measure` stage (alone on the machine, warmed up, stated concurrency).
/// A weighted quantile is the smallest value at which the cumulated weight reaches q of the total (inverse of the
/// empirical distribution function; Hyndman & Fan 1996, type 1), so resamples need no interpolation.
class Latency final : public assay::sdk::Metric {
 public:
  explicit Latency(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all;
    for (const char* name : {"latency.p50", "latency.p95", "latency.p99"}) {
      all.push_back({.name = name, .unit = "ms", .higher_is_better = false, .per_example = false});
    }
    return all;
  }

  std::size_t width() const override { return 1; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    row[0] = p.milliseconds;
  }

  void values(const assay::sdk::Rows& rows, std::span<double> out) const override {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return rows.row(a)[0] < rows.row(b)[0]; });
    double total = 0;
    for (const std::size_t i : order) total += rows.weight(i);
    constexpr std::array quantiles{0.50, 0.95, 0.99};
    for (std::size_t q = 0; q < quantiles.size(); ++q) {
      out[q] = std::numeric_limits<double>::quiet_NaN();
      double cumulated = 0;
      for (const std::size_t i : order) {
        cumulated += rows.weight(i);
        if (rows.weight(i) > 0 && cumulated >= quantiles[q] * total) {
          out[q] = rows.row(i)[0];
          break;
        }
      }
    }
  }
};

}  // namespace

ASSAY_METRIC(Latency, {.name = "latency",
                       .version = "1.0",
                       .summary = "p50, p95 and p99 of a request's time, measured apart",
                       .measures = true})
