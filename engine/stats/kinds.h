#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::stats {

/// Examples whose rows are equal are of one kind: right and wrong ones of accuracy, pairs of classes of F1. A resample then
/// is how often each kind was drawn, which takes no more memory or additions than there are kinds.
struct Kinds {
  std::vector<std::uint32_t> of;     ///< each example's kind, from 0
  std::vector<std::uint32_t> first;  ///< each kind's first example

  [[nodiscard]] std::size_t size() const { return first.size(); }
  [[nodiscard]] bool empty() const { return of.empty(); }

  /// Fills `out` (of `size()` numbers) with the sum of the weights of each kind's examples.
  void sum(std::span<const double> weights, std::span<double> out) const;
};

/// Kinds of the examples by their rows of `width` columns, bit by bit. Nothing where that makes more than `most`.
[[nodiscard]] std::optional<Kinds> kinds_of_rows(std::span<const double> rows, std::size_t width, std::size_t most);

/// Kinds of the examples by all of `parts` together: alike where they are alike in each. Nothing where that makes more than
/// `most`. REQUIRES parts over the same examples.
[[nodiscard]] std::optional<Kinds> joint(std::span<const Kinds* const> parts, std::size_t most);

}  // namespace assay::stats
