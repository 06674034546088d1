#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>

#include "facts.h"

namespace {

/// Columns: for each kind supported and all; then whether some number or name is not supported.
enum Kind : std::size_t { numbers, names, words, kKinds };
constexpr std::size_t kUnsupported = 2 * kKinds, kWidth = kUnsupported + 1;

/// How much of what answers say their input supports: numbers, names, content words. What is not supported is made up, or
/// known from elsewhere.
class Faithfulness final : public assay::sdk::SumMetric {
 public:
  explicit Faithfulness(const assay::sdk::Params&) {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "faithfulness", .unit = ""},
            {.name = "faithfulness.numbers", .unit = ""},
            {.name = "faithfulness.names", .unit = ""},
            {.name = "faithfulness.words", .unit = ""},
            {.name = "faithfulness.hallucinating", .unit = "", .higher_is_better = false}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    if (p.input.text.empty()) {
      throw assay::BadInput(
          "example " + p.input.id +
          " has no input, so nothing can support its answer; rows for 'assay score' name it \"input\"");
    }
    const faithfulness::Support source = faithfulness::support(p.input.text);
    const faithfulness::Facts facts = faithfulness::claims(p.answer, source.names);
    count(facts.numbers, row, numbers, [&](const std::string& number) { return source.numbers.contains(number); });
    count(facts.names, row, names, [&](const std::vector<std::string>& name) {
      return std::all_of(name.begin(), name.end(),
                         [&](const std::string& word) { return source.words.contains(word); });
    });
    count(facts.words, row, words, [&](const std::string& stem) { return source.stems.contains(stem); });
    row[kUnsupported] = row[2 * numbers] < row[2 * numbers + 1] || row[2 * names] < row[2 * names + 1];
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    const auto share = [](double part, double whole) {
      return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
    };
    out[0] = share(sums[0] + sums[2] + sums[4], sums[1] + sums[3] + sums[5]);
    for (std::size_t kind = 0; kind < kKinds; ++kind) out[1 + kind] = share(sums[2 * kind], sums[2 * kind + 1]);
    out[4] = share(sums[kUnsupported], count);
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "source:input|average:micro|stem:porter|stop:english|version:1.0";
  }

 private:
  template <class Items, class Supported>
  static void count(const Items& items, std::span<double> row, Kind kind, Supported supported) {
    row[2 * kind] = static_cast<double>(std::count_if(items.begin(), items.end(), supported));
    row[2 * kind + 1] = static_cast<double>(items.size());
  }
};

}  // namespace

ASSAY_METRIC(Faithfulness, {.name = "faithfulness",
                            .version = "1.0",
                            .summary = "share of an answer's numbers, names and content words that its input supports"})
