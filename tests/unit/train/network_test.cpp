#include "train/network.h"

#include <ATen/ATen.h>
#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/local/transformer.h"
#include "train/batches.h"
#include "unit/train/tiny_model.h"

namespace assay::train {
namespace {

/// Logits of the inference path for one sequence, all positions.
std::vector<float> inference_logits(models::Transformer& model, const std::vector<std::int32_t>& tokens) {
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

class ExecutorsTest : public ::testing::TestWithParam<bool> {};

TEST_P(ExecutorsTest, TrainingAndInferenceGiveTheSameLogits) {
  const testing::TemporaryFolder folder;
  const auto config = testing::tiny_config(GetParam());
  testing::write_tiny_model(folder.path(), config);
  Network network(config, at::kFloat);
  network.allocate();
  network.load(models::ModelWeights::open(folder.path(), config));
  models::Transformer inference(folder.path(), config);

  Batch batch;
  std::vector<float> expected;
  for (const TrainingExample& example : testing::tiny_examples(6, 5)) {
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
INSTANTIATE_TEST_SUITE_P(Embeddings, ExecutorsTest, ::testing::Bool(), [](const auto& info) { return info.param ? "Tied" : "Untied"; });

TEST(NetworkTest, ASequenceDoesNotSeeItsNeighboursInTheBatch) {
  Network network(testing::tiny_config(), at::kDouble);
  network.allocate();
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path(), network.config());
  network.load(models::ModelWeights::open(folder.path(), network.config()));
  const auto examples = testing::tiny_examples(3, 9);
  Batch all, alone;
  for (const auto& example : examples) append(example, all);
  append(examples[1], alone);
  const at::NoGradGuard no_gradients;
  const at::Tensor part = network.logits(all).slice(0, all.starts[1], all.starts[2]);
  EXPECT_LT((part - network.logits(alone)).abs().max().item<double>(), 1e-12);
}

TEST(NetworkTest, BatchesCutInPiecesGiveTheSameGradient) {
  const testing::TemporaryFolder folder;
  const auto config = testing::tiny_config();
  testing::write_tiny_model(folder.path(), config);
  Network network(config, at::kDouble);
  network.base().set_trains([](const Slot&) { return true; });
  network.allocate();
  network.load(models::ModelWeights::open(folder.path(), config));
  const auto examples = testing::tiny_examples(7, 2);
  const std::vector<std::size_t> order = {6, 2, 0, 1, 5, 4, 3};
  const auto gradient = [&](std::int64_t rows) {
    at::Tensor total = at::zeros_like(network.base().master());
    double weight = 0;
    for (const auto& piece : pieces(examples, order, rows)) weight += total_weight(piece);
    for (const auto& piece : pieces(examples, order, rows)) {
      network.loss(piece, weight).backward();
      network.base().take_gradients(total);
    }
    return total;
  };
  EXPECT_GT(pieces(examples, order, 50).size(), 1U);
  EXPECT_LT((gradient(50) - gradient(10000)).abs().max().item<double>(), 1e-12);
}

TEST(NetworkTest, ASequencePastTheWindowIsRefused) {
  Network network(testing::tiny_config(), at::kFloat);
  network.allocate();
  Batch batch;
  batch.tokens.assign(161, 1);
  batch.starts.push_back(161);
  EXPECT_THROW(static_cast<void>(network.hidden(batch)), BadInput);
}

TEST(NetworkTest, AnUnknownModuleIsRefusedByName) {
  Network network(testing::tiny_config(), at::kFloat);
  try {
    network.attach({"model.layers.0.self_attn.w_proj", {}, {}});
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("w_proj"), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::train
