#include "models/local/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "models/dtype.h"

namespace assay::models {
namespace {

/// Rows that run together: enough to read each weight rarely, few enough for their activations to stay in cache.
constexpr std::int64_t kChunkRows = 128;
/// Rows of one head whose scores are held at once.
constexpr std::int64_t kScoreRows = 16;
/// Fewer rows are worked off sooner than threads are told of them.
constexpr std::int64_t kRowsWorthSharing = 8;

void apply_activation(Activation activation, const float* x, std::int64_t width, float* out) {
  const Kernels& kernel = kernels();
  switch (activation) {
    case Activation::silu: kernel.silu(x, width, out); break;
    case Activation::gelu: kernel.gelu(x, width, out); break;
    case Activation::gelu_tanh: kernel.gelu_tanh(x, width, out); break;
    case Activation::relu: kernel.relu(x, width, out); break;
  }
}

/// A matrix [out, in] that is held already, until it is packed.
RowSource held(const std::vector<float>& values, std::int64_t in) {
  return {static_cast<std::int64_t>(values.size()) / in, in, DType::F32, [&values, in](std::int64_t first, std::int64_t count, float* to) {
            std::copy_n(values.begin() + first * in, count * in, to);
          }};
}

}  // namespace

struct Transformer::Norm {
  std::vector<float> weight, bias;
};

/// A bottleneck adapter after a sublayer; absent where `down` has no inputs.
struct Transformer::Module {
  PackedLinear down, up;
  std::int64_t width = 0;
  Activation activation = Activation::relu;
};

struct Transformer::Layer {
  Norm attention, mlp, query, key;
  PackedLinear qkv;      // [queries | keys | values]
  PackedLinear o;
  PackedLinear gate_up;  // [gate | up], or up alone
  PackedLinear down;
  Module after_attention, after_mlp;
};

/// A part of a span that runs in one chunk.
struct Transformer::Piece {
  KvRun* run;
  const std::int32_t* tokens;
  const float* embeddings;  // of its tokens, or null
  std::int64_t count;
  std::int64_t row;     // its first row in the chunk
  std::int64_t base;    // positions of the run filled before
  std::int64_t wanted;  // of its last rows
};

/// What a thread needs to attend.
struct Transformer::Attention {
  /// Positions of a run that a row looks at.
  struct Stretch {
    const KvRun* run;
    std::int64_t skipped;
    std::int64_t length;
  };
  AlignedArray<float> scores, mixed;
  std::vector<Stretch> chain;
};

/// Memory of a chunk, kept from one to the next.
struct Transformer::Scratch {
  struct Task {
    const Piece* piece;
    std::int64_t first, count;
  };
  AlignedArray<float> x, normed, qkv, mixed, wide, narrow, out;
  AlignedArray<float> module_wide, module_out;
  std::vector<Piece> pieces;
  std::vector<Task> tasks;
  std::vector<Attention> attention;  // a thread each
};

Transformer::Transformer(const std::filesystem::path& folder, ModelConfig config, const AdapterWeights* adapter,
                         ComputeType type, int threads)
    : config_(std::move(config)), pool_(config_, type == ComputeType::bf16), threads_(threads), scratch_(std::make_unique<Scratch>()) {
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
  const auto linear = [&](const std::string& at, const std::vector<std::string>& modules, bool bias, bool by_head = false) {
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
      RowSource column{static_cast<std::int64_t>(biases.size()), 1, DType::F32, [given = biases](std::int64_t first, std::int64_t count, float* to) {
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
  if (config_.positions == PositionKind::learned) positions_ = RowTable(rows_of(names.positions + ".weight"), type == ComputeType::bf16);
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
  const auto rows = [](std::int64_t columns) { return AlignedArray<float>(static_cast<std::size_t>(kChunkRows * columns)); };
  s.x = rows(width);
  s.normed = rows(width);
  s.qkv = rows(layers_.front().qkv.padded_out());
  s.mixed = rows(config_.num_heads * config_.head_dim);
  s.wide = rows(layers_.front().gate_up.padded_out());
  s.narrow = rows(config_.intermediate_size);
  s.out = rows(std::max(layers_.front().o.padded_out(), layers_.front().down.padded_out()));
  s.attention.resize(static_cast<std::size_t>(threads_.size()));
  for (Attention& own : s.attention) own.mixed = AlignedArray<float>(static_cast<std::size_t>(kScoreRows * mixed_stride()));
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
        for (std::int64_t h = 0; h < config_.num_kv_heads; ++h) store(*run, l, h, t, keys + h * dim, keys + block + h * dim);
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
  std::vector<Piece>& pieces = scratch_->pieces;
  pieces.clear();
  std::int64_t rows = 0;
  for (const Span& span : spans) {
    const auto count = static_cast<std::int64_t>(span.tokens.size());
    extend_rotations(span.run->start() + span.run->size() + count);
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t take = std::min(count - done, kChunkRows - rows);
      const std::int64_t left = count - done - take;
      const std::int64_t wanted_so_far = std::max<std::int64_t>(0, std::min(take, span.wanted - left));
      const float* embeddings = span.embeddings == nullptr ? nullptr : span.embeddings + done * config_.hidden_size;
      pieces.push_back({span.run, span.tokens.data() + done, embeddings, take, rows, 0, wanted_so_far});
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

float* Transformer::run_chunk(std::span<Piece> pieces, float* hidden) {
  const Kernels& kernel = kernels();
  Scratch& s = *scratch_;
  const std::int64_t width = config_.hidden_size;
  std::int64_t rows = 0;
  for (Piece& piece : pieces) {
    piece.base = piece.run->size();
    rows += piece.count;
  }
  for (const Piece& piece : pieces) piece.run->grow(piece.count);
  const auto each_row = [&](const auto& what) {
    threads_.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t r = first; r < first + count; ++r) what(r);
    });
  };
  /// The same by pieces: what(piece, its first row of this share, their count).
  const auto each_part = [&](const auto& what) {
    threads_.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
      for (const Piece& piece : pieces) {
        const std::int64_t begin = std::max(first, piece.row), end = std::min(first + count, piece.row + piece.count);
        if (begin < end) what(piece, begin - piece.row, end - begin);
      }
    });
  };
  const auto norm_row = [&](const Norm& norm, std::int64_t r) { apply_norm(norm, s.x.data() + r * width, s.normed.data() + r * width); };
  const auto add_row = [&](std::int64_t stride, std::int64_t r) { kernel.add(s.x.data() + r * width, s.out.data() + r * stride, width); };

  each_part([&](const Piece& piece, std::int64_t first, std::int64_t count) { embed(piece, first, count); });
  each_row([&](std::int64_t r) { norm_row(layers_.front().attention, r); });
  const std::int64_t mixed_width = config_.num_heads * config_.head_dim;
  for (std::int64_t l = 0; l < config_.num_layers; ++l) {
    const Layer& layer = layers_[static_cast<std::size_t>(l)];
    const bool last = l + 1 == config_.num_layers;
    layer.qkv.apply(s.normed.data(), width, rows, s.qkv.data(), layer.qkv.padded_out(), threads_);
    each_part([&](const Piece& piece, std::int64_t first, std::int64_t count) { take_keys(piece, first, count, l); });
    if (last) {
      // Of the last layer, rows that nobody wants give keys and values only.
      std::int64_t kept = 0;
      const std::int64_t qkv_width = layer.qkv.padded_out();
      for (Piece& piece : pieces) {
        const std::int64_t skipped = piece.count - piece.wanted;
        const std::int64_t from = piece.row + skipped;
        if (from != kept) {
          std::memmove(s.x.data() + kept * width, s.x.data() + from * width,
                       static_cast<std::size_t>(piece.wanted * width) * sizeof(float));
          std::memmove(s.qkv.data() + kept * qkv_width, s.qkv.data() + from * qkv_width,
                       static_cast<std::size_t>(piece.wanted * qkv_width) * sizeof(float));
        }
        piece.row = kept;
        piece.base += skipped;
        piece.count = piece.wanted;
        kept += piece.wanted;
      }
      rows = kept;
      if (rows == 0) return hidden;
    }
    attend(pieces, l);
    layer.o.apply(s.mixed.data(), mixed_width, rows, s.out.data(), layer.o.padded_out(), threads_);
    adapt(layer.after_attention, rows, layer.o.padded_out());
    each_row([&](std::int64_t r) {
      if (config_.residual != Residual::sequential) norm_row(layer.mlp, r);
      add_row(layer.o.padded_out(), r);
      if (config_.residual == Residual::sequential) norm_row(layer.mlp, r);
    });
    layer.gate_up.apply(s.normed.data(), width, rows, s.wide.data(), layer.gate_up.padded_out(), threads_);
    const std::int64_t inner = config_.intermediate_size;
    each_row([&](std::int64_t r) { activate(s.wide.data() + r * layer.gate_up.padded_out(), s.narrow.data() + r * inner); });
    layer.down.apply(s.narrow.data(), inner, rows, s.out.data(), layer.down.padded_out(), threads_);
    adapt(layer.after_mlp, rows, layer.down.padded_out());
    each_row([&](std::int64_t r) {
      add_row(layer.down.padded_out(), r);
      if (last) {
        apply_norm(*final_norm_, s.x.data() + r * width, hidden + r * width);
      } else {
        norm_row(layers_[static_cast<std::size_t>(l + 1)].attention, r);
      }
    });
  }
  return hidden + rows * width;
}

void Transformer::embed(const Piece& piece, std::int64_t first, std::int64_t count) {
  const Kernels& kernel = kernels();
  const std::int64_t width = config_.hidden_size;
  for (std::int64_t i = first; i < first + count; ++i) {
    float* x = scratch_->x.data() + (piece.row + i) * width;
    if (piece.embeddings == nullptr) {
      embedding_.read(piece.tokens[i], x);
    } else {
      std::memcpy(x, piece.embeddings + i * width, static_cast<std::size_t>(width) * sizeof(float));
    }
    if (config_.embedding_scale != 1.0) kernel.scale(x, static_cast<float>(config_.embedding_scale), width, x);
    if (!positions_.empty()) {
      float* position = scratch_->normed.data() + (piece.row + i) * width;  // not in use yet
      positions_.read(piece.run->start() + piece.base + i, position);
      kernel.add(x, position, width);
    }
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
  apply_activation(config_.activation, up, width, out);
  if (config_.gated_mlp) kernel.multiply(out, up + width, width);
}

/// Adds what the module makes of the rows of Scratch::out to them.
void Transformer::adapt(const Module& module, std::int64_t rows, std::int64_t stride) {
  if (module.width == 0) return;
  Scratch& s = *scratch_;
  const std::int64_t wide = module.down.padded_out(), full = module.up.padded_out();
  module.down.apply(s.out.data(), stride, rows, s.module_wide.data(), wide, threads_);
  const auto each_row = [&](const auto& what) {
    threads_.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t r = first; r < first + count; ++r) what(r);
    });
  };
  each_row([&](std::int64_t r) {
    float* row = s.module_wide.data() + r * wide;
    apply_activation(module.activation, row, module.width, row);
  });
  module.up.apply(s.module_wide.data(), wide, rows, s.module_out.data(), full, threads_);
  each_row([&](std::int64_t r) { kernels().add(s.out.data() + r * stride, s.module_out.data() + r * full, config_.hidden_size); });
}

void Transformer::store(KvRun& run, std::int64_t layer, std::int64_t head, std::int64_t position, const float* key, const float* value) {
  const std::int64_t dim = config_.head_dim, panel = kernels().panel;
  const std::int64_t keys_at = run.keys_at(layer, head) + (position / panel) * dim * panel + position % panel;
  const std::int64_t values_at = run.values_at(layer, head) + position * pool_.value_stride();
  if (pool_.narrow()) {
    std::uint16_t* to = run.halves();
    for (std::int64_t d = 0; d < dim; ++d) to[keys_at + d * panel] = to_bfloat16(key[d]);
    kernels().round_bf16(value, dim, to + values_at);
  } else {
    float* to = run.floats();
    for (std::int64_t d = 0; d < dim; ++d) to[keys_at + d * panel] = key[d];
    std::memcpy(to + values_at, value, static_cast<std::size_t>(dim) * sizeof(float));
  }
}

void Transformer::take_keys(const Piece& piece, std::int64_t first, std::int64_t count, std::int64_t layer) {
  const Kernels& kernel = kernels();
  const std::int64_t dim = config_.head_dim, turning = config_.rotary_dim();
  const Layer& own = layers_[static_cast<std::size_t>(layer)];
  const std::int64_t stride = own.qkv.padded_out();
  for (std::int64_t i = first; i < first + count; ++i) {
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
    for (std::int64_t h = 0; h < config_.num_kv_heads; ++h, key += dim, value += dim) store(*piece.run, layer, h, j, key, value);
  }
}

void Transformer::attend(std::span<const Piece> pieces, std::int64_t layer) {
  std::vector<Scratch::Task>& tasks = scratch_->tasks;
  tasks.clear();
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
      const Scratch::Task& task = tasks[static_cast<std::size_t>(i / config_.num_heads)];
      attend_rows(*task.piece, layer, task.first, task.count, i % config_.num_heads, scratch_->attention[part]);
    }
  });
}

void Transformer::attend_rows(const Piece& piece, std::int64_t layer, std::int64_t first, std::int64_t count,
                              std::int64_t head, Attention& own) {
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
  std::vector<Attention::Stretch>& chain = own.chain;
  chain.clear();
  for (std::int64_t end = visible; const KvRun* run = chain.empty() ? piece.run : chain.back().run->parent().get();) {
    const std::int64_t skipped = std::max<std::int64_t>(0, first_seen(0) - run->start()) / panel * panel;
    chain.push_back({run, skipped, end - run->start()});
    if (first_seen(0) >= run->start()) break;
    end = run->start();
  }
  std::reverse(chain.begin(), chain.end());

  const std::int64_t score_stride = (visible / panel + 2) * panel;
  if (static_cast<std::int64_t>(own.scores.size()) < kScoreRows * score_stride) {
    own.scores = AlignedArray<float>(static_cast<std::size_t>(kScoreRows * score_stride * 2));
  }
  float* const scores = own.scores.data();
  PanelProduct product;
  product.scattered = true;
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
  for (const Attention::Stretch& stretch : chain) {
    // The last panel's columns past the stretch are overwritten by the next stretch or never read.
    product.panel_count = (stretch.length - stretch.skipped + panel - 1) / panel;
    product.out = scores + stretch.run->start() + stretch.skipped;
    multiply(*stretch.run, stretch.run->keys_at(layer, kv_head) + stretch.skipped * dim);
  }

  float sums[kScoreRows];
  const float scale = 1.0F / std::sqrt(static_cast<float>(dim)) * static_cast<float>(config_.score_factor(layer));
  for (std::int64_t r = 0; r < count; ++r) {
    float* row = scores + r * score_stride;
    const std::int64_t from = first_seen(r);
    std::fill(row + chain.front().run->start() + chain.front().skipped, row + from, 0.0F);
    sums[r] = kernel.exponentials(row + from, position + r + 1 - from, visible - from, scale);
  }

  product.row_stride_in = score_stride;
  product.panel_stride = panel;
  product.row_stride = value_stride;
  product.panel_count = mixed_stride() / panel;
  product.out = own.mixed.data();
  product.row_stride_out = mixed_stride();
  for (const Attention::Stretch& stretch : chain) {
    product.rows = scores + stretch.run->start() + stretch.skipped;
    product.depth = stretch.length - stretch.skipped;
    multiply(*stretch.run, stretch.run->values_at(layer, kv_head) + stretch.skipped * value_stride);
    product.accumulate = true;
  }
  for (std::int64_t r = 0; r < count; ++r) {
    kernel.scale(own.mixed.data() + r * mixed_stride(), 1.0F / sums[r], dim,
                 scratch_->mixed.data() + (piece.row + first + r) * config_.num_heads * dim + head * dim);
  }
}

std::int64_t Transformer::mixed_stride() const noexcept {
  const std::int64_t panel = kernels().panel;
  return (config_.head_dim + panel - 1) / panel * panel;
}

std::int64_t Transformer::logits_stride() const noexcept { return head_.padded_out(); }

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

void Transformer::logits(std::span<const float> hidden, std::vector<float>& out) {
  const std::int64_t rows = static_cast<std::int64_t>(hidden.size()) / config_.hidden_size;
  out.resize(static_cast<std::size_t>(rows * logits_stride()));
  head_.apply(hidden.data(), config_.hidden_size, rows, out.data(), logits_stride(), threads_);
}

}  // namespace assay::models
