#include "train/batches.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace assay::train {

std::int64_t rows_of(const TrainingExample& example) {
  std::size_t last = example.tokens.size();
  while (last > 1 && example.loss_weights[last - 1] == 0) --last;
  return static_cast<std::int64_t>(last) - 1;
}

void append(const TrainingExample& example, Batch& batch) {
  const auto rows = static_cast<std::size_t>(rows_of(example));
  for (std::size_t i = 0; i < rows; ++i) {
    batch.tokens.push_back(example.tokens[i]);
    batch.targets.push_back(example.tokens[i + 1]);
    batch.weights.push_back(example.loss_weights[i + 1]);
  }
  batch.starts.push_back(static_cast<std::int64_t>(batch.tokens.size()));
}

double total_weight(const Batch& batch) { return std::accumulate(batch.weights.begin(), batch.weights.end(), 0.0); }

std::vector<std::size_t> epoch_order(std::size_t count, std::uint64_t seed, int epoch) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  sdk::Random random(seed, "training order", static_cast<std::uint64_t>(epoch));
  random.shuffle(std::span(order));
  return order;
}

std::vector<std::size_t> sample_rows(std::size_t count, std::size_t wanted, std::uint64_t seed, const char* purpose) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (wanted >= count) return rows;
  sdk::Random random(seed, purpose);
  random.shuffle(std::span(rows));
  rows.resize(wanted);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<Batch> pieces(std::span<const TrainingExample> examples, std::span<const std::size_t> order,
                          std::int64_t rows) {
  std::vector<Batch> batches;
  for (const std::size_t i : order) {
    const std::int64_t own = rows_of(examples[i]);
    if (batches.empty() || static_cast<std::int64_t>(batches.back().tokens.size()) + own > rows) batches.emplace_back();
    append(examples[i], batches.back());
  }
  return batches;
}

void check(std::span<const TrainingExample> examples, const char* what, const models::ModelConfig& config) {
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const TrainingExample& e = examples[i];
    const std::string where = std::string(what) + " example " + std::to_string(i + 1);
    if (e.tokens.size() != e.loss_weights.size()) throw Error(where + " has another number of weights than of tokens");
    if (e.tokens.size() < 2 || rows_of(e) < 1)
      throw BadInput(where + " has no token to be learnt; its target may be empty");
    if (rows_of(e) > config.max_position_embeddings) {
      throw BadInput(where + " is " + std::to_string(e.tokens.size()) + " tokens long; the model's window is " +
                     std::to_string(config.max_position_embeddings));
    }
    for (const std::int32_t token : e.tokens) {
      if (token < 0 || token >= config.vocab_size) {
        throw BadInput(where + " holds token " + std::to_string(token) + ", which the model's vocabulary of " +
                       std::to_string(config.vocab_size) + " does not have");
      }
    }
  }
}

}  // namespace assay::train
