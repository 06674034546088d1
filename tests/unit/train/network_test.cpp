#include "train/network.h"

#include <ATen/ATen.h>
#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "models/model_weights.h"
#include "train/batches.h"
#include "unit/models/tiny_architectures.h"
#include "unit/train/tiny_model.h"

namespace assay::train {
namespace {

/// A network of random weights, in double precision; where it `trains`, every weight does.
std::unique_ptr<Network> network_of(const models::ModelConfig& config, bool trains = false) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path(), config);
  auto network = std::make_unique<Network>(config, at::kDouble);
  if (trains) network->base().set_trains([](const Slot&) { return true; });
  network->allocate();
  network->load(models::ModelWeights::open(folder.path(), config));
  return network;
}

TEST(NetworkTest, GradientsOfEveryArchitectureAreThoseOfFiniteDifferences) {
  for (const models::TinyArchitecture& architecture : models::tiny_architectures()) {
    SCOPED_TRACE(architecture.name);
    const auto owned = network_of(architecture.config(), true);
    Network& network = *owned;
    Batch batch;
    for (const TrainingExample& example : testing::tiny_examples(2, 5)) append(example, batch);
    const at::Tensor gradient = at::zeros_like(network.base().master());
    network.loss(batch, total_weight(batch)).backward();
    network.base().take_gradients(gradient);
    // Along one random direction, which every weight has a part in.
    const at::Tensor start = network.base().master().clone(), direction = at::empty_like(start);
    sdk::Random random(3, architecture.name);
    for (std::int64_t i = 0; i < direction.numel(); ++i) direction.data_ptr<double>()[i] = random.uniform() - 0.5;
    const at::NoGradGuard no_gradients;
    const auto loss_at = [&](double step) {
      network.base().master().copy_(start + direction * step);
      network.base().round();
      return network.loss(batch, total_weight(batch)).item<double>();
    };
    const double expected = (gradient * direction).sum().item<double>();
    const double step = 1e-6;
    EXPECT_NEAR((loss_at(step) - loss_at(-step)) / (2 * step), expected, 1e-5 * std::max(1.0, std::abs(expected)));
  }
}

TEST(NetworkTest, ASequenceDoesNotSeeItsNeighboursInTheBatch) {
  const auto owned = network_of(testing::tiny_config());
  const Network& network = *owned;
  const auto examples = testing::tiny_examples(3, 9);
  Batch all, alone;
  for (const auto& example : examples) append(example, all);
  append(examples[1], alone);
  const at::NoGradGuard no_gradients;
  const at::Tensor part = network.logits(all).slice(0, all.starts[1], all.starts[2]);
  EXPECT_LT((part - network.logits(alone)).abs().max().item<double>(), 1e-12);
  double apart = 0;
  for (const auto& example : examples) {
    Batch one;
    append(example, one);
    apart += network.loss(one, 1).item<double>();
  }
  EXPECT_NEAR(network.loss(all, 1).item<double>(), apart, 1e-10);
}

TEST(NetworkTest, BatchesCutInPiecesGiveTheSameGradient) {
  const auto owned = network_of(testing::tiny_config(), true);
  Network& network = *owned;
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

TEST(NetworkTest, APrefixOfATextsOwnKeysAndValuesReadsLikeThatText) {
  for (const auto& architecture : models::tiny_architectures()) {
    SCOPED_TRACE(architecture.name);
    const auto owned = network_of(architecture.config());
    Network& network = *owned;
    const at::NoGradGuard no_gradients;
    Batch whole, rest;
    whole.tokens = {7, 3, 9, 4, 250, 8, 1, 0, 77};
    whole.starts.push_back(9);
    rest.tokens.assign(whole.tokens.begin() + 4, whole.tokens.end());
    rest.starts.push_back(5);
    const at::Tensor expected = network.logits(whole).narrow(0, 4, 5);
    network.attach(PrefixSite{network.keys_and_values(std::span(whole.tokens).first(4)), std::nullopt});
    EXPECT_LT((network.logits(rest) - expected).abs().max().item<double>(), 1e-9);
  }
}

TEST(NetworkTest, ASoftPromptOfATextsEmbeddingsReadsLikeThatText) {
  for (const auto& architecture : models::tiny_architectures()) {
    SCOPED_TRACE(architecture.name);
    const auto owned = network_of(architecture.config());
    Network& network = *owned;
    const at::NoGradGuard no_gradients;
    Batch whole, rest;
    whole.tokens = {7, 3, 9, 4, 250, 8};
    whole.starts.push_back(6);
    rest.tokens.assign(whole.tokens.begin() + 2, whole.tokens.end());
    rest.starts.push_back(4);
    const at::Tensor expected = network.logits(whole).narrow(0, 2, 4);
    network.attach_prompt(network.embeddings(std::span(whole.tokens).first(2)));
    EXPECT_LT((network.logits(rest) - expected).abs().max().item<double>(), 1e-12);
  }
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
    network.attach(LowRankSite{.module = "model.layers.0.self_attn.w_proj"});
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("w_proj"), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::train
