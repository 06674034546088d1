#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "models/adapter_weights.h"
#include "models/local/kv_cache.h"
#include "models/local/packed_linear.h"
#include "models/local/row_table.h"
#include "models/model_config.h"
#include "models/model_weights.h"

namespace assay::models {

/// What products are computed in; norms, attention and sums are float in every case.
enum class ComputeType {
  stored,  ///< `dtype: auto` and `f32`: the values of the file, F32, F16 or BF16, exactly, times float inputs
  bf16,    ///< weights and inputs of products, keys and values rounded to bfloat16
  int8,    ///< weights of products rounded to whole numbers with a scale a column
};

/// Tokens to be run after what `run` already holds.
struct Span {
  KvRun* run = nullptr;
  std::span<const std::int32_t> tokens;
  std::int64_t wanted = 0;            ///< the final hidden states of this many last tokens are wanted
  const float* embeddings = nullptr;  ///< rows of hidden_size that take the place of the tokens' own
};

/// The inference path: a decoder-only transformer over raw buffers. A token's hidden states depend on the tokens before
/// it alone, bit for bit: not on which spans run together, on how a sequence is cut into runs, or on threads.
/// Not thread-safe.
class Transformer {
 public:
  /// Packs the weights as they are read, with `adapter` (null for none) merged into them. Weights are held once: packed;
  /// embeddings stay in the file, which stays mapped (a file may be replaced meanwhile, but not written into). What the
  /// adapter puts before all texts is computed once.
  /// @throws BadInput where files or adapter do not fit.
  Transformer(const std::filesystem::path& folder, ModelConfig config, const AdapterWeights* adapter = nullptr,
              ComputeType type = ComputeType::stored, int threads = 1);
  ~Transformer();

  [[nodiscard]] const ModelConfig& config() const noexcept { return config_; }
  [[nodiscard]] KvPool& pool() noexcept { return pool_; }
  /// Tokens that a sequence may have: the model's positions less those that the adapter takes.
  [[nodiscard]] std::int64_t context_length() const noexcept {
    return config_.max_position_embeddings - pool_.first_position();
  }

  /// Runs all spans, parents before children; each run grows by its span's tokens. `hidden` receives the wanted rows,
  /// span by span in order, hidden_size floats each, after the final norm.
  /// REQUIRES: token ids below vocab_size, room in each run, positions below the context length.
  void forward(std::span<const Span> spans, std::vector<float>& hidden);

  /// Rows of logits for rows of hidden states; row r begins at r · logits_stride().
  void logits(std::span<const float> hidden, std::vector<float>& out);
  [[nodiscard]] std::int64_t logits_stride() const noexcept;

  /// The root of Σ (held - given)² / Σ given² over the weights of all products: what rounding to int8 cost; 0 where
  /// weights are held otherwise.
  [[nodiscard]] double rounding_error() const;

 private:
  struct Norm;
  struct Layer;
  struct Module;
  struct Scratch;
  struct Piece;
  struct Attention;
  void embed(const Piece& piece, std::int64_t first, std::int64_t count);
  void apply_norm(const Norm& norm, const float* x, float* out) const;
  void activate(const float* up, float* out) const;
  void adapt(const Module& module, std::int64_t rows, std::int64_t stride);
  void put_before_texts(const AdapterWeights& adapter);
  float* run_chunk(std::span<Piece> pieces, float* hidden);
  void take_keys(const Piece& piece, std::int64_t first, std::int64_t count, std::int64_t layer);
  void store(KvRun& run, std::int64_t layer, std::int64_t head, std::int64_t position, const float* key,
             const float* value);
  void attend(std::span<const Piece> pieces, std::int64_t layer);
  void attend_rows(const Piece& piece, std::int64_t layer, std::int64_t first, std::int64_t count, std::int64_t head,
                   Attention& own);
  [[nodiscard]] std::int64_t mixed_stride() const noexcept;
  void extend_rotations(std::int64_t positions);

  ModelConfig config_;
  KvPool pool_;
  ThreadPool threads_;
  ModelWeights weights_;  // stay mapped: embeddings are read from there
  std::unique_ptr<Scratch> scratch_;
  std::vector<Layer> layers_;
  RowTable embedding_;
  RowTable positions_;  // learned ones
  std::unique_ptr<Norm> final_norm_;
  PackedLinear head_;
  std::vector<float> cos_, sin_;  // [positions, rotary_dim / 2]
};

}  // namespace assay::models
