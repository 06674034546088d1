#pragma once
#include <ATen/ATen.h>
#include <assay/sdk/random.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "models/local/transformer.h"
#include "train/batches.h"
#include "train/network.h"
#include "unit/train/tiny_model.h"

namespace assay::train::testing {

/// Logits of the inference path for one sequence, all positions.
inline std::vector<float> inference_logits(models::Transformer& model, const std::vector<std::int32_t>& tokens) {
  const auto run = model.pool().make(nullptr, 0, static_cast<std::int64_t>(tokens.size()));
  const models::Span span{run.get(), tokens, static_cast<std::int64_t>(tokens.size())};
  std::vector<float> hidden, padded, logits;
  model.forward({&span, 1}, hidden);
  model.logits(hidden, padded);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const auto* row = padded.data() + static_cast<std::int64_t>(t) * model.logits_stride();
    logits.insert(logits.end(), row, row + model.config().vocab_size);
  }
  return logits;
}

/// Random low-rank deltas of every linear module, in the network and as inference reads them.
inline models::AdapterWeights attach_deltas(Network& network) {
  models::AdapterWeights adapter;
  for (const sdk::LinearModule& module : network.linear_modules()) {
    models::LowRankDelta delta{module.name, 3, module.in, module.out, {}, {}, 0.5};
    sdk::Random random(11, module.name);
    for (std::int64_t i = 0; i < 3 * module.in; ++i) delta.a.push_back(static_cast<float>(0.2 * random.uniform() - 0.1));
    for (std::int64_t i = 0; i < 3 * module.out; ++i) delta.b.push_back(static_cast<float>(random.uniform() - 0.5));
    network.attach({module.name, at::tensor(delta.a).view({3, module.in}), at::tensor(delta.b).view({module.out, 3}), 0.5, 0});
    adapter.deltas.push_back(std::move(delta));
  }
  return adapter;
}

/// Both executors on the model of a folder: logits within 3e-4, mean cross-entropy within 1e-5.
inline void expect_agreement(const std::filesystem::path& folder, const models::ModelConfig& config, bool adapted) {
  Network network(config, at::kFloat);
  network.allocate();
  network.load(models::ModelWeights::open(folder, config));
  models::AdapterWeights adapter;
  if (adapted) adapter = attach_deltas(network);
  models::Transformer inference(folder, config, adapted ? &adapter : nullptr);

  Batch batch;
  std::vector<float> expected;
  for (const TrainingExample& example : tiny_examples(6, 5)) {
    const std::size_t before = batch.tokens.size();
    append(example, batch);
    const auto part = inference_logits(inference, {batch.tokens.begin() + static_cast<std::ptrdiff_t>(before), batch.tokens.end()});
    expected.insert(expected.end(), part.begin(), part.end());
  }
  const at::NoGradGuard no_gradients;
  const at::Tensor logits = network.logits(batch).contiguous();
  ASSERT_EQ(static_cast<std::size_t>(logits.numel()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(logits.data_ptr<float>()[i], expected[i], 3e-4F) << i;

  const double ours = network.loss(batch, total_weight(batch)).item<double>();
  double theirs = 0;
  const std::int64_t v = config.vocab_size;
  for (std::size_t r = 0; r < batch.tokens.size(); ++r) {
    double sum = 0;
    for (std::int64_t i = 0; i < v; ++i) sum += std::exp(static_cast<double>(expected[r * v + i]));
    theirs += batch.weights[r] * (std::log(sum) - expected[r * v + batch.targets[r]]);
  }
  EXPECT_NEAR(ours, theirs / total_weight(batch), 1e-5);
}

}  // namespace assay::train::testing
