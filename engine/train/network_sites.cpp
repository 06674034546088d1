// Where a strategy's tensors enter the network.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <assay/sdk/error.h>

#include <algorithm>

#include "train/network.h"

namespace assay::train {

using at::Tensor;

Tensor activation(models::Activation kind, const Tensor& x) {
  switch (kind) {
    case models::Activation::silu:
      return at::silu(x);
    case models::Activation::gelu:
      return at::gelu(x, "none");
    case models::Activation::gelu_tanh:
      return at::gelu(x, "tanh");
    case models::Activation::relu:
      break;
  }
  return at::relu(x);
}

Network::Projection& Network::projection_of(const std::string& module) {
  for (Layer& layer : layers_) {
    for (Projection* p : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      if (std::find(p->modules.begin(), p->modules.end(), module) != p->modules.end()) return *p;
    }
  }
  throw BadInput("the model has no linear module called '" + module + "'");
}

void Network::attach(LowRankSite site) {
  Projection& p = projection_of(site.module);
  const std::string module = site.module;
  if (!p.deltas.emplace(module, std::move(site)).second)
    throw BadInput("two weight deltas enter " + module + "; only one can train");
}

void Network::attach(ScalingSite site) {
  Projection& p = projection_of(site.module);
  const std::string module = site.module;
  if (!p.scalings.emplace(module, std::move(site)).second)
    throw BadInput("two scalings enter " + module + "; only one can train");
}

void Network::attach(PrefixSite site) {
  if (prefix_) throw BadInput("two prefixes of keys and values enter the model; only one can train");
  prefix_ = std::move(site);
  const std::int64_t expected = config_.num_layers * 2 * config_.num_kv_heads * config_.head_dim;
  if (const at::NoGradGuard no_gradients; prefix_values().size(1) != expected) {
    throw BadInput("a prefix token must hold " + std::to_string(expected) + " values for this model");
  }
}

void Network::attach_prompt(Tensor embeddings) {
  if (prompt_.defined()) throw BadInput("two soft prompts enter the model; only one can train");
  if (embeddings.dim() != 2 || embeddings.size(1) != config_.hidden_size) {
    throw BadInput("a soft prompt's tokens must hold " + std::to_string(config_.hidden_size) +
                   " values for this model");
  }
  prompt_ = std::move(embeddings);
}

void Network::attach(std::int64_t number, bool after_attention, ResidualSite site) {
  if (number < 0 || number >= config_.num_layers) throw BadInput("the model has no layer " + std::to_string(number));
  Layer& layer = layers_[static_cast<std::size_t>(number)];
  std::optional<ResidualSite>& place = after_attention ? layer.after_attention : layer.after_mlp;
  if (place) throw BadInput("two modules enter layer " + std::to_string(number) + " at one place; only one can train");
  place = std::move(site);
}

std::int64_t Network::prefix_tokens() const { return prefix_ ? prefix_->values.size(0) : 0; }

std::int64_t Network::virtual_tokens() const { return prefix_tokens() + (prompt_.defined() ? prompt_.size(0) : 0); }

Tensor Network::weight(const std::string& module) const {
  const Tensor stored = base_.master(module + ".weight");
  const auto specs = config_.weights();
  const auto spec =
      std::find_if(specs.begin(), specs.end(), [&](const auto& s) { return s.name == module + ".weight"; });
  return (spec != specs.end() && spec->transposed ? stored.t() : stored).clone(at::MemoryFormat::Contiguous);
}

Tensor Network::embeddings(std::span<const std::int32_t> tokens) const {
  const Tensor ids = at::empty({static_cast<std::int64_t>(tokens.size())}, at::TensorOptions().dtype(at::kLong));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= config_.vocab_size)
      throw BadInput("the model has no token " + std::to_string(tokens[i]));
    ids.data_ptr<std::int64_t>()[i] = tokens[i];
  }
  return base_.master(config_.names.embedding + ".weight").index_select(0, ids);
}

Tensor Network::keys_and_values(std::span<const std::int32_t> tokens) const {
  const at::NoGradGuard no_gradients;
  static_cast<void>(embeddings(tokens));  // throws for a token that is not there
  Batch batch;
  batch.tokens.assign(tokens.begin(), tokens.end());
  batch.starts.push_back(static_cast<std::int64_t>(tokens.size()));
  const std::int64_t rows = batch.starts.back(), width = config_.num_kv_heads * config_.head_dim;
  const Tensor all =
      at::empty({rows, config_.num_layers, 2, width}, at::TensorOptions().dtype(accumulating(base_.computing())));
  static_cast<void>(run(batch, [&](std::int64_t layer, const Tensor& qkv) {
    const Tensor keys = qkv.narrow(1, config_.num_heads * config_.head_dim, width).to(all.scalar_type());
    all.select(1, layer).select(1, 0).copy_(
        rotated(keys.reshape({rows, config_.num_kv_heads, config_.head_dim}), 1).reshape({rows, width}));
    all.select(1, layer).select(1, 1).copy_(qkv.narrow(1, config_.num_heads * config_.head_dim + width, width));
  }));
  return all.view({rows, config_.num_layers * 2 * width});
}

Tensor Network::rotated(const Tensor& keys, double direction) const {
  const std::int64_t half = config_.rotary_dim() / 2;
  if (half == 0) return keys;
  const Tensor cos = cos_.narrow(0, 0, keys.size(0)).unsqueeze(1),
               sin = sin_.narrow(0, 0, keys.size(0)).unsqueeze(1) * direction;
  const Tensor a = keys.narrow(2, 0, half), b = keys.narrow(2, half, half);
  return at::cat({a * cos - b * sin, b * cos + a * sin, keys.narrow(2, 2 * half, config_.head_dim - 2 * half)}, 2);
}

Tensor Network::prefix_values() const {
  if (!prefix_->through) return prefix_->values;
  const PrefixSite::Through& net = *prefix_->through;
  return at::addmm(net.out_bias, at::addmm(net.in_bias, prefix_->values, net.in_weight.t()).tanh(), net.out_weight.t());
}

Tensor Network::prefix_rows(const Tensor& values, std::int64_t layer) const {
  const std::int64_t tokens = values.size(0), width = config_.num_kv_heads * config_.head_dim;
  const Tensor keys = values.narrow(1, layer * 2 * width, width).to(accumulating(values.scalar_type()));
  const Tensor turned =
      rotated(keys.reshape({tokens, config_.num_kv_heads, config_.head_dim}), -1).reshape({tokens, width});
  const Tensor queries =
      at::zeros({tokens, config_.num_heads * config_.head_dim}, values.options().requires_grad(false));
  return at::cat({queries, turned.to(values.scalar_type()), values.narrow(1, (layer * 2 + 1) * width, width)}, 1);
}

Tensor Network::residual(const Tensor& h, const std::optional<ResidualSite>& site) const {
  if (!site) return h;
  const Tensor inner = activation(site->activation, at::addmm(site->down_bias, h, site->down.t()));
  return h + at::addmm(site->up_bias, inner, site->up.t());
}

Tensor Network::project(const Tensor& x, const Projection& p, std::uint64_t purpose) const {
  const Tensor weight = p.transposed ? base_.leaf(p.weight) : base_.leaf(p.weight).t();
  if (p.deltas.empty() && p.scalings.empty())
    return p.has_bias ? at::addmm(base_.leaf(p.bias), x, weight) : at::mm(x, weight);

  const auto reads_scaled = [](const auto& scaling) { return scaling.second.input; };
  const auto has_magnitude = [](const auto& delta) { return delta.second.magnitude.defined(); };
  Tensor y;
  if (std::none_of(p.scalings.begin(), p.scalings.end(), reads_scaled) &&
      std::none_of(p.deltas.begin(), p.deltas.end(), has_magnitude)) {
    const Tensor plain = p.has_bias ? at::addmm(base_.leaf(p.bias), x, weight) : at::mm(x, weight);
    y = with_deltas(x, plain, p, purpose);
  } else {
    std::vector<Tensor> parts;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < p.modules.size(); first += p.rows[i++]) {
      parts.push_back(one_module(x, weight.narrow(1, first, p.rows[i]), p, p.modules[i], purpose));
    }
    y = parts.size() == 1 ? parts[0] : at::cat(parts, 1);
    if (p.has_bias) y = y + base_.leaf(p.bias);
  }
  if (std::all_of(p.scalings.begin(), p.scalings.end(), reads_scaled)) return y;
  std::vector<Tensor> factors;
  for (std::size_t i = 0; i < p.modules.size(); ++i) {
    const auto found = p.scalings.find(p.modules[i]);
    const bool scaled = found != p.scalings.end() && !found->second.input;
    factors.push_back(scaled ? found->second.factors : at::ones({p.rows[i]}, x.options().requires_grad(false)));
  }
  return y * at::cat(factors);
}

/// The modules of one projection read the same input: their As are stacked, their Bs lie on a block diagonal.
Tensor Network::with_deltas(const Tensor& x, const Tensor& y, const Projection& p, std::uint64_t purpose) const {
  if (p.deltas.empty()) return y;
  std::vector<Tensor> down, up;
  std::int64_t rank = 0;
  double rate = 0;
  for (const auto& [name, site] : p.deltas) {
    rank += site.a.size(0);
    rate = site.dropout;
  }
  std::int64_t before = 0;
  for (std::size_t i = 0; i < p.modules.size(); ++i) {
    const auto found = p.deltas.find(p.modules[i]);
    if (found == p.deltas.end()) {
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

Tensor Network::one_module(const Tensor& x, const Tensor& weight, const Projection& p, const std::string& module,
                           std::uint64_t purpose) const {
  const auto scaling = p.scalings.find(module);
  const Tensor read = scaling != p.scalings.end() && scaling->second.input ? x * scaling->second.factors : x;
  const Tensor y = at::mm(read, weight);
  const auto found = p.deltas.find(module);
  if (found == p.deltas.end()) return y;
  const LowRankSite& site = found->second;
  const bool drops = dropout_key_ != 0 && site.dropout > 0;
  const Tensor dropped = drops ? dropout(read, site.dropout, dropout_key_ * 1000003 + purpose) : read;
  const Tensor low = at::mm(at::mm(dropped, site.a.t()), site.b.t() * site.scale);
  if (!site.magnitude.defined()) return y + low;
  const Tensor length = [&] {
    const at::NoGradGuard no_gradients;
    const at::ScalarType wide = accumulating(x.scalar_type());
    return at::addmm(weight.t().to(wide), site.b.to(wide), site.a.to(wide), 1, site.scale)
        .norm(2, {1})
        .to(x.scalar_type());
  }();
  const Tensor factor = site.magnitude / length;
  // As in PEFT, dropout reaches the whole of what the magnitudes change.
  return drops ? y + (factor - 1) * at::mm(dropped, weight) + factor * low : factor * (y + low);
}

}  // namespace assay::train
