#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace assay::models {

/// Fewer rows are worked off sooner than threads are told of them.
inline constexpr std::int64_t kRowsWorthSharing = 8;

/// A fixed team that shares out loops. One thread (the caller) is a team that costs nothing.
class ThreadPool {
 public:
  /// @param threads  1 or more, the caller's included.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int size() const noexcept;

  /// Calls `part(i)` for every i < parts, on whichever thread is free, and returns when all are done. `part` must not
  /// throw. REQUIRES: not called from within a part.
  template <class Part>
  void run(std::size_t parts, const Part& part) {
    run(
        parts, [](const void* what, std::size_t i) { (*static_cast<const Part*>(what))(i); }, &part);
  }

  /// Calls `part(first, count)` for consecutive shares of `items`, one a thread, or one call for all where they are fewer
  /// than `worth_sharing`.
  template <class Part>
  void share(std::int64_t items, std::int64_t worth_sharing, const Part& part) {
    if (size() == 1 || items < worth_sharing) {
      if (items > 0) part(std::int64_t{0}, items);
      return;
    }
    const std::int64_t team = items < size() ? items : size();
    run(static_cast<std::size_t>(team), [&](std::size_t i) {
      const std::int64_t first = items * static_cast<std::int64_t>(i) / team;
      part(first, items * static_cast<std::int64_t>(i + 1) / team - first);
    });
  }

 private:
  using Call = void (*)(const void* what, std::size_t i);
  void run(std::size_t parts, Call call, const void* what);

  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models
