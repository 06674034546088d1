// How a Transformer's rows look at the positions before them.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/local/transformer_parts.h"

namespace assay::models {

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
  const std::int64_t visible = position + count;                          // keys that the last row sees

  const std::int64_t window = config_.window(layer);
  const auto first_seen = [&](std::int64_t row) {
    return window == 0 ? 0 : std::max<std::int64_t>(0, position + row + 1 - window);
  };

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

}  // namespace assay::models
