#include "models/local/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace assay::models {
namespace {

/// Rows that run together: enough to read each weight rarely, few enough for their activations to stay in cache.
constexpr std::int64_t kChunkRows = 128;
/// Rows of one head whose scores are held at once.
constexpr std::int64_t kScoreRows = 16;

}  // namespace

struct Transformer::Layer {
  std::vector<float> attention_norm, mlp_norm;
  PackedLinear qkv;      // [queries | keys | values]
  PackedLinear o;
  PackedLinear gate_up;  // [gate | up]
  PackedLinear down;
};

struct Transformer::Scratch {
  std::vector<float> x, normed, qkv, mixed, wide, narrow, out;
  std::vector<std::vector<float>> scores, head_mixed;  // a thread each
};

/// A part of a span that runs in one chunk.
struct Transformer::Piece {
  KvRun* run;
  const std::int32_t* tokens;
  std::int64_t count;
  std::int64_t row;     // its first row in the chunk
  std::int64_t base;    // positions of the run filled before
  std::int64_t wanted;  // of its last rows
};

Transformer::Transformer(const std::filesystem::path& folder, ModelConfig config, const AdapterWeights* adapter,
                         ComputeType type, int threads)
    : config_(std::move(config)), pool_(config_), threads_(threads), scratch_(std::make_unique<Scratch>()) {
  const ModelWeights weights = ModelWeights::open(folder, config_);
  if (adapter != nullptr) adapter->check(config_);

  const WeightForm form = type == ComputeType::bf16   ? WeightForm::bf16
                          : type == ComputeType::int8 ? WeightForm::int8
                                                      : WeightForm::exact;
  const auto read = [&](const std::string& name) {
    std::vector<float> values;
    const auto replaced = adapter == nullptr ? decltype(adapter->replacements.end()){} : adapter->replacements.find(name);
    if (adapter != nullptr && replaced != adapter->replacements.end()) {
      values = replaced->second;
    } else {
      values = to_float(weights.at(name));
    }
    if (adapter != nullptr) adapter->merge(name, values);
    if (type == ComputeType::bf16) {
      for (float& value : values) value = from_bfloat16(to_bfloat16(value));
    }
    return values;
  };
  // Matrices that read the same input are one product.
  const auto linear = [&](const std::vector<std::string>& modules, std::int64_t in, bool bias) {
    std::vector<float> matrix, biases;
    for (const std::string& module : modules) {
      const auto part = read(module + ".weight");
      matrix.insert(matrix.end(), part.begin(), part.end());
      if (!bias) continue;
      const auto values = read(module + ".bias");
      biases.insert(biases.end(), values.begin(), values.end());
    }
    return PackedLinear(matrix, static_cast<std::int64_t>(matrix.size()) / in, in, biases, form);
  };

  const std::int64_t width = config_.hidden_size;
  embedding_ = read("model.embed_tokens.weight");
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const std::string at = "model.layers." + std::to_string(i) + ".";
    Layer layer;
    layer.attention_norm = read(at + "input_layernorm.weight");
    layer.qkv = linear({at + "self_attn.q_proj", at + "self_attn.k_proj", at + "self_attn.v_proj"}, width, config_.attention_bias);
    layer.o = linear({at + "self_attn.o_proj"}, config_.num_heads * config_.head_dim, config_.attention_bias);
    layer.mlp_norm = read(at + "post_attention_layernorm.weight");
    layer.gate_up = linear({at + "mlp.gate_proj", at + "mlp.up_proj"}, width, config_.mlp_bias);
    layer.down = linear({at + "mlp.down_proj"}, config_.intermediate_size, config_.mlp_bias);
    layers_.push_back(std::move(layer));
  }
  final_norm_ = read("model.norm.weight");
  head_ = config_.tie_word_embeddings ? PackedLinear(embedding_, config_.vocab_size, width, {}, form)
                                      : linear({"lm_head"}, width, false);

  Scratch& s = *scratch_;
  const auto rows = [](std::int64_t columns) { return static_cast<std::size_t>(kChunkRows * columns); };
  s.x.resize(rows(width));
  s.normed.resize(rows(width));
  s.qkv.resize(rows(layers_.front().qkv.padded_out()));
  s.mixed.resize(rows(config_.num_heads * config_.head_dim));
  s.wide.resize(rows(layers_.front().gate_up.padded_out()));
  s.narrow.resize(rows(config_.intermediate_size));
  s.out.resize(rows(std::max(layers_.front().o.padded_out(), layers_.front().down.padded_out())));
  s.scores.resize(static_cast<std::size_t>(threads_.size()));
  s.head_mixed.assign(static_cast<std::size_t>(threads_.size()),
                      std::vector<float>(static_cast<std::size_t>(kScoreRows * pool_.value_stride())));
}

Transformer::~Transformer() = default;

void Transformer::extend_rotations(std::int64_t positions) {
  const std::int64_t half = config_.head_dim / 2;
  const std::int64_t have = static_cast<std::int64_t>(cos_.size()) / half;
  if (positions <= have) return;
  const std::int64_t target = std::max(positions, std::min(2 * have, config_.max_position_embeddings));
  const auto frequencies = config_.rope_frequencies();
  for (std::int64_t position = have; position < target; ++position) {
    for (const double frequency : frequencies) {
      cos_.push_back(static_cast<float>(std::cos(static_cast<double>(position) * frequency)));
      sin_.push_back(static_cast<float>(std::sin(static_cast<double>(position) * frequency)));
    }
  }
}

void Transformer::forward(std::span<const Span> spans, std::vector<float>& hidden) {
  std::int64_t wanted = 0;
  for (const Span& span : spans) wanted += span.wanted;
  hidden.resize(static_cast<std::size_t>(wanted * config_.hidden_size));

  float* out = hidden.data();
  std::vector<Piece> pieces;
  std::int64_t rows = 0;
  for (const Span& span : spans) {
    const auto count = static_cast<std::int64_t>(span.tokens.size());
    extend_rotations(span.run->start() + span.run->size() + count);
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t take = std::min(count - done, kChunkRows - rows);
      const std::int64_t left = count - done - take;
      const std::int64_t wanted_so_far = std::max<std::int64_t>(0, std::min(take, span.wanted - left));
      pieces.push_back({span.run, span.tokens.data() + done, take, rows, 0, wanted_so_far});
      done += take;
      rows += take;
      if (rows == kChunkRows) {
        out = run_chunk(pieces, out);
        pieces.clear();
        rows = 0;
      }
    }
  }
  if (rows > 0) run_chunk(pieces, out);
}

float* Transformer::run_chunk(std::span<const Piece> given, float* hidden) {
  const Kernels& kernel = kernels();
  Scratch& s = *scratch_;
  const std::int64_t width = config_.hidden_size;
  std::vector<Piece> pieces(given.begin(), given.end());
  std::int64_t rows = 0;
  for (Piece& piece : pieces) {
    piece.base = piece.run->size();
    for (std::int64_t i = 0; i < piece.count; ++i) {
      std::memcpy(s.x.data() + (piece.row + i) * width, embedding_.data() + std::int64_t{piece.tokens[i]} * width,
                  static_cast<std::size_t>(width) * sizeof(float));
    }
    rows += piece.count;
  }
  const std::int64_t mixed_width = config_.num_heads * config_.head_dim;
  for (std::int64_t l = 0; l < config_.num_layers; ++l) {
    const Layer& layer = layers_[static_cast<std::size_t>(l)];
    const auto norm_all = [&](const std::vector<float>& weight) {
      for (std::int64_t r = 0; r < rows; ++r) {
        kernel.rms_norm(s.x.data() + r * width, weight.data(), width, static_cast<float>(config_.rms_norm_eps),
                        s.normed.data() + r * width);
      }
    };
    const auto add_all = [&](std::int64_t stride) {
      for (std::int64_t r = 0; r < rows; ++r) kernel.add(s.x.data() + r * width, s.out.data() + r * stride, width);
    };
    norm_all(layer.attention_norm);
    layer.qkv.apply(s.normed.data(), width, rows, s.qkv.data(), layer.qkv.padded_out(), threads_);
    for (const Piece& piece : pieces) take_keys(piece, l);
    if (l + 1 == config_.num_layers) {
      // Of the last layer, rows that nobody wants give keys and values only.
      std::int64_t kept = 0;
      const std::int64_t qkv_width = layer.qkv.padded_out();
      for (Piece& piece : pieces) {
        const std::int64_t skipped = piece.count - piece.wanted;
        const std::int64_t from = piece.row + skipped;
        std::memmove(s.x.data() + kept * width, s.x.data() + from * width,
                     static_cast<std::size_t>(piece.wanted * width) * sizeof(float));
        std::memmove(s.qkv.data() + kept * qkv_width, s.qkv.data() + from * qkv_width,
                     static_cast<std::size_t>(piece.wanted * qkv_width) * sizeof(float));
        piece.row = kept;
        piece.base += skipped;
        piece.count = piece.wanted;
        kept += piece.wanted;
      }
      rows = kept;
      if (rows == 0) break;
    }
    attend(pieces, l);
    layer.o.apply(s.mixed.data(), mixed_width, rows, s.out.data(), layer.o.padded_out(), threads_);
    add_all(layer.o.padded_out());

    norm_all(layer.mlp_norm);
    layer.gate_up.apply(s.normed.data(), width, rows, s.wide.data(), layer.gate_up.padded_out(), threads_);
    const std::int64_t inner = config_.intermediate_size;
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* gate = s.wide.data() + r * layer.gate_up.padded_out();
      kernel.swiglu(gate, gate + inner, inner, s.narrow.data() + r * inner);
    }
    layer.down.apply(s.narrow.data(), inner, rows, s.out.data(), layer.down.padded_out(), threads_);
    add_all(layer.down.padded_out());
  }
  for (std::int64_t r = 0; r < rows; ++r, hidden += width) {
    kernel.rms_norm(s.x.data() + r * width, final_norm_.data(), width, static_cast<float>(config_.rms_norm_eps), hidden);
  }
  for (const Piece& piece : given) piece.run->grow(piece.count);
  return hidden;
}

void Transformer::take_keys(const Piece& piece, std::int64_t layer) {
  const Kernels& kernel = kernels();
  const std::int64_t dim = config_.head_dim, half = dim / 2, panel = kernel.panel;
  const std::int64_t stride = layers_[static_cast<std::size_t>(layer)].qkv.padded_out();
  for (std::int64_t i = 0; i < piece.count; ++i) {
    float* row = scratch_->qkv.data() + (piece.row + i) * stride;
    const std::int64_t position = piece.run->start() + piece.base + i;
    // Queries and keys lie side by side and turn by the same angles.
    kernel.rotate(row, config_.num_heads + config_.num_kv_heads, dim, cos_.data() + position * half, sin_.data() + position * half);
    const std::int64_t j = piece.base + i;
    const float* key = row + config_.num_heads * dim;
    const float* value = key + config_.num_kv_heads * dim;
    for (std::int64_t h = 0; h < config_.num_kv_heads; ++h, key += dim, value += dim) {
      float* keys = piece.run->keys(layer, h) + (j / panel) * dim * panel + j % panel;
      for (std::int64_t d = 0; d < dim; ++d) keys[d * panel] = key[d];
      std::memcpy(piece.run->values(layer, h) + j * pool_.value_stride(), value, static_cast<std::size_t>(dim) * sizeof(float));
    }
  }
}

void Transformer::attend(std::span<const Piece> pieces, std::int64_t layer) {
  struct Task {
    const Piece* piece;
    std::int64_t first, count;
  };
  std::vector<Task> tasks;
  for (const Piece& piece : pieces) {
    for (std::int64_t first = 0; first < piece.count; first += kScoreRows) {
      tasks.push_back({&piece, first, std::min(kScoreRows, piece.count - first)});
    }
  }
  const auto total = static_cast<std::int64_t>(tasks.size()) * config_.num_heads;
  const std::int64_t team = std::min<std::int64_t>(threads_.size(), total);
  threads_.run(static_cast<std::size_t>(team), [&](std::size_t part) {
    const std::int64_t last = total * static_cast<std::int64_t>(part + 1) / team;
    for (std::int64_t i = total * static_cast<std::int64_t>(part) / team; i < last; ++i) {
      const Task& task = tasks[static_cast<std::size_t>(i / config_.num_heads)];
      attend_rows(*task.piece, layer, task.first, task.count, i % config_.num_heads, scratch_->scores[part],
                  scratch_->head_mixed[part]);
    }
  });
}

void Transformer::attend_rows(const Piece& piece, std::int64_t layer, std::int64_t first, std::int64_t count,
                              std::int64_t head, std::vector<float>& scores, std::vector<float>& mixed) {
  const Kernels& kernel = kernels();
  const std::int64_t dim = config_.head_dim, panel = kernel.panel, value_stride = pool_.value_stride();
  const std::int64_t kv_head = head / (config_.num_heads / config_.num_kv_heads);
  const std::int64_t qkv_stride = layers_[static_cast<std::size_t>(layer)].qkv.padded_out();
  const std::int64_t position = piece.run->start() + piece.base + first;  // of the first row
  const std::int64_t visible = position + count;                         // keys that the last row sees

  struct Stretch {
    const KvRun* run;
    std::int64_t length;
  };
  std::vector<Stretch> chain{{piece.run, visible - piece.run->start()}};
  for (const KvRun* run = piece.run; run->parent() != nullptr; run = run->parent().get()) {
    chain.push_back({run->parent().get(), run->parent_used()});
  }
  std::reverse(chain.begin(), chain.end());

  const std::int64_t score_stride = (visible / panel + 2) * panel;
  if (static_cast<std::int64_t>(scores.size()) < kScoreRows * score_stride) {
    scores.resize(static_cast<std::size_t>(kScoreRows * score_stride * 2));
  }
  PanelProduct product;
  product.row_count = count;
  product.rows = scratch_->qkv.data() + (piece.row + first) * qkv_stride + head * dim;
  product.row_stride_in = qkv_stride;
  product.panel_stride = dim * panel;
  product.row_stride = panel;
  product.depth = dim;
  product.row_stride_out = score_stride;
  for (const Stretch& stretch : chain) {
    // The last panel's columns past the stretch are overwritten by the next stretch or never read.
    product.panel_count = (stretch.length + panel - 1) / panel;
    product.out = scores.data() + stretch.run->start();
    kernel.product(product, stretch.run->keys(layer, kv_head));
  }

  float sums[kScoreRows];
  const float scale = 1.0F / std::sqrt(static_cast<float>(dim));
  for (std::int64_t r = 0; r < count; ++r) {
    sums[r] = kernel.exponentials(scores.data() + r * score_stride, position + r + 1, visible, scale);
  }

  product.row_stride_in = score_stride;
  product.panel_stride = panel;
  product.row_stride = value_stride;
  product.panel_count = value_stride / panel;
  product.out = mixed.data();
  product.row_stride_out = value_stride;
  for (const Stretch& stretch : chain) {
    product.rows = scores.data() + stretch.run->start();
    product.depth = stretch.length;
    kernel.product(product, stretch.run->values(layer, kv_head));
    product.accumulate = true;
  }
  for (std::int64_t r = 0; r < count; ++r) {
    kernel.scale(mixed.data() + r * value_stride, 1.0F / sums[r], dim,
                 scratch_->mixed.data() + (piece.row + first + r) * config_.num_heads * dim + head * dim);
  }
}

std::int64_t Transformer::logits_stride() const noexcept { return head_.padded_out(); }

void Transformer::logits(std::span<const float> hidden, std::vector<float>& out) {
  const std::int64_t rows = static_cast<std::int64_t>(hidden.size()) / config_.hidden_size;
  out.resize(static_cast<std::size_t>(rows * logits_stride()));
  head_.apply(hidden.data(), config_.hidden_size, rows, out.data(), logits_stride(), threads_);
}

}  // namespace assay::models
