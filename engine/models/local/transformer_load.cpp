// How a Transformer comes to its weights.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "models/dtype.h"
#include "models/local/transformer_parts.h"

namespace assay::models {
namespace {

/// A matrix [out, in] that is held already, until it is packed.
RowSource held(const std::vector<float>& values, std::int64_t in) {
  return {static_cast<std::int64_t>(values.size()) / in, in, DType::F32,
          [&values, in](std::int64_t first, std::int64_t count, float* to) {
            std::copy_n(values.begin() + first * in, count * in, to);
          }};
}

}  // namespace

Transformer::Transformer(const std::filesystem::path& folder, ModelConfig config, const AdapterWeights* adapter,
                         ComputeType type, int threads)
    : config_(std::move(config)),
      pool_(config_, type == ComputeType::bf16),
      threads_(threads),
      scratch_(std::make_unique<Scratch>()) {
  weights_ = ModelWeights::open(folder, config_);
  if (adapter != nullptr) adapter->check(config_);

  const WeightForm form = type == ComputeType::bf16   ? WeightForm::bf16
                          : type == ComputeType::int8 ? WeightForm::int8
                                                      : WeightForm::exact;
  std::map<std::string, WeightSpec> specs;
  for (WeightSpec& spec : config_.weights()) specs.emplace(spec.name, std::move(spec));
  const auto rows_of = [&](const std::string& name) { return WeightRows(weights_, specs.at(name), adapter); };
  const auto vector = [&](const std::string& name) {
    const WeightRows rows = rows_of(name);
    std::vector<float> values(static_cast<std::size_t>(rows.out()));
    rows.read(0, rows.out(), values.data());
    if (type == ComputeType::bf16) {
      for (float& value : values) value = from_bfloat16(to_bfloat16(value));
    }
    return values;
  };
  const auto linear = [&](const std::string& at, const std::vector<std::string>& modules, bool bias,
                          bool by_head = false) {
    std::vector<WeightRows> parts;
    std::vector<float> biases;
    for (const std::string& module : modules) {
      parts.push_back(rows_of(at + module + ".weight"));
      if (!bias) continue;
      const auto values = vector(at + module + ".bias");
      biases.insert(biases.end(), values.begin(), values.end());
    }
    RowSource matrix = stacked(std::move(parts));
    if (by_head) {
      matrix = by_kind(std::move(matrix), config_.num_heads);
      RowSource column{static_cast<std::int64_t>(biases.size()), 1, DType::F32,
                       [given = biases](std::int64_t first, std::int64_t count, float* to) {
                         std::copy_n(given.begin() + first, count, to);
                       }};
      by_kind(std::move(column), config_.num_heads).read(0, static_cast<std::int64_t>(biases.size()), biases.data());
    }
    return PackedLinear(matrix, biases, form, threads_);
  };
  const auto norm = [&](const std::string& name) {
    Norm result{vector(name + ".weight"), {}};
    if (config_.norm == NormKind::rms_plus_one) {
      for (float& weight : result.weight) weight += 1.0F;
    }
    if (config_.norm == NormKind::layer) result.bias = vector(name + ".bias");
    return result;
  };

  const std::int64_t width = config_.hidden_size;
  const TensorNames& names = config_.names;
  embedding_ = RowTable(rows_of(names.embedding + ".weight"), type == ComputeType::bf16);
  if (config_.positions == PositionKind::learned)
    positions_ = RowTable(rows_of(names.positions + ".weight"), type == ComputeType::bf16);
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const std::string at = config_.layer_name(i);
    Layer layer;
    layer.attention = norm(at + names.attention_norm);
    layer.qkv = linear(at, names.qkv, config_.qkv_bias, config_.qkv_by_head);
    if (config_.query_key_norm) {
      layer.query = norm(at + names.query_norm);
      layer.key = norm(at + names.key_norm);
    }
    layer.o = linear(at, {names.attention_output}, config_.attention_output_bias);
    layer.mlp = config_.residual == Residual::parallel_one_norm ? layer.attention : norm(at + names.mlp_norm);
    layer.gate_up = linear(at, names.up, config_.mlp_bias);
    layer.down = linear(at, {names.down}, config_.mlp_bias);
    layers_.push_back(std::move(layer));
  }
  final_norm_ = std::make_unique<Norm>(norm(names.final_norm));
  const auto head_bias = config_.head_bias ? vector(names.head + ".bias") : std::vector<float>();
  const std::string& head = config_.tie_word_embeddings ? names.embedding : names.head;
  head_ = PackedLinear(stacked({rows_of(head + ".weight")}), head_bias, form, threads_);

  if (adapter != nullptr) {
    for (const ResidualModule& given : adapter->residuals) {
      Layer& layer = layers_[static_cast<std::size_t>(given.layer)];
      Module& module = given.after_attention ? layer.after_attention : layer.after_mlp;
      const WeightForm own = form == WeightForm::int8 ? WeightForm::exact : form;
      module.width = static_cast<std::int64_t>(given.down_bias.size());
      module.activation = given.activation;
      module.down = PackedLinear(held(given.down, width), given.down_bias, own, threads_);
      module.up = PackedLinear(held(given.up, module.width), given.up_bias, own, threads_);
    }
  }

  Scratch& s = *scratch_;
  const auto rows = [](std::int64_t columns) {
    return AlignedArray<float>(static_cast<std::size_t>(kChunkRows * columns));
  };
  s.x = rows(width);
  s.normed = rows(width);
  s.qkv = rows(layers_.front().qkv.padded_out());
  s.mixed = rows(config_.num_heads * config_.head_dim);
  s.wide = rows(layers_.front().gate_up.padded_out());
  s.narrow = rows(config_.intermediate_size);
  s.out = rows(std::max(layers_.front().o.padded_out(), layers_.front().down.padded_out()));
  s.attention.resize(static_cast<std::size_t>(threads_.size()));
  for (Attention& own : s.attention)
    own.mixed = AlignedArray<float>(static_cast<std::size_t>(kScoreRows * mixed_stride()));
  std::size_t module_wide = 0, module_out = 0;
  for (const Layer& layer : layers_) {
    for (const Module* module : {&layer.after_attention, &layer.after_mlp}) {
      if (module->width == 0) continue;
      module_wide = std::max(module_wide, static_cast<std::size_t>(kChunkRows * module->down.padded_out()));
      module_out = std::max(module_out, static_cast<std::size_t>(kChunkRows * module->up.padded_out()));
    }
  }
  s.module_wide = AlignedArray<float>(module_wide);
  s.module_out = AlignedArray<float>(module_out);
  if (adapter != nullptr) put_before_texts(*adapter);
}

Transformer::~Transformer() = default;

void Transformer::put_before_texts(const AdapterWeights& adapter) {
  if (adapter.prefix) {
    const PrefixKeysAndValues& prefix = *adapter.prefix;
    const auto run = pool_.make(nullptr, 0, prefix.tokens);
    const std::int64_t dim = config_.head_dim, block = config_.num_kv_heads * dim;
    for (std::int64_t t = 0; t < prefix.tokens; ++t) {
      for (std::int64_t l = 0; l < config_.num_layers; ++l) {
        const float* keys = prefix.values.data() + (t * config_.num_layers + l) * 2 * block;
        for (std::int64_t h = 0; h < config_.num_kv_heads; ++h)
          store(*run, l, h, t, keys + h * dim, keys + block + h * dim);
      }
    }
    run->grow(prefix.tokens);
    pool_.set_root(run);
  }
  if (adapter.prompt) {
    const PrefixEmbeddings& prompt = *adapter.prompt;
    const auto run = pool_.make(nullptr, 0, prompt.tokens);
    const std::vector<std::int32_t> none(static_cast<std::size_t>(prompt.tokens));
    std::vector<float> hidden;
    const Span span{run.get(), none, 0, prompt.values.data()};
    forward({&span, 1}, hidden);
    pool_.set_root(run);
  }
}

double Transformer::rounding_error() const {
  PackedLinear::Rounding sum = head_.rounding();
  for (const Layer& layer : layers_) {
    for (const PackedLinear* linear : {&layer.qkv, &layer.o, &layer.gate_up, &layer.down}) {
      sum.error += linear->rounding().error;
      sum.total += linear->rounding().total;
    }
  }
  return sum.total > 0 ? std::sqrt(sum.error / sum.total) : 0;
}

}  // namespace assay::models
