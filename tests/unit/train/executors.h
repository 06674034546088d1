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

enum class Added { nothing, deltas, everything };

inline std::vector<float> random_values(std::int64_t count, double range, std::uint64_t seed, const std::string& name) {
  sdk::Random random(seed, name);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(range * (2 * random.uniform() - 1)));
  return values;
}

/// Random low-rank deltas of every linear module, in the network and as inference reads them; with `dora` every other one
/// brings its rows to new lengths.
inline void attach_deltas(Network& network, models::AdapterWeights& adapter, bool dora) {
  bool next = false;
  for (const sdk::LinearModule& module : network.linear_modules()) {
    models::LowRankDelta delta{module.name,
                               3,
                               module.in,
                               module.out,
                               random_values(3 * module.in, 0.1, 11, module.name),
                               random_values(3 * module.out, 0.5, 12, module.name),
                               0.5};
    LowRankSite site{module.name, at::tensor(delta.a).view({3, module.in}), at::tensor(delta.b).view({module.out, 3}),
                     0.5};
    if (dora && (next = !next)) {
      delta.magnitude = random_values(module.out, 0.2, 13, module.name);
      for (float& length : delta.magnitude) length += 0.7F;
      site.magnitude = at::tensor(delta.magnitude);
    }
    network.attach(std::move(site));
    adapter.deltas.push_back(std::move(delta));
  }
}

/// One of each other kind of site, wherever there is a place for it.
inline void attach_others(Network& network, models::AdapterWeights& adapter) {
  const models::ModelConfig& config = network.config();
  bool input = false;
  for (const sdk::LinearModule& module : network.linear_modules()) {
    input = !input;
    models::Scaling scaling{module.name, input, random_values(input ? module.in : module.out, 0.3, 14, module.name)};
    for (float& factor : scaling.factors) factor += 1;
    network.attach(ScalingSite{module.name, at::tensor(scaling.factors), input});
    adapter.scalings.push_back(std::move(scaling));
  }
  const std::int64_t width = config.num_layers * 2 * config.num_kv_heads * config.head_dim, hidden = config.hidden_size;
  adapter.prefix = models::PrefixKeysAndValues{5, random_values(5 * width, 1, 15, "prefix")};
  network.attach(PrefixSite{at::tensor(adapter.prefix->values).view({5, width}), std::nullopt});
  adapter.prompt = models::PrefixEmbeddings{3, random_values(3 * hidden, 0.5, 16, "prompt")};
  network.attach_prompt(at::tensor(adapter.prompt->values).view({3, hidden}));
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    for (const bool attention : {true, false}) {
      const std::string name = std::to_string(2 * layer + (attention ? 1 : 0));
      models::ResidualModule module{layer,
                                    attention,
                                    attention ? models::Activation::relu : models::Activation::gelu_tanh,
                                    random_values(6 * hidden, 0.3, 17, name),
                                    random_values(6, 0.1, 18, name),
                                    random_values(6 * hidden, 0.3, 19, name),
                                    random_values(hidden, 0.1, 20, name)};
      network.attach(layer, attention,
                     {at::tensor(module.down).view({6, hidden}), at::tensor(module.down_bias),
                      at::tensor(module.up).view({hidden, 6}), at::tensor(module.up_bias), module.activation});
      adapter.residuals.push_back(std::move(module));
    }
  }
}

/// Both executors on the model of a folder: logits within 3e-4, mean cross-entropy within 1e-5.
inline void expect_agreement(const std::filesystem::path& folder, const models::ModelConfig& config, Added added) {
  Network network(config, at::kFloat);
  network.allocate();
  network.load(models::ModelWeights::open(folder, config));
  models::AdapterWeights adapter;
  if (added != Added::nothing) attach_deltas(network, adapter, added == Added::everything);
  if (added == Added::everything) attach_others(network, adapter);
  adapter.check(config);
  models::Transformer inference(folder, config, added == Added::nothing ? nullptr : &adapter);

  Batch batch;
  std::vector<float> expected;
  for (const TrainingExample& example : tiny_examples(6, 5)) {
    const std::size_t before = batch.tokens.size();
    append(example, batch);
    const auto part =
        inference_logits(inference, {batch.tokens.begin() + static_cast<std::ptrdiff_t>(before), batch.tokens.end()});
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
