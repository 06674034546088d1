#pragma once
#include <cstdint>
#include <span>

#include "train/backend.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/parameters.h"

namespace assay::train {

/// The loop that every fine-tuning strategy uses: batches, schedule, clipping, validation, the best weights.
class TrainingLoop {
 public:
  /// Trains what trains in `network` and in `added`, which the network's sites read; all outlive this.
  TrainingLoop(Network& network, FlatParameters& added, const TrainingSettings& settings)
      : network_(network), added_(added), settings_(settings) {}

  /// Leaves the weights that are to be kept in the network and in `added`. @throws as Backend::fine_tune does.
  TrainingReport run(std::span<const TrainingExample> examples, std::span<const TrainingExample> validation,
                     const TrainingCallbacks& callbacks);

 private:
  [[nodiscard]] double validate(std::span<const TrainingExample> examples);
  double step(std::span<const TrainingExample> examples, std::span<const std::size_t> order, AdamW& optimizer,
              std::int64_t number, double rate, TrainingReport& report);

  Network& network_;
  FlatParameters& added_;
  const TrainingSettings& settings_;
};

}  // namespace assay::train
