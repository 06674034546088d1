#include "models/local/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/dtype.h"
#include "models/local/transformer_parts.h"

namespace assay::models {
namespace {

void apply_activation(Activation activation, const float* x, std::int64_t width, float* out) {
  const Kernels& kernel = kernels();
  switch (activation) {
    case Activation::silu:
      kernel.silu(x, width, out);
      break;
    case Activation::gelu:
      kernel.gelu(x, width, out);
      break;
    case Activation::gelu_tanh:
      kernel.gelu_tanh(x, width, out);
      break;
    case Activation::relu:
      kernel.relu(x, width, out);
      break;
  }
}

/// Calls what(row) for each row.
template <class What>
void share_rows(ThreadPool& threads, std::int64_t rows, const What& what) {
  threads.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t r = first; r < first + count; ++r) what(r);
  });
}

}  // namespace

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
  const auto each_row = [&](const auto& what) { share_rows(threads_, rows, what); };
  /// The same by pieces: what(piece, its first row of this share, their count).
  const auto each_part = [&](const auto& what) {
    threads_.share(rows, kRowsWorthSharing, [&](std::int64_t first, std::int64_t count) {
      for (const Piece& piece : pieces) {
        const std::int64_t begin = std::max(first, piece.row), end = std::min(first + count, piece.row + piece.count);
        if (begin < end) what(piece, begin - piece.row, end - begin);
      }
    });
  };
  const auto norm_row = [&](const Norm& norm, std::int64_t r) {
    apply_norm(norm, s.x.data() + r * width, s.normed.data() + r * width);
  };
  const auto add_row = [&](std::int64_t stride, std::int64_t r) {
    kernel.add(s.x.data() + r * width, s.out.data() + r * stride, width);
  };

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
    each_row(
        [&](std::int64_t r) { activate(s.wide.data() + r * layer.gate_up.padded_out(), s.narrow.data() + r * inner); });
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
  share_rows(threads_, rows, [&](std::int64_t r) {
    float* row = s.module_wide.data() + r * wide;
    apply_activation(module.activation, row, module.width, row);
  });
  module.up.apply(s.module_wide.data(), wide, rows, s.module_out.data(), full, threads_);
  share_rows(threads_, rows, [&](std::int64_t r) {
    kernels().add(s.out.data() + r * stride, s.module_out.data() + r * full, config_.hidden_size);
  });
}

void Transformer::store(KvRun& run, std::int64_t layer, std::int64_t head, std::int64_t position, const float* key,
                        const float* value) {
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
    for (std::int64_t h = 0; h < config_.num_kv_heads; ++h, key += dim, value += dim)
      store(*piece.run, layer, h, j, key, value);
  }
}

std::int64_t Transformer::logits_stride() const noexcept { return head_.padded_out(); }

void Transformer::logits(std::span<const float> hidden, std::vector<float>& out) {
  const std::int64_t rows = static_cast<std::int64_t>(hidden.size()) / config_.hidden_size;
  out.resize(static_cast<std::size_t>(rows * logits_stride()));
  head_.apply(hidden.data(), config_.hidden_size, rows, out.data(), logits_stride(), threads_);
}

}  // namespace assay::models
