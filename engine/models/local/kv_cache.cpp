#include "models/local/kv_cache.h"

#include <utility>

#include "models/local/kernels.h"

namespace assay::models {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

constexpr std::size_t kMostSpare = 512;
/// Rows of values begin on a vector's boundary; whole panels would be up to twice as much to read.
constexpr std::int64_t kLanes = 16;

}  // namespace

KvRun::~KvRun() {
  if (pool_->spare_.size() < kMostSpare) pool_->spare_.push_back(std::move(memory_));
}

std::int64_t KvRun::keys_at(std::int64_t layer, std::int64_t head) const noexcept {
  return (layer * pool_->kv_heads_ + head) * rows_ * (pool_->head_dim_ + pool_->value_stride_);
}

std::int64_t KvRun::values_at(std::int64_t layer, std::int64_t head) const noexcept {
  return keys_at(layer, head) + rows_ * pool_->head_dim_;
}

KvPool::KvPool(const ModelConfig& config, bool narrow)
    : layers_(config.num_layers),
      kv_heads_(config.num_kv_heads),
      head_dim_(config.head_dim),
      value_stride_(round_up(config.head_dim, kLanes)),
      panel_(kernels().panel),
      narrow_(narrow) {}

std::int64_t KvPool::bytes_a_position() const noexcept {
  return layers_ * kv_heads_ * (head_dim_ + value_stride_) * (narrow_ ? 2 : 4);
}

void KvPool::set_root(std::shared_ptr<KvRun> root) { root_ = std::move(root); }

std::shared_ptr<KvRun> KvPool::make(std::shared_ptr<KvRun> parent, std::int64_t parent_used, std::int64_t capacity) {
  if (!parent && root_) parent = root_, parent_used = root_->size();
  std::shared_ptr<KvRun> run(new KvRun);
  run->pool_ = this;
  run->capacity_ = capacity;
  run->rows_ = round_up(capacity, panel_);
  run->parent_used_ = parent_used;
  run->start_ = parent ? parent->start_ + parent_used : 0;
  run->parent_ = std::move(parent);
  const auto bytes = static_cast<std::size_t>(run->rows_ * bytes_a_position() + panel_ * (narrow_ ? 2 : 4));
  // The best fit among the spare ones: sizes repeat, so most runs find their own.
  std::size_t best = spare_.size();
  for (std::size_t i = 0; i < spare_.size(); ++i) {
    if (spare_[i].size() < bytes || spare_[i].size() > 4 * bytes) continue;
    if (best == spare_.size() || spare_[i].size() < spare_[best].size()) best = i;
  }
  if (best < spare_.size()) {
    run->memory_ = std::move(spare_[best]);
    spare_[best] = std::move(spare_.back());
    spare_.pop_back();
  } else {
    run->memory_ = AlignedArray<std::byte>(bytes);
  }
  return run;
}

}  // namespace assay::models
