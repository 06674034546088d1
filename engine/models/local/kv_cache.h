#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/local/aligned_array.h"
#include "models/model_config.h"

namespace assay::models {

class KvPool;

/// Keys and values of a run of positions, and the run that came before it. Sequences that share a beginning share its
/// runs: a chain from the root spells a sequence, and a child may begin anywhere inside its parent. Filled once from
/// front to back; what a child uses of its parent is filled before the child.
class KvRun {
 public:
  ~KvRun();
  KvRun(const KvRun&) = delete;
  KvRun& operator=(const KvRun&) = delete;

  [[nodiscard]] const std::shared_ptr<KvRun>& parent() const noexcept { return parent_; }
  [[nodiscard]] std::int64_t parent_used() const noexcept {
    return parent_used_;
  }                                                                           ///< positions of it that are ours too
  [[nodiscard]] std::int64_t start() const noexcept { return start_; }        ///< position of its first token
  [[nodiscard]] std::int64_t capacity() const noexcept { return capacity_; }  ///< positions it has room for
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }          ///< positions filled
  void grow(std::int64_t positions) noexcept { size_ += positions; }

  /// Where the keys of one layer and KV head begin. They lie in panels of positions: element (d, j) at
  /// (j / panel · head_dim + d) · panel + j % panel.
  [[nodiscard]] std::int64_t keys_at(std::int64_t layer, std::int64_t head) const noexcept;
  /// Where its values begin: element (j, d) at j · KvPool::value_stride() + d. Whole panels of columns may be read there: past
  /// the last row lies memory that is ours and means nothing.
  [[nodiscard]] std::int64_t values_at(std::int64_t layer, std::int64_t head) const noexcept;
  /// All elements: floats, or bfloat16 where the pool is narrow.
  [[nodiscard]] const float* floats() const noexcept { return reinterpret_cast<const float*>(memory_.data()); }
  [[nodiscard]] const std::uint16_t* halves() const noexcept {
    return reinterpret_cast<const std::uint16_t*>(memory_.data());
  }
  [[nodiscard]] float* floats() noexcept { return reinterpret_cast<float*>(memory_.data()); }
  [[nodiscard]] std::uint16_t* halves() noexcept { return reinterpret_cast<std::uint16_t*>(memory_.data()); }

 private:
  friend class KvPool;
  KvRun() = default;
  std::shared_ptr<KvRun> parent_;
  KvPool* pool_ = nullptr;
  std::int64_t parent_used_ = 0, start_ = 0, capacity_ = 0, size_ = 0;
  std::int64_t rows_ = 0;  // capacity rounded up to whole panels
  AlignedArray<std::byte> memory_;
};

/// Makes runs and keeps their memory for the next ones. REQUIRES to outlive its runs. Not thread-safe.
class KvPool {
 public:
  /// `narrow`: keys and values are kept as bfloat16.
  explicit KvPool(const ModelConfig& config, bool narrow = false);

  [[nodiscard]] bool narrow() const noexcept { return narrow_; }

  /// Lets every sequence begin after `root`, which is filled: what an adapter puts before all texts.
  void set_root(std::shared_ptr<KvRun> root);
  /// Where texts begin: 0, or past the root.
  [[nodiscard]] std::int64_t first_position() const noexcept { return root_ ? root_->start() + root_->size() : 0; }

  /// A run for `capacity` positions after the first `parent_used` of `parent` (null: where texts begin).
  [[nodiscard]] std::shared_ptr<KvRun> make(std::shared_ptr<KvRun> parent, std::int64_t parent_used,
                                            std::int64_t capacity);

  [[nodiscard]] std::int64_t value_stride() const noexcept { return value_stride_; }
  /// Bytes that a position takes.
  [[nodiscard]] std::int64_t bytes_a_position() const noexcept;

 private:
  friend class KvRun;
  std::int64_t layers_, kv_heads_, head_dim_, value_stride_, panel_;
  bool narrow_;
  std::vector<AlignedArray<std::byte>> spare_;
  std::shared_ptr<KvRun> root_;  // gives its memory back to spare_
};

}  // namespace assay::models
