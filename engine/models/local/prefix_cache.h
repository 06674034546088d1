#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/local/transformer.h"

namespace assay::models {

/// Finds what prompts have in common and has it computed once: the beginnings that several prompts of a batch share, and
/// those shared with the batch before. Belongs to one model with its adapter; sharing never changes a result.
class PrefixCache {
 public:
  /// @param bytes  what kept beginnings may take, the most recently used ones first.
  PrefixCache(KvPool& pool, std::int64_t bytes);

  /// Where a prompt continues: after `run` (null: nothing shared), which holds its first `length` tokens.
  struct Start {
    std::shared_ptr<KvRun> run;
    std::int64_t length = 0;
  };

  /// Plans a batch. `spans` receives the shared beginnings to be run, parents first, before (or together with) what
  /// follows them; their tokens point into `prompts`, which must stay where they are until then. At least the last token
  /// of each prompt is left to be run. REQUIRES: no prompt is empty; the spans are run before the next call.
  [[nodiscard]] std::vector<Start> plan(std::span<const std::vector<std::int32_t>> prompts, std::vector<Span>& spans);

 private:
  struct Entry {
    std::vector<std::int32_t> tokens;
    std::shared_ptr<KvRun> run;
    std::uint64_t used = 0;
  };
  void share(std::span<const std::span<const std::int32_t>> sorted, std::span<const std::size_t> owners, const Start& start,
             std::vector<Start>& starts, std::vector<Span>& spans);
  void evict();

  KvPool& pool_;
  std::int64_t bytes_;
  std::uint64_t clock_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::int32_t> previous_;  // the last prompt of the batch before
};

}  // namespace assay::models
