#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "train/backend.h"
#include "train/checkpoint.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/parameters.h"

namespace assay::train {

/// What a run learns from.
struct TrainingRows {
  std::span<const TrainingExample> train;
  std::span<const TrainingExample> validation;
};

/// Mean loss a weighted token over those examples, or over all of them, without dropout.
double mean_loss(Network& network, std::span<const TrainingExample> examples);
double mean_loss(Network& network, std::span<const TrainingExample> examples, std::span<const std::size_t> rows);

/// The loop that every fine-tuning strategy uses: batches, schedule, clipping, validation, the best weights,
/// checkpoints.
///
/// Training has diverged when
/// - a loss or a gradient's norm is no finite number, or the gradient is exactly zero where there is a loss (an overflow);
/// - the mean loss of the last five steps passes one and a half times what it was before training, or what guessing evenly
///   among the vocabulary costs, whichever is higher;
/// - the weights that would be kept lose more over a sample of the training rows than 1.25 times what the rows cost before
///   training, plus half a nat.
class TrainingLoop {
 public:
  /// Trains what trains in `network` and in `added`, which the network's sites read. `save` writes the strategy's files
  /// of the weights as they stand and says where, for the metric that selects. All outlive this.
  TrainingLoop(Network& network, FlatParameters& added, const TrainingSettings& settings, TrainingRows rows,
               const TrainingCallbacks& callbacks, std::function<std::filesystem::path()> save);

  /// Leaves the weights that are to be kept in the network and in `added`. @throws as Backend::fine_tune does.
  TrainingReport run();

 private:
  using Clock = std::chrono::steady_clock;

  void check_rows() const;
  void begin();
  void update(std::span<const std::size_t> examples, double rate);
  void check_losses(double gradient_norm) const;
  void validate();
  void write_checkpoint();
  [[nodiscard]] bool checkpoint_due() const;
  /// Whether `a` is better than `b`; equal scores are told apart by their losses.
  [[nodiscard]] bool better(const ValidationPoint& a, const ValidationPoint& b) const;
  [[nodiscard]] std::size_t best() const;  ///< of the validation points
  [[nodiscard]] double score(bool training, std::span<const std::size_t> rows);
  [[nodiscard]] double seconds() const;  ///< of all attempts
  [[nodiscard]] bool selects_by_score() const { return settings_.select != "loss"; }
  /// Whether the validations since the best one have used up the patience.
  [[nodiscard]] bool out_of_patience() const;
  void restore_best();
  void compare_splits(TrainingReport& report);
  void judge(TrainingReport& report) const;
  void say(const Json& progress) const;
  [[noreturn]] void diverged(const std::string& how) const;

  Network& network_;
  const TrainingSettings& settings_;
  TrainingRows rows_;
  const TrainingCallbacks& callbacks_;
  std::function<std::filesystem::path()> save_;
  Checkpoint checkpoint_;
  Optimizer optimizer_;
  LoopState state_;
  std::vector<std::size_t> sample_;  ///< training rows that are compared with as many of validation
  std::vector<std::size_t> validation_sample_;
  std::int64_t steps_ = 0;
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;  ///< of attempts that a checkpoint ended
  Clock::time_point saved_ = Clock::now();
  double write_seconds_ = 0;  ///< of the last checkpoint
};

}  // namespace assay::train
