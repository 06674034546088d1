#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "stats/kinds.h"
#include "store/bundle.h"

namespace assay::run {

/// Past one kind for so many examples, telling them apart costs more than it spares.
inline constexpr std::size_t kExamplesAKind = 8;

/// A metric's rows over one cell's examples. Where few of them differ, each is kept once: a million examples' classes then
/// need a number an example, whatever the width.
class ScoreTable {
 public:
  ScoreTable() = default;

  /// Of a score stage's bundle. REQUIRES rows of `width` columns.
  ScoreTable(const store::Bundle& bundle, std::size_t width);

  [[nodiscard]] std::size_t examples() const { return examples_; }
  [[nodiscard]] std::span<const double> row(std::size_t example) const {
    return std::span(rows_).subspan((kinds_.empty() ? example : kinds_.of[example]) * width_, width_);
  }

  /// Which examples have equal rows; empty where most differ.
  [[nodiscard]] const stats::Kinds& kinds() const { return kinds_; }
  /// A row a kind, or one an example where there are none.
  [[nodiscard]] const std::vector<double>& rows() const { return rows_; }
  /// The rows of these examples, one after another.
  [[nodiscard]] std::vector<double> rows_of(std::span<const std::uint32_t> examples) const;

 private:
  std::size_t width_ = 0, examples_ = 0;
  stats::Kinds kinds_;
  std::vector<double> rows_;
};

}  // namespace assay::run
