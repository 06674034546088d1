#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "models/local/kv_cache.h"

namespace assay::models {

/// Lets prompts go on from where earlier ones agree with them, in their batch and in those before, so that what they
/// have in common is computed once. Belongs to one model with its adapter; sharing never changes a result.
class PrefixCache {
 public:
  /// @param bytes  what kept prompts may take; the most recently used ones stay.
  PrefixCache(KvPool& pool, std::int64_t bytes);

  /// A run for the part of `prompt` from run->start() on, a position that counts what an adapter puts before all texts:
  /// what lies before is found in its parents. At least the last token is left to be run. Prompts that are opened in lexicographic order share all that they have in common.
  /// REQUIRES: the prompt is not empty; runs are filled in the order of these calls.
  [[nodiscard]] std::shared_ptr<KvRun> open(const std::vector<std::int32_t>& prompt);

 private:
  struct Entry {
    std::vector<std::int32_t> tokens;
    std::shared_ptr<KvRun> run;  // holds the last of them
    std::uint64_t used = 0;
    bool passing = false;  // kept for its successor only
  };
  void evict();

  KvPool& pool_;
  std::int64_t bytes_;
  std::uint64_t clock_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace assay::models
