#include "models/local/thread_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace assay::models {
namespace {

/// A token's products follow one another within microseconds: going to sleep between them costs more than they do.
template <class Condition>
void spin_until(const Condition& condition) {
  constexpr auto kLongest = std::chrono::microseconds(50);
  const auto begun = std::chrono::steady_clock::now();
  while (!condition() && std::chrono::steady_clock::now() - begun < kLongest) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

}  // namespace

struct ThreadPool::Rep {
  std::mutex mutex;
  std::condition_variable work, done;
  const std::function<void(std::size_t)>* part = nullptr;
  std::size_t parts = 0;
  std::atomic<std::size_t> busy{0};
  std::atomic<std::uint64_t> round{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;

  void loop(std::size_t index, std::size_t size) {
    std::uint64_t seen = 0;
    for (;;) {
      spin_until([&] { return stop || round != seen; });
      std::unique_lock lock(mutex);
      work.wait(lock, [&] { return stop || round != seen; });
      if (stop) return;
      seen = round;
      const auto* mine = part;
      const std::size_t count = parts;
      lock.unlock();
      for (std::size_t i = index; i < count; i += size) (*mine)(i);
      lock.lock();
      if (--busy == 0) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : rep_(std::make_unique<Rep>()) {
  const auto size = static_cast<std::size_t>(threads < 1 ? 1 : threads);
  for (std::size_t i = 1; i < size; ++i) rep_->threads.emplace_back([this, i, size] { rep_->loop(i, size); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(rep_->mutex);
    rep_->stop = true;
  }
  rep_->work.notify_all();
  for (std::thread& thread : rep_->threads) thread.join();
}

int ThreadPool::size() const noexcept { return static_cast<int>(rep_->threads.size()) + 1; }

void ThreadPool::run(std::size_t parts, const std::function<void(std::size_t)>& part) {
  const std::size_t size = rep_->threads.size() + 1;
  if (size == 1 || parts < 2) {
    for (std::size_t i = 0; i < parts; ++i) part(i);
    return;
  }
  {
    const std::lock_guard lock(rep_->mutex);
    rep_->part = &part;
    rep_->parts = parts;
    rep_->busy = rep_->threads.size();
    ++rep_->round;
  }
  rep_->work.notify_all();
  for (std::size_t i = 0; i < parts; i += size) part(i);
  spin_until([&] { return rep_->busy == 0; });
  std::unique_lock lock(rep_->mutex);
  rep_->done.wait(lock, [&] { return rep_->busy == 0; });
}

}  // namespace assay::models
