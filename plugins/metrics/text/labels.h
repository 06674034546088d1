#pragma once
#include <assay/sdk/metric.h>

#include <map>
#include <string>
#include <vector>

namespace metric_text {

/// The classes of a classification by number: the dataset's choices, else the distinct targets. What is none of them
/// has the number `size()`.
class Labels {
 public:
  void begin(const assay::sdk::ScoringContext& context);

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t number) const { return names_[number]; }
  [[nodiscard]] std::size_t number(const std::string& label) const;

  /// Predicted and actual class of a prediction as whole numbers of a row.
  void write(const assay::sdk::Prediction& prediction, std::span<double> row) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> numbers_;
};

/// How often each pair of classes occurs among rows that begin as Labels::write leaves them; both axes end with "none".
class PairCounts {
 public:
  PairCounts(const assay::sdk::Rows& rows, std::size_t classes);

  [[nodiscard]] double at(std::size_t actual, std::size_t predicted) const {
    return counts_[actual * side_ + predicted];
  }
  [[nodiscard]] double actual(std::size_t label) const;
  [[nodiscard]] double predicted(std::size_t label) const;
  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] double correct() const;
  [[nodiscard]] std::size_t side() const { return side_; }

 private:
  std::size_t side_;
  std::vector<double> counts_;
  double total_ = 0;
};

}  // namespace metric_text
