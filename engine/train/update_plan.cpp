#include "train/update_plan.h"

#include <algorithm>

#include "train/batches.h"

namespace assay::train {

UpdatePlan::UpdatePlan(std::span<const TrainingExample> examples, const TrainingSettings& settings)
    : examples_(examples), settings_(settings) {
  const bool limited = settings.max_steps > 0 || settings.max_tokens > 0;
  std::int64_t tokens = 0;
  for (std::int64_t number = 0; limited || number < settings.epochs; ++number) {
    const Epoch epoch = cut(number);
    first_.push_back(first_.back() + static_cast<std::int64_t>(epoch.ends.size()));
    std::size_t first = 0;
    for (const std::size_t end : epoch.ends) {
      for (; first < end; ++first) tokens += rows_of(examples_[epoch.order[first]]);
      const bool past = (settings.max_steps > 0 && updates_ == settings.max_steps) ||
                        (settings.max_tokens > 0 && updates_ > 0 && tokens > settings.max_tokens);
      if (past) return;
      ++updates_;
    }
  }
}

UpdatePlan::Epoch UpdatePlan::cut(std::int64_t number) const {
  Epoch epoch{epoch_order(examples_.size(), settings_.seed, static_cast<int>(number)), {}};
  std::int64_t tokens = 0, batches = 0;
  std::size_t first = 0;  // of the batch
  const auto close = [&](std::size_t at) {
    first = at, tokens = 0;
    if (++batches % settings_.gradient_accumulation == 0) epoch.ends.push_back(at);
  };
  for (std::size_t i = 0; i < epoch.order.size(); ++i) {
    const std::int64_t own = rows_of(examples_[epoch.order[i]]);
    const bool full = settings_.batch_tokens > 0 ? tokens + own > settings_.batch_tokens
                                                 : i - first == static_cast<std::size_t>(settings_.batch_size);
    if (i > first && full) close(i);
    tokens += own;
  }
  if (epoch.ends.empty() || epoch.ends.back() != epoch.order.size()) epoch.ends.push_back(epoch.order.size());
  return epoch;
}

bool UpdatePlan::ends_epoch(std::int64_t number) const {
  return std::binary_search(first_.begin(), first_.end(), number + 1);
}

std::span<const std::size_t> UpdatePlan::examples(std::int64_t number) {
  const auto after = std::upper_bound(first_.begin(), first_.end(), number);
  const std::int64_t epoch = after - first_.begin() - 1;
  if (epoch != current_) epoch_ = cut(epoch), current_ = epoch;
  const auto at = static_cast<std::size_t>(number - first_[static_cast<std::size_t>(epoch)]);
  const std::size_t first = at == 0 ? 0 : epoch_.ends[at - 1];
  return std::span(epoch_.order).subspan(first, epoch_.ends[at] - first);
}

}  // namespace assay::train
