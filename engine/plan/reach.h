#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace assay::plan {

/// What comparisons on a dataset can tell, before anything is run: true differences that are found four times in five.
struct Reach {
  std::string dataset;
  std::size_t examples = 0;     ///< of the test split
  std::size_t clusters = 0;     ///< that they come in; 0: they are independent
  std::size_t comparisons = 0;  ///< of a value, corrected together
  double alpha = 0.05;
  struct Assumption {
    double discordant = 0;         ///< share of examples that only one of two cells has right
    double alone = 0;              ///< detectable difference of shares; NaN: none
    double corrected = 0;          ///< the same for the smallest p-value of all comparisons
    std::optional<double> needed;  ///< examples that find `statistics.detect` alone; none where it is not set
  };
  std::vector<Assumption> shares;
  double deviations_alone = 0, deviations_corrected = 0;  ///< of means, in standard deviations of paired differences

  [[nodiscard]] std::size_t units() const { return clusters > 0 ? clusters : examples; }
};

/// Fills in what follows from examples, clusters, comparisons and alpha. @param correct  whether comparisons are corrected for their number
void reckon(Reach& reach, bool correct, const std::optional<double>& detect);

/// In words, a line each.
std::vector<std::string> text_of(const Reach& reach);

}  // namespace assay::plan
