#pragma once
#include <cstdint>
#include <vector>

#include "models/local/aligned_array.h"
#include "models/local/transformer.h"

/// What Transformer is made of, for its own sources.
namespace assay::models {

/// Rows that run together: enough to read each weight rarely, few enough for their activations to stay in cache.
inline constexpr std::int64_t kChunkRows = 128;
/// Rows of one head whose scores are held at once.
inline constexpr std::int64_t kScoreRows = 16;

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
  PackedLinear qkv;  // [queries | keys | values]
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

}  // namespace assay::models
