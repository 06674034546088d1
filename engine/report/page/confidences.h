#pragma once
#include <assay/sdk/json.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace assay::report {

/// Which labels a cell gave for which, counted over its test examples.
class ConfusionCounts {
 public:
  /// `row` is one of predictions.jsonl; rows without choices count nothing.
  void add(const Json& row);
  /// {"labels", "counts": [[target, answered, n], …]}: places in labels; answered = their number: none of them. Null
  /// where nothing was counted.
  [[nodiscard]] OrderedJson json() const;

 private:
  std::size_t place(const std::string& label);

  std::vector<std::string> labels_;
  std::map<std::string, std::size_t> places_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> counts_;  ///< by target's place and answer
};

/// How often answers are right by how sure the model was of them: ten bins of equal width, (0, 0.1] to (0.9, 1], as the
/// calibration metric has them (Guo et al. 2017).
class ReliabilityBins {
 public:
  /// `row` is one of predictions.jsonl; rows without scores of their choices, or a stated confidence, count nothing.
  void add(const Json& row);
  /// [{"n", "confidence", "right"}], means of the bin's examples, null where it has none. Null where nothing was counted.
  [[nodiscard]] OrderedJson json() const;

 private:
  static constexpr std::size_t kBins = 10;
  struct Bin {
    std::size_t n = 0, right = 0;
    double confidence = 0;
  };
  std::array<Bin, kBins> bins_{};
};

}  // namespace assay::report
