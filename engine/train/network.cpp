#include "train/network.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <assay/sdk/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace assay::train {

using at::Tensor;

Network::Network(const models::ModelConfig& config, at::ScalarType computing) : config_(config), base_(computing) {
  if (config_.model_type != "llama") throw UnsupportedModel("models of type '" + config_.model_type + "' are not trained yet");
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const models::WeightSpec& spec : config_.weights()) shapes[spec.name] = spec.shape;
  const auto single = [&](const std::string& name) {
    const auto& shape = shapes.at(name);
    return base_.add({{.name = name, .shape = shape, .decays = shape.size() > 1}});
  };

  embedding_ = single("model.embed_tokens.weight");
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    Layer layer;
    layer.attention_norm = single(prefix + "input_layernorm.weight");
    layer.qkv = make_projection(shapes, prefix + "self_attn.", {"q_proj", "k_proj", "v_proj"});
    layer.output = make_projection(shapes, prefix + "self_attn.", {"o_proj"});
    layer.mlp_norm = single(prefix + "post_attention_layernorm.weight");
    layer.gate_up = make_projection(shapes, prefix + "mlp.", {"gate_proj", "up_proj"});
    layer.down = make_projection(shapes, prefix + "mlp.", {"down_proj"});
    layers_.push_back(std::move(layer));
  }
  final_norm_ = single("model.norm.weight");
  head_ = config_.tie_word_embeddings ? embedding_ : single("lm_head.weight");

  const std::vector<double> frequencies = config_.rope_frequencies();
  const auto half = static_cast<std::int64_t>(frequencies.size());
  const Tensor table = at::empty({config_.max_position_embeddings, half}, at::TensorOptions().dtype(at::kDouble));
  auto* angles = table.data_ptr<double>();
  for (std::int64_t p = 0; p < config_.max_position_embeddings; ++p) {
    for (std::int64_t i = 0; i < half; ++i) angles[p * half + i] = static_cast<double>(p) * frequencies[i];
  }
  cos_ = table.cos().to(accumulating(computing));
  sin_ = table.sin().to(accumulating(computing));
}

Network::Projection Network::make_projection(const std::map<std::string, std::vector<std::int64_t>>& shapes,
                                             const std::string& prefix, const std::vector<std::string>& modules) {
  Projection projection;
  std::vector<Slot> weights, biases;
  for (const std::string& module : modules) {
    const auto& shape = shapes.at(prefix + module + ".weight");
    weights.push_back({.name = prefix + module + ".weight", .shape = shape, .decays = true});
    if (const auto bias = shapes.find(prefix + module + ".bias"); bias != shapes.end()) {
      biases.push_back({.name = bias->first, .shape = bias->second});
    }
    projection.modules.push_back(prefix + module);
    projection.rows.push_back(shape[0]);
  }
  projection.weight = base_.add(std::move(weights));
  if (!biases.empty()) {
    if (biases.size() != modules.size()) throw UnsupportedModel("only some of " + prefix + "'s projections carry a bias");
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

void Network::load(const models::ModelWeights& weights) {
  for (const Slot& slot : base_.slots()) {
    const Tensor to = base_.master(slot.name);
    if (to.scalar_type() == at::kDouble) {
      const auto values = models::to_double(weights.at(slot.name));
      std::copy(values.begin(), values.end(), to.data_ptr<double>());
    } else {
      const auto values = models::to_float(weights.at(slot.name));
      std::copy(values.begin(), values.end(), to.data_ptr<float>());
    }
  }
  base_.round();
}

std::vector<sdk::LinearModule> Network::linear_modules() const {
  std::vector<sdk::LinearModule> modules;
  for (const Layer& layer : layers_) {
    for (const Projection* p : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      for (std::size_t i = 0; i < p->modules.size(); ++i) {
        modules.push_back({.name = p->modules[i], .in = base_.leaf(p->weight).size(1), .out = p->rows[i]});
      }
    }
  }
  return modules;
}

void Network::attach(LowRankSite site) {
  for (Layer& layer : layers_) {
    for (Projection* p : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      if (std::find(p->modules.begin(), p->modules.end(), site.module) == p->modules.end()) continue;
      if (p->sites.contains(site.module)) throw BadInput("two weight deltas enter " + site.module + "; only one can train");
      p->sites.emplace(site.module, std::move(site));
      return;
    }
  }
  throw BadInput("the model has no linear module called '" + site.module + "'");
}

Tensor Network::project(const Tensor& x, const Projection& p, std::uint64_t purpose) const {
  Tensor y = p.has_bias ? at::addmm(base_.leaf(p.bias), x, base_.leaf(p.weight).t()) : at::mm(x, base_.leaf(p.weight).t());
  if (p.sites.empty()) return y;
  // The modules of one projection read the same input: their As are stacked, their Bs lie on a block diagonal.
  std::vector<Tensor> down, up;
  std::int64_t rank = 0;
  double rate = 0;
  for (const auto& [name, site] : p.sites) {
    rank += site.a.size(0);
    rate = site.dropout;
  }
  std::int64_t before = 0;
  for (std::size_t i = 0; i < p.modules.size(); ++i) {
    const auto found = p.sites.find(p.modules[i]);
    if (found == p.sites.end()) {
      up.push_back(at::zeros({p.rows[i], rank}, x.options().requires_grad(false)));
      continue;
    }
    const LowRankSite& site = found->second;
    const std::int64_t own = site.a.size(0);
    down.push_back(site.a);
    up.push_back(at::constant_pad_nd(site.b * site.scale, {before, rank - before - own}));
    before += own;
  }
  const Tensor read = dropout_key_ == 0 ? x : dropout(x, rate, dropout_key_ * 1000003 + purpose);
  const Tensor low = at::mm(read, (down.size() == 1 ? down[0] : at::cat(down)).t());
  return at::addmm(y, low, (up.size() == 1 ? up[0] : at::cat(up)).t());
}

Tensor Network::hidden(const Batch& batch) const {
  const auto rows = static_cast<std::int64_t>(batch.tokens.size());
  for (std::size_t s = 1; s < batch.starts.size(); ++s) {
    if (batch.starts[s] - batch.starts[s - 1] > config_.max_position_embeddings) {
      throw BadInput("a training sequence of " + std::to_string(batch.starts[s] - batch.starts[s - 1]) +
                     " tokens is longer than the model's window of " + std::to_string(config_.max_position_embeddings));
    }
  }
  SequenceLayout layout;
  layout.starts = at::empty({static_cast<std::int64_t>(batch.starts.size())}, at::TensorOptions().dtype(at::kLong));
  std::copy(batch.starts.begin(), batch.starts.end(), layout.starts.data_ptr<std::int64_t>());
  layout.cos = cos_, layout.sin = sin_;
  layout.heads = config_.num_heads, layout.kv_heads = config_.num_kv_heads, layout.head_size = config_.head_dim;
  Tensor ids = at::empty({rows}, at::TensorOptions().dtype(at::kInt));
  std::copy(batch.tokens.begin(), batch.tokens.end(), ids.data_ptr<std::int32_t>());

  Tensor stream = embed(base_.leaf(embedding_), ids);
  Tensor delta;
  std::uint64_t purpose = 0;
  for (const Layer& layer : layers_) {
    Tensor normed;
    std::tie(stream, normed) = add_rms_norm(stream, delta, base_.leaf(layer.attention_norm), config_.norm_epsilon);
    delta = project(attention(project(normed, layer.qkv, purpose), layout), layer.output, purpose + 1);
    std::tie(stream, normed) = add_rms_norm(stream, delta, base_.leaf(layer.mlp_norm), config_.norm_epsilon);
    delta = project(swiglu(project(normed, layer.gate_up, purpose + 2)), layer.down, purpose + 3);
    purpose += 4;
  }
  return add_rms_norm(stream, delta, base_.leaf(final_norm_), config_.norm_epsilon).second;
}

Tensor Network::logits(const Batch& batch) const { return at::mm(hidden(batch), output_table().t()); }

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
  return cross_entropy(states, output_table(), targets, weights, normaliser);
}

}  // namespace assay::train
