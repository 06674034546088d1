#include "run/compared.h"

#include <algorithm>

namespace assay::run {
namespace {

/// A value a seed, and a row of resampled values per seed.
struct BySeed {
  std::vector<double> values, resampled;

  void add(double value, std::span<const double> row) {
    values.push_back(value);
    resampled.insert(resampled.end(), row.begin(), row.end());
  }

  [[nodiscard]] std::optional<stats::SeedEstimate> estimate(std::size_t units) const {
    const std::size_t resamples = values.empty() ? 0 : resampled.size() / values.size();
    const auto row = [&](std::size_t seed) { return std::span(resampled).subspan(seed * resamples, resamples); };
    bool differ = false;
    for (std::size_t seed = 1; seed < values.size(); ++seed) differ |= !std::ranges::equal(row(seed), row(0));
    if (!differ) return std::nullopt;
    return stats::estimate_over_seeds(values, resampled, units);
  }
};

void set_scores(ComparedGroup& group) {
  const std::span<const double> first = group.scored.front()->scores();
  if (std::all_of(group.scored.begin(), group.scored.end(),
                  [&](const Scored* one) { return std::ranges::equal(one->scores(), first); }))
    group.scores = first;
  group.mean_scores.assign(first.size(), 0.0);
  const double share = 1.0 / static_cast<double>(group.scored.size());
  for (const Scored* one : group.scored)
    for (std::size_t i = 0; i < first.size(); ++i) group.mean_scores[i] += one->scores()[i] * share;
}

}  // namespace

const Scored* ComparedGroup::of_seed(std::uint64_t seed) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i]->seed == seed) return scored[i];
  }
  return nullptr;
}

std::vector<ComparedGroup> compared_groups(const plan::CompareJob& compare, const ScoredCells& all) {
  std::vector<ComparedGroup> groups;
  for (const plan::CompareCellJob& cell : compare.cells) {
    auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.name == cell.group; });
    if (found == groups.end()) {
      groups.emplace_back().name = cell.group;
      found = groups.end() - 1;
    }
    found->cells.push_back(&cell);
    found->scored.push_back(&all.by_key.at(cell.score));
  }
  const std::size_t outputs = all.outputs.size();
  const auto resamples = static_cast<std::size_t>(compare.resamples);
  for (ComparedGroup& group : groups) {
    group.values.assign(outputs, 0.0);
    group.resampled.assign(outputs * resamples, 0.0);
    set_scores(group);
    const double share = 1.0 / static_cast<double>(group.cells.size());
    for (const Scored* one : group.scored) {
      for (std::size_t o = 0; o < outputs; ++o) {
        group.values[o] += one->values[o] * share;
        for (std::size_t b = 0; b < resamples; ++b)
          group.resampled[o * resamples + b] += one->resampled[b * outputs + o] * share;
      }
    }
  }
  return groups;
}

std::optional<stats::SeedEstimate> over_seeds(const ComparedGroup& group, std::size_t output, const ScoredCells& all) {
  if (group.cells.size() < 2) return std::nullopt;
  BySeed seeds;
  for (const Scored* one : group.scored)
    seeds.add(one->values[output], column(one->resampled, all.outputs.size(), output));
  return seeds.estimate(all.units());
}

std::optional<stats::SeedEstimate> over_seeds(const ComparedGroup& a, const ComparedGroup& b, std::size_t output,
                                              const ScoredCells& all) {
  if (a.cells.size() < 2 || a.cells.size() != b.cells.size()) return std::nullopt;
  BySeed seeds;
  for (std::size_t i = 0; i < a.cells.size(); ++i) {
    const Scored* other = b.of_seed(a.cells[i]->seed);
    if (other == nullptr) return std::nullopt;
    std::vector<double> row = column(a.scored[i]->resampled, all.outputs.size(), output);
    const std::vector<double> of_other = column(other->resampled, all.outputs.size(), output);
    std::transform(row.begin(), row.end(), of_other.begin(), row.begin(), std::minus<>());
    seeds.add(a.scored[i]->values[output] - other->values[output], row);
  }
  return seeds.estimate(all.units());
}

}  // namespace assay::run
