#include "models/local/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "models/dtype.h"

namespace assay::models {
namespace {

/// Rows that run together: enough to read each weight rarely, few enough for their activations to stay in cache.
constexpr std::int64_t kChunkRows = 128;
/// Rows of one head whose scores are held at once.
constexpr std::int64_t kScoreRows = 16;

}  // namespace

struct Transformer::Norm {
  std::vector<float> weight, bias;
};

struct Transformer::Layer {
  Norm attention, mlp, query, key;
  PackedLinear qkv;      // [queries | keys | values]
  PackedLinear o;
  PackedLinear gate_up;  // [gate | up], or up alone
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
    : config_(std::move(config)), pool_(config_, type == ComputeType::bf16), threads_(threads), scratch_(std::make_unique<Scratch>()) {
  const ModelWeights weights = ModelWeights::open(folder, config_);
  if (adapter != nullptr) adapter->check(config_);

  const WeightForm form = type == ComputeType::bf16   ? WeightForm::bf16
                          : type == ComputeType::int8 ? WeightForm::int8
                                                      : WeightForm::exact;
  const auto plain = [&](const std::string& name) {
    if (adapter != nullptr) {
      const auto replaced = adapter->replacements.find(name);
      if (replaced != adapter->replacements.end()) return replaced->second;
    }
    return to_float(weights.at(name));
  };
  const auto finished = [&](const std::string& name, std::vector<float> values) {
    if (adapter != nullptr) adapter->merge(name, values);
    if (type == ComputeType::bf16) {
      for (float& value : values) value = from_bfloat16(to_bfloat16(value));
    }
    return values;
  };
  const auto read = [&](const std::string& name) { return finished(name, plain(name)); };
  // [out, in], whichever way the file has it.
  const auto read_matrix = [&](const std::string& name, std::int64_t in) {
    std::vector<float> values = plain(name);
    if (config_.transposed_matrices) {
      const std::int64_t out = static_cast<std::int64_t>(values.size()) / in;
      std::vector<float> turned(values.size());
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t o = 0; o < out; ++o) turned[static_cast<std::size_t>(o * in + i)] = values[static_cast<std::size_t>(i * out + o)];
      }
      values.swap(turned);
    }
    return finished(name, std::move(values));
  };
  // Rows [head: q, k, v] become [all q; all k; all v].
  const auto by_kind = [&](const std::vector<float>& rows) {
    const auto block = static_cast<std::ptrdiff_t>(rows.size()) / (3 * config_.num_heads);
    std::vector<float> sorted;
    sorted.reserve(rows.size());
    for (std::ptrdiff_t kind = 0; kind < 3; ++kind) {
      for (std::ptrdiff_t head = 0; head < config_.num_heads; ++head) {
        const auto from = rows.begin() + (head * 3 + kind) * block;
        sorted.insert(sorted.end(), from, from + block);
      }
    }
    return sorted;
  };
  // Matrices that read the same input are one product.
  const auto linear = [&](const std::string& at, const std::vector<std::string>& modules, std::int64_t in, bool bias,
                          bool by_head = false) {
    std::vector<float> matrix, biases;
    for (const std::string& module : modules) {
      const auto part = read_matrix(at + module + ".weight", in);
      matrix.insert(matrix.end(), part.begin(), part.end());
      if (!bias) continue;
      const auto values = read(at + module + ".bias");
      biases.insert(biases.end(), values.begin(), values.end());
    }
    if (by_head) matrix = by_kind(matrix), biases = by_kind(biases);
    return PackedLinear(matrix, static_cast<std::int64_t>(matrix.size()) / in, in, biases, form);
  };
  const auto norm = [&](const std::string& name) {
    Norm result{read(name + ".weight"), {}};
    if (config_.norm == NormKind::rms_plus_one) {
      for (float& weight : result.weight) weight += 1.0F;
    }
    if (config_.norm == NormKind::layer) result.bias = read(name + ".bias");
    return result;
  };

  const std::int64_t width = config_.hidden_size;
  const TensorNames& names = config_.names;
  embedding_ = read(names.embedding + ".weight");
  if (config_.positions == PositionKind::learned) positions_ = read(names.positions + ".weight");
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const std::string at = config_.layer_name(i);
    Layer layer;
    layer.attention = norm(at + names.attention_norm);
    layer.qkv = linear(at, names.qkv, width, config_.qkv_bias, config_.qkv_by_head);
    if (config_.query_key_norm) {
      layer.query = norm(at + names.query_norm);
      layer.key = norm(at + names.key_norm);
    }
    layer.o = linear(at, {names.attention_output}, config_.num_heads * config_.head_dim, config_.attention_output_bias);
    layer.mlp = config_.residual == Residual::parallel_one_norm ? layer.attention : norm(at + names.mlp_norm);
    layer.gate_up = linear(at, names.up, width, config_.mlp_bias);
    layer.down = linear(at, {names.down}, config_.intermediate_size, config_.mlp_bias);
    layers_.push_back(std::move(layer));
  }
  final_norm_ = std::make_unique<Norm>(norm(names.final_norm));
  const auto head_bias = config_.head_bias ? read(names.head + ".bias") : std::vector<float>();
  if (config_.tie_word_embeddings) {
    head_ = PackedLinear(embedding_, config_.vocab_size, width, head_bias, form);
  } else {
    head_ = PackedLinear(read(names.head + ".weight"), config_.vocab_size, width, head_bias, form);
  }

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
  if (config_.positions != PositionKind::rotary) return;
  const std::int64_t half = config_.rotary_dim() / 2;
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
    embed(piece);
    rows += piece.count;
  }
  const std::int64_t mixed_width = config_.num_heads * config_.head_dim;
  for (std::int64_t l = 0; l < config_.num_layers; ++l) {
    const Layer& layer = layers_[static_cast<std::size_t>(l)];
    const auto norm_all = [&](const Norm& norm) {
      for (std::int64_t r = 0; r < rows; ++r) apply_norm(norm, s.x.data() + r * width, s.normed.data() + r * width);
    };
    const auto add_all = [&](std::int64_t stride) {
      for (std::int64_t r = 0; r < rows; ++r) kernel.add(s.x.data() + r * width, s.out.data() + r * stride, width);
    };
    norm_all(layer.attention);
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
    if (config_.residual == Residual::sequential) {
      add_all(layer.o.padded_out());
      norm_all(layer.mlp);
    } else {
      norm_all(layer.mlp);
      add_all(layer.o.padded_out());
    }
    layer.gate_up.apply(s.normed.data(), width, rows, s.wide.data(), layer.gate_up.padded_out(), threads_);
    const std::int64_t inner = config_.intermediate_size;
    for (std::int64_t r = 0; r < rows; ++r) {
      activate(s.wide.data() + r * layer.gate_up.padded_out(), s.narrow.data() + r * inner);
    }
    layer.down.apply(s.narrow.data(), inner, rows, s.out.data(), layer.down.padded_out(), threads_);
    add_all(layer.down.padded_out());
  }
  for (std::int64_t r = 0; r < rows; ++r, hidden += width) {
    apply_norm(*final_norm_, s.x.data() + r * width, hidden);
  }
  for (const Piece& piece : given) piece.run->grow(piece.count);
  return hidden;
}

void Transformer::embed(const Piece& piece) {
  const Kernels& kernel = kernels();
  const std::int64_t width = config_.hidden_size;
  for (std::int64_t i = 0; i < piece.count; ++i) {
    float* x = scratch_->x.data() + (piece.row + i) * width;
    std::memcpy(x, embedding_.data() + std::int64_t{piece.tokens[i]} * width, static_cast<std::size_t>(width) * sizeof(float));
    if (config_.embedding_scale != 1.0) kernel.scale(x, static_cast<float>(config_.embedding_scale), width, x);
    if (!positions_.empty()) kernel.add(x, positions_.data() + (piece.run->start() + piece.base + i) * width, width);
  }
}

void Transformer::apply_norm(const Norm& norm, const float* x, float* out) const {
  const auto width = static_cast<std::int64_t>(norm.weight.size());
  const auto epsilon = static_cast<float>(config_.norm_epsilon);
  if (config_.norm == NormKind::layer) {
    kernels().layer_norm(x, norm.weight.data(), norm.bias.data(), width, epsilon, out);
  } else {
    kernels().rms_norm(x, norm.weight.data(), width, epsilon, out);
  }
}

void Transformer::activate(const float* up, float* out) const {
  const Kernels& kernel = kernels();
  const std::int64_t width = config_.intermediate_size;
  if (config_.gated_mlp && config_.activation == Activation::silu) {
    kernel.swiglu(up, up + width, width, out);
    return;
  }
  switch (config_.activation) {
    case Activation::silu: kernel.silu(up, width, out); break;
    case Activation::gelu: kernel.gelu(up, width, out); break;
    case Activation::gelu_tanh: kernel.gelu_tanh(up, width, out); break;
    case Activation::relu: kernel.relu(up, width, out); break;
  }
  if (config_.gated_mlp) kernel.multiply(out, up + width, width);
}

void Transformer::take_keys(const Piece& piece, std::int64_t layer) {
  const Kernels& kernel = kernels();
  const std::int64_t dim = config_.head_dim, turning = config_.rotary_dim(), panel = kernel.panel;
  const Layer& own = layers_[static_cast<std::size_t>(layer)];
  const std::int64_t stride = own.qkv.padded_out();
  for (std::int64_t i = 0; i < piece.count; ++i) {
    float* row = scratch_->qkv.data() + (piece.row + i) * stride;
    const std::int64_t position = piece.run->start() + piece.base + i;
    // Queries and keys lie side by side and turn by the same angles.
    if (config_.query_key_norm) {
      for (std::int64_t h = 0; h < config_.num_heads + config_.num_kv_heads; ++h) {
        apply_norm(h < config_.num_heads ? own.query : own.key, row + h * dim, row + h * dim);
      }
    }
    if (turning > 0) {
      kernel.rotate(row, config_.num_heads + config_.num_kv_heads, dim, turning, cos_.data() + position * (turning / 2),
                    sin_.data() + position * (turning / 2));
    }
    const std::int64_t j = piece.base + i;
    const float* key = row + config_.num_heads * dim;
    const float* value = key + config_.num_kv_heads * dim;
    for (std::int64_t h = 0; h < config_.num_kv_heads; ++h, key += dim, value += dim) {
      const std::int64_t keys_at = piece.run->keys_at(layer, h) + (j / panel) * dim * panel + j % panel;
      const std::int64_t values_at = piece.run->values_at(layer, h) + j * pool_.value_stride();
      if (pool_.narrow()) {
        std::uint16_t* to = piece.run->halves();
        for (std::int64_t d = 0; d < dim; ++d) to[keys_at + d * panel] = to_bfloat16(key[d]);
        for (std::int64_t d = 0; d < dim; ++d) to[values_at + d] = to_bfloat16(value[d]);
      } else {
        float* to = piece.run->floats();
        for (std::int64_t d = 0; d < dim; ++d) to[keys_at + d * panel] = key[d];
        std::memcpy(to + values_at, value, static_cast<std::size_t>(dim) * sizeof(float));
      }
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

  const std::int64_t window = config_.window(layer);
  const auto first_seen = [&](std::int64_t row) { return window == 0 ? 0 : std::max<std::int64_t>(0, position + row + 1 - window); };

  // Runs that a window leaves behind are passed over, by whole panels of the first that it reaches into. What is passed
  // over would have added nothing but zeros, so the bits stay the same.
  struct Stretch {
    const KvRun* run;
    std::int64_t skipped;
    std::int64_t length;
  };
  std::vector<Stretch> chain;
  for (std::int64_t end = visible; const KvRun* run = chain.empty() ? piece.run : chain.back().run->parent().get();) {
    const std::int64_t skipped = std::max<std::int64_t>(0, first_seen(0) - run->start()) / panel * panel;
    chain.push_back({run, skipped, end - run->start()});
    if (first_seen(0) >= run->start()) break;
    end = run->start();
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
  const auto multiply = [&](const KvRun& run, std::int64_t at) {
    if (pool_.narrow()) {
      kernel.product_bf16(product, run.halves() + at);
    } else {
      kernel.product(product, run.floats() + at);
    }
  };
  for (const Stretch& stretch : chain) {
    // The last panel's columns past the stretch are overwritten by the next stretch or never read.
    product.panel_count = (stretch.length - stretch.skipped + panel - 1) / panel;
    product.out = scores.data() + stretch.run->start() + stretch.skipped;
    multiply(*stretch.run, stretch.run->keys_at(layer, kv_head) + stretch.skipped * dim);
  }

  float sums[kScoreRows];
  const float scale = 1.0F / std::sqrt(static_cast<float>(dim)) * static_cast<float>(config_.score_factor(layer));
  for (std::int64_t r = 0; r < count; ++r) {
    float* row = scores.data() + r * score_stride;
    const std::int64_t from = first_seen(r);
    std::fill(row + chain.front().run->start() + chain.front().skipped, row + from, 0.0F);
    sums[r] = kernel.exponentials(row + from, position + r + 1 - from, visible - from, scale);
  }

  product.row_stride_in = score_stride;
  product.panel_stride = panel;
  product.row_stride = value_stride;
  product.panel_count = value_stride / panel;
  product.out = mixed.data();
  product.row_stride_out = value_stride;
  for (const Stretch& stretch : chain) {
    product.rows = scores.data() + stretch.run->start() + stretch.skipped;
    product.depth = stretch.length - stretch.skipped;
    multiply(*stretch.run, stretch.run->values_at(layer, kv_head) + stretch.skipped * value_stride);
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
