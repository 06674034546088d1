#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "train/backend.h"
#include "train/network.h"

namespace assay::train {

/// Rows that an example takes in a batch: what follows the last token that is predicted with weight teaches nothing.
std::int64_t rows_of(const TrainingExample& example);

/// Appends an example as one sequence: its tokens up to the last one that is predicted with weight.
void append(const TrainingExample& example, Batch& batch);

/// The sum of a batch's weights.
double total_weight(const Batch& batch);

/// Positions 0 … count-1 in the order in which one epoch takes them.
std::vector<std::size_t> epoch_order(std::size_t count, std::uint64_t seed, int epoch);

/// `wanted` of `count` positions, ascending; all of them where there are no more. `purpose` tells draws apart.
std::vector<std::size_t> sample_rows(std::size_t count, std::size_t wanted, std::uint64_t seed, const char* purpose);

/// The examples of `order` as ragged batches of at most `rows` rows (one example at least).
std::vector<Batch> pieces(std::span<const TrainingExample> examples, std::span<const std::size_t> order,
                          std::int64_t rows);

/// @throws BadInput naming the first example that is empty, has no weight, does not fit the window, holds unknown tokens
///         or whose weights do not match its tokens; `what` is "training" or "validation".
void check(std::span<const TrainingExample> examples, const char* what, const models::ModelConfig& config);

}  // namespace assay::train
