#include "models/local/thread_pool.h"

#include <atomic>
#include <chrono>
#include <cstdint>
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

/// Parts are taken by whoever is free, so that a thread that the machine does not let run holds nobody up. A ticket
/// holds the round in its upper half and the parts not yet taken in its lower: whoever takes one finds the round's call
/// in place, for a round ends only when all of its parts are done.
struct ThreadPool::Rep {
  std::atomic<std::uint64_t> ticket{0};
  std::atomic<Call> call{nullptr};
  std::atomic<const void*> what{nullptr};
  std::atomic<std::uint32_t> finished{0};
  std::atomic<std::uint32_t> round{0};  // of the ticket; what sleepers wait for
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;

  void work(std::uint32_t mine) {
    std::uint64_t seen = ticket.load(std::memory_order_acquire);
    for (;;) {
      const auto left = static_cast<std::uint32_t>(seen);
      if (seen >> 32 != mine || left == 0) return;
      const Call now = call.load(std::memory_order_relaxed);
      const void* const on = what.load(std::memory_order_relaxed);
      if (!ticket.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      now(on, left - 1);
      finished.fetch_add(1, std::memory_order_release);
      finished.notify_one();
      seen = ticket.load(std::memory_order_acquire);
    }
  }

  void loop() {
    std::uint32_t seen = 0;
    for (;;) {
      spin_until([&] { return round.load(std::memory_order_acquire) != seen; });
      round.wait(seen, std::memory_order_acquire);
      if (stop) return;
      seen = round.load(std::memory_order_acquire);
      work(seen);
    }
  }
};

ThreadPool::ThreadPool(int threads) : rep_(std::make_unique<Rep>()) {
  for (int i = 1; i < threads; ++i) rep_->threads.emplace_back([this] { rep_->loop(); });
}

ThreadPool::~ThreadPool() {
  rep_->stop = true;
  rep_->round.fetch_add(1, std::memory_order_release);
  rep_->round.notify_all();
  for (std::thread& thread : rep_->threads) thread.join();
}

int ThreadPool::size() const noexcept { return static_cast<int>(rep_->threads.size()) + 1; }

void ThreadPool::run(std::size_t parts, Call call, const void* what) {
  if (rep_->threads.empty() || parts < 2) {
    for (std::size_t i = 0; i < parts; ++i) call(what, i);
    return;
  }
  const std::uint32_t round = rep_->round.load(std::memory_order_relaxed) + 1;
  rep_->call.store(call, std::memory_order_relaxed);
  rep_->what.store(what, std::memory_order_relaxed);
  rep_->finished.store(0, std::memory_order_relaxed);
  rep_->ticket.store(std::uint64_t{round} << 32 | parts, std::memory_order_release);
  rep_->round.store(round, std::memory_order_release);
  rep_->round.notify_all();
  rep_->work(round);
  const auto done = [&] { return rep_->finished.load(std::memory_order_acquire); };
  spin_until([&] { return done() == parts; });
  for (std::uint32_t now = done(); now != parts; now = done()) rep_->finished.wait(now, std::memory_order_acquire);
}

}  // namespace assay::models
