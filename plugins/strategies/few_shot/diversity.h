#pragma once
#include <assay/sdk/vectors.h>

#include <cstdint>
#include <span>
#include <vector>

namespace few_shot {

/// Picks `count` of `candidates` one by one, each the one with the greatest
///   lambda · sim(candidate, question) - (1 - lambda) · max over those picked of sim(candidate, picked),
/// where sim is the cosine: maximal marginal relevance (Carbonell & Goldstein 1998, "The Use of MMR, Diversity-Based
/// Reranking for Reordering Documents and Producing Summaries"). Of equals the first candidate. `nearness` is sim with
/// the question, by row.
std::vector<std::size_t> maximal_marginal_relevance(std::span<const std::size_t> candidates,
                                                    std::span<const double> nearness,
                                                    const assay::sdk::Vectors& vectors, std::size_t count,
                                                    double lambda);

/// Parts the rows into `clusters` by k-means on the sphere (Lloyd's algorithm over vectors of length 1, until nothing
/// moves or 100 rounds), begun by k-means++ (Arthur & Vassilvitskii 2007) with draws of `seed`. Gives all rows: the one
/// nearest to each cluster's centre, then the second nearest of each, and so on; clusters in the order in which they
/// were begun. As Auto-CoT chooses examples (Zhang et al. 2022, arXiv 2210.03493). Fewer rows than clusters are a
/// cluster each.
std::vector<std::size_t> k_means_order(const assay::sdk::Vectors& vectors, std::size_t clusters, std::uint64_t seed);

}  // namespace few_shot
