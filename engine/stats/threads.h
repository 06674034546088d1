#pragma once
#include <cstddef>
#include <functional>

namespace assay::stats {

/// Calls `work(begin, end)` on contiguous parts of 0 … count-1, each from a thread of its own (the first from the
/// caller's), and returns when all are done. What `work` throws is thrown on, the first part's first.
void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace assay::stats
