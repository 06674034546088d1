#include "diversity.h"

#include <assay/sdk/random.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace few_shot {
namespace {

using assay::sdk::Vectors;

/// Rows that are far from all centres are likelier, by the square of the distance: |a - b|² = 2 - 2 cos(a, b).
std::vector<std::size_t> first_centres(const Vectors& vectors, std::size_t clusters, std::uint64_t seed) {
  assay::sdk::Random random(seed, "few_shot.k_means");
  std::vector<std::size_t> centres{random.below(vectors.size())};
  std::vector<double> distance(vectors.size(), std::numeric_limits<double>::infinity());
  while (centres.size() < clusters) {
    double sum = 0;
    for (std::size_t i = 0; i < distance.size(); ++i) {
      distance[i] = std::min(distance[i], std::max(0.0, 2 - 2 * vectors.cosine(i, centres.back())));
      sum += distance[i];
    }
    double left = random.uniform() * sum;
    std::size_t next = 0;
    for (std::size_t i = 0; i < distance.size(); ++i) {
      if (distance[i] == 0) continue;
      next = i;
      if (left < distance[i]) break;
      left -= distance[i];
    }
    if (sum == 0) break;  // all rows lie on the centres that there are
    centres.push_back(next);
  }
  return centres;
}

/// The mean of each cluster's rows, of length 1; a cluster without rows keeps its centre.
Vectors centres_of(const Vectors& vectors, const std::vector<std::size_t>& cluster, const Vectors& before) {
  std::vector<std::vector<double>> sums(before.size(), std::vector<double>(vectors.width(), 0.0));
  std::vector<bool> any(before.size(), false);
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    any[cluster[i]] = true;
    const auto row = vectors.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) sums[cluster[i]][c] += static_cast<double>(row[c]);
  }
  Vectors centres;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    const std::vector<float> mean(sums[k].begin(), sums[k].end());
    centres.add(any[k] ? std::span<const float>(mean) : before.row(k));
  }
  return centres;
}

}  // namespace

std::vector<std::size_t> maximal_marginal_relevance(std::span<const std::size_t> candidates,
                                                    std::span<const double> nearness, const Vectors& vectors,
                                                    std::size_t count, double lambda) {
  std::vector<std::size_t> left(candidates.begin(), candidates.end()), picked;
  std::vector<double> redundancy(left.size(), -std::numeric_limits<double>::infinity());
  while (picked.size() < count && !left.empty()) {
    std::size_t best = 0;
    double best_score = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < left.size(); ++i) {
      const double penalty = picked.empty() ? 0 : (1 - lambda) * redundancy[i];
      const double score = lambda * nearness[left[i]] - penalty;
      if (score > best_score) best = i, best_score = score;
    }
    const std::size_t row = left[best];
    picked.push_back(row);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
    redundancy.erase(redundancy.begin() + static_cast<std::ptrdiff_t>(best));
    for (std::size_t i = 0; i < left.size(); ++i) {
      redundancy[i] = std::max(redundancy[i], vectors.cosine(left[i], row));
    }
  }
  return picked;
}

std::vector<std::size_t> k_means_order(const Vectors& vectors, std::size_t clusters, std::uint64_t seed) {
  constexpr int kMostRounds = 100;
  if (vectors.size() == 0) return {};
  Vectors centres;
  for (const std::size_t row : first_centres(vectors, std::min(clusters, vectors.size()), seed))
    centres.add(vectors.row(row));
  std::vector<std::size_t> cluster(vectors.size(), centres.size());
  std::vector<double> nearness(vectors.size());
  for (int round = 0; round < kMostRounds; ++round) {
    bool moved = false;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      const assay::sdk::Ranked nearest = centres.nearest(vectors.row(i), 1).front();
      moved = moved || nearest.position != cluster[i];
      cluster[i] = nearest.position;
      nearness[i] = nearest.score;
    }
    if (!moved) break;
    centres = centres_of(vectors, cluster, centres);
  }
  std::vector<std::vector<std::size_t>> members(centres.size());
  for (std::size_t i = 0; i < cluster.size(); ++i) members[cluster[i]].push_back(i);
  std::size_t longest = 0;
  for (auto& rows : members) {
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return nearness[a] > nearness[b]; });
    longest = std::max(longest, rows.size());
  }
  std::vector<std::size_t> order;
  for (std::size_t place = 0; place < longest; ++place) {
    for (const auto& rows : members) {
      if (place < rows.size()) order.push_back(rows[place]);
    }
  }
  return order;
}

}  // namespace few_shot
