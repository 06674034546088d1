#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace assay::models {

/// A fixed team that shares out loops. One thread (the caller) is a team that costs nothing.
class ThreadPool {
 public:
  /// @param threads  1 or more, the caller's included.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int size() const noexcept;

  /// Calls `part(i)` for every i < parts, part i on thread i % size(), and returns when all are done. `part` must not
  /// throw. REQUIRES: not called from within a part.
  void run(std::size_t parts, const std::function<void(std::size_t)>& part);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models
