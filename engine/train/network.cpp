#include "train/network.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <assay/sdk/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "models/merged_model.h"
#include "train/weave.h"

namespace assay::train {

using at::Tensor;

Network::Network(const models::ModelConfig& config, at::ScalarType computing) : config_(config), base_(computing) {
  Specs specs;
  for (const models::WeightSpec& spec : config_.weights()) specs[spec.name] = spec;
  const models::TensorNames& names = config_.names;

  embedding_ = single(specs, names.embedding + ".weight");
  if (config_.positions == models::PositionKind::learned) positions_ = single(specs, names.positions + ".weight");
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const std::string prefix = config_.layer_name(i);
    Layer layer;
    layer.attention = make_norm(specs, prefix + names.attention_norm);
    layer.qkv = make_projection(specs, prefix, names.qkv);
    if (config_.query_key_norm) {
      layer.query = make_norm(specs, prefix + names.query_norm);
      layer.key = make_norm(specs, prefix + names.key_norm);
    }
    layer.output = make_projection(specs, prefix, {names.attention_output});
    const bool one_norm = config_.residual == models::Residual::parallel_one_norm;
    layer.mlp = one_norm ? layer.attention : make_norm(specs, prefix + names.mlp_norm);
    layer.gate_up = make_projection(specs, prefix, names.up);
    layer.down = make_projection(specs, prefix, {names.down});
    layers_.push_back(std::move(layer));
  }
  final_norm_ = make_norm(specs, names.final_norm);
  head_ = config_.tie_word_embeddings ? embedding_ : single(specs, names.head + ".weight");
  if (config_.head_bias) head_bias_ = single(specs, names.head + ".bias");

  const std::vector<double> frequencies = config_.rope_frequencies();  // none where positions are learned
  const auto half = static_cast<std::int64_t>(frequencies.size());
  const Tensor table = at::empty({config_.max_position_embeddings, half}, at::TensorOptions().dtype(at::kDouble));
  auto* angles = table.data_ptr<double>();
  for (std::int64_t p = 0; p < config_.max_position_embeddings; ++p) {
    for (std::int64_t i = 0; i < half; ++i) angles[p * half + i] = static_cast<double>(p) * frequencies[i];
  }
  cos_ = table.cos().to(accumulating(computing));
  sin_ = table.sin().to(accumulating(computing));
}

std::size_t Network::single(const Specs& specs, const std::string& name) {
  const auto& shape = specs.at(name).shape;
  return base_.add({{.name = name, .shape = shape, .decays = shape.size() > 1}});
}

Network::Norm Network::make_norm(const Specs& specs, const std::string& module) {
  Norm norm;
  norm.weight = single(specs, module + ".weight");
  if (config_.norm == models::NormKind::layer) norm.bias = single(specs, module + ".bias");
  return norm;
}

Network::Projection Network::make_projection(const Specs& specs, const std::string& prefix,
                                             const std::vector<std::string>& modules) {
  Projection projection;
  std::vector<Slot> weights, biases;
  for (const std::string& module : modules) {
    const models::WeightSpec& spec = specs.at(prefix + module + ".weight");
    weights.push_back({.name = spec.name, .shape = spec.shape, .decays = true});
    if (const auto bias = specs.find(prefix + module + ".bias"); bias != specs.end()) {
      biases.push_back({.name = bias->first, .shape = bias->second.shape});
    }
    projection.transposed = spec.transposed;
    projection.modules.push_back(prefix + module);
    projection.rows.push_back(spec.shape[spec.transposed ? 1 : 0]);
  }
  projection.weight = base_.add(std::move(weights));
  if (!biases.empty()) {
    if (biases.size() != modules.size())
      throw UnsupportedModel("only some of " + prefix + "'s projections carry a bias");
    projection.has_bias = true;
    projection.bias = base_.add(std::move(biases));
  }
  return projection;
}

void Network::train_base(const std::vector<std::string>& names) {
  const std::set<std::string> wanted(names.begin(), names.end());
  for (const std::string& name : wanted) static_cast<void>(base_.slot(name));  // throws for a name that is not there
  base_.set_trains([&](const Slot& slot) { return wanted.contains(slot.name); });
}

void Network::load(const models::ModelWeights& weights, const models::AdapterWeights* adapter) {
  std::map<std::string, models::WeightSpec> specs;
  if (adapter != nullptr) {
    for (const models::WeightSpec& spec : config_.weights()) specs[spec.name] = spec;
  }
  for (const Slot& slot : base_.slots()) {
    const Tensor to = base_.master(slot.name);
    const auto copy = [&](const auto& values) {
      if (to.scalar_type() == at::kDouble) {
        std::copy(values.begin(), values.end(), to.data_ptr<double>());
      } else {
        std::copy(values.begin(), values.end(), to.data_ptr<float>());
      }
    };
    if (adapter != nullptr) {
      copy(models::merged_tensor(specs.at(slot.name), weights, *adapter));
    } else if (to.scalar_type() == at::kDouble) {
      copy(models::to_double(weights.at(slot.name)));
    } else {
      copy(models::to_float(weights.at(slot.name)));
    }
  }
  base_.round();
}

std::vector<sdk::LinearModule> Network::linear_modules() const {
  std::vector<sdk::LinearModule> modules;
  for (const Layer& layer : layers_) {
    for (const Projection* p : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      for (std::size_t i = 0; i < p->modules.size(); ++i) {
        modules.push_back(
            {.name = p->modules[i], .in = base_.leaf(p->weight).size(p->transposed ? 0 : 1), .out = p->rows[i]});
      }
    }
  }
  return modules;
}

std::pair<Tensor, Tensor> Network::add_norm(const Tensor& x, const Tensor& delta, const Norm& norm) const {
  const Tensor& weight = base_.leaf(norm.weight);
  switch (config_.norm) {
    case models::NormKind::layer:
      return add_layer_norm(x, delta, weight, base_.leaf(norm.bias), config_.norm_epsilon);
    case models::NormKind::rms_plus_one:
      return add_rms_norm(x, delta, weight + 1, config_.norm_epsilon);
    case models::NormKind::rms:
      break;
  }
  return add_rms_norm(x, delta, weight, config_.norm_epsilon);
}

Tensor Network::embedded(const Batch& batch) const {
  const Tensor ids = at::empty({static_cast<std::int64_t>(batch.tokens.size())}, at::TensorOptions().dtype(at::kInt));
  std::copy(batch.tokens.begin(), batch.tokens.end(), ids.data_ptr<std::int32_t>());
  Tensor x = embed(base_.leaf(embedding_), ids);
  const std::int64_t prompt = prompt_.defined() ? prompt_.size(0) : 0;
  if (prompt > 0) x = weave(prompt_.to(x.scalar_type()), x, batch.starts);
  if (config_.embedding_scale != 1.0) x = x * config_.embedding_scale;
  if (config_.positions != models::PositionKind::learned) return x;
  const Tensor positions = at::empty({x.size(0)}, at::TensorOptions().dtype(at::kInt));
  auto* position = positions.data_ptr<std::int32_t>();
  for (std::size_t s = 1; s < batch.starts.size(); ++s) {
    const std::int64_t rows = batch.starts[s] - batch.starts[s - 1] + prompt;
    for (std::int64_t row = 0; row < rows; ++row) *position++ = static_cast<std::int32_t>(prefix_tokens() + row);
  }
  return x + embed(base_.leaf(positions_), positions);
}

Tensor Network::arranged(const Tensor& qkv, const Layer& layer) const {
  const std::int64_t rows = qkv.size(0), size = config_.head_dim;
  Tensor result = qkv;
  if (config_.qkv_by_head) {
    result =
        result.view({rows, config_.num_heads, 3, size}).transpose(1, 2).reshape({rows, 3 * config_.num_heads * size});
  }
  if (!config_.query_key_norm) return result;
  const auto normed = [&](std::int64_t first, std::int64_t heads, const Norm& norm) {
    const Tensor part = result.narrow(1, first * size, heads * size).reshape({rows * heads, size});
    return add_norm(part.to(accumulating(part.scalar_type())), Tensor(), norm).second.view({rows, heads * size});
  };
  const std::int64_t values = config_.num_heads + config_.num_kv_heads;
  return at::cat({normed(0, config_.num_heads, layer.query), normed(config_.num_heads, config_.num_kv_heads, layer.key),
                  result.narrow(1, values * size, config_.num_kv_heads * size)},
                 1);
}

Tensor Network::activated(const Tensor& up) const {
  if (config_.gated_mlp && config_.activation == models::Activation::silu) return swiglu(up);
  const std::int64_t width = config_.intermediate_size;
  const Tensor gate = config_.gated_mlp ? up.narrow(1, 0, width) : up;
  return config_.gated_mlp ? activation(config_.activation, gate) * up.narrow(1, width, width)
                           : activation(config_.activation, gate);
}

Tensors Network::pass(std::int64_t i, const Tensors& in, const SequenceLayout& layout,
                      std::span<const std::int64_t> own, std::int64_t prefix, const Seen& seen) const {
  const Layer& layer = layers_[static_cast<std::size_t>(i)];
  const auto purpose = static_cast<std::uint64_t>(4 * i);
  auto [stream, normed] = add_norm(in[0], in[1], layer.attention);
  Tensor qkv = arranged(project(normed, layer.qkv, purpose), layer);
  if (seen) seen(i, qkv);
  if (prefix > 0) qkv = weave(prefix_rows(in[2], i), qkv, own);
  Tensor mixed = attention(qkv, layout);
  if (prefix > 0) mixed = unweave(mixed, prefix, own);
  const Tensor attended = residual(project(mixed, layer.output, purpose + 1), layer.after_attention);
  if (config_.residual == models::Residual::sequential) {
    std::tie(stream, normed) = add_norm(stream, attended, layer.mlp);
  } else if (config_.residual == models::Residual::parallel) {
    normed = add_norm(stream, Tensor(), layer.mlp).second;
  }
  Tensor delta = residual(project(activated(project(normed, layer.gate_up, purpose + 2)), layer.down, purpose + 3),
                          layer.after_mlp);
  if (config_.residual != models::Residual::sequential) delta = delta + attended;
  return {stream, delta};
}

Tensor Network::run(const Batch& batch, const Seen& seen) const {
  const std::int64_t prefix = prefix_tokens(), prompt = virtual_tokens() - prefix;
  std::vector<std::int64_t> own = batch.starts;  // of the rows that pass through the layers
  SequenceLayout layout;
  layout.starts = at::empty({static_cast<std::int64_t>(own.size())}, at::TensorOptions().dtype(at::kLong));
  for (std::size_t s = 0; s < own.size(); ++s) {
    own[s] += static_cast<std::int64_t>(s) * prompt;
    layout.starts.data_ptr<std::int64_t>()[s] = own[s] + static_cast<std::int64_t>(s) * prefix;
    if (s == 0 || batch.starts[s] - batch.starts[s - 1] + prefix + prompt <= config_.max_position_embeddings) continue;
    throw BadInput("a training sequence of " + std::to_string(batch.starts[s] - batch.starts[s - 1]) + " tokens" +
                   (prefix + prompt > 0 ? " with " + std::to_string(prefix + prompt) + " virtual ones" : "") +
                   " is longer than the model's window of " + std::to_string(config_.max_position_embeddings));
  }
  layout.cos = cos_, layout.sin = sin_;
  layout.heads = config_.num_heads, layout.kv_heads = config_.num_kv_heads, layout.head_size = config_.head_dim;
  const Tensor before = prefix > 0 ? prefix_values() : Tensor();

  Tensor stream = embedded(batch);
  Tensor delta;
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    layout.window = config_.window(i);
    layout.score_factor = config_.score_factor(i);
    const auto through = [this, i, layout, own, prefix, seen](const Tensors& in) {
      return pass(i, in, layout, own, prefix, seen);
    };
    const Tensors in = {stream, delta, before};
    const Tensors out = recompute_ ? recomputed(through, in) : through(in);
    stream = out[0], delta = out[1];
  }
  const Tensor states = add_norm(stream, delta, final_norm_).second;
  return prompt > 0 ? unweave(states, prompt, batch.starts) : states;
}

Tensor Network::logits(const Batch& batch) const {
  const Tensor states = hidden(batch);
  return config_.head_bias ? at::addmm(base_.leaf(head_bias_), states, output_table().t())
                           : at::mm(states, output_table().t());
}

Tensor Network::loss(const Batch& batch, double normaliser) const {
  std::vector<std::int64_t> used;
  for (std::size_t i = 0; i < batch.weights.size(); ++i) {
    if (batch.weights[i] != 0) used.push_back(static_cast<std::int64_t>(i));
  }
  const auto count = static_cast<std::int64_t>(used.size());
  Tensor rows = at::empty({count}, at::TensorOptions().dtype(at::kLong));
  Tensor targets = at::empty({count}, at::TensorOptions().dtype(at::kInt));
  Tensor weights = at::empty({count}, at::TensorOptions().dtype(at::kFloat));
  for (std::int64_t i = 0; i < count; ++i) {
    rows.data_ptr<std::int64_t>()[i] = used[i];
    targets.data_ptr<std::int32_t>()[i] = batch.targets[used[i]];
    weights.data_ptr<float>()[i] = batch.weights[used[i]];
  }
  Tensor states = hidden(batch);
  if (count != states.size(0)) states = states.index_select(0, rows);
  return cross_entropy(states, output_table(), config_.head_bias ? base_.leaf(head_bias_) : Tensor(), targets, weights,
                       normaliser);
}

}  // namespace assay::train
