#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/language_model.h"
#include "assay/sdk/strategy.h"

namespace assay::run {

/// What one strategy's consultation about one example took; `step` is its request's.
struct Consultation {
  std::string step;
  sdk::Usage usage;
  double milliseconds = 0;
};

/// What strategies asked the model about one example before its prompt was composed.
struct Consulted {
  std::vector<std::vector<sdk::Completion>>
      by_strategy;                  ///< in the order of the list, empty for those that asked nothing
  std::vector<Consultation> taken;  ///< a request each
  std::string error;                ///< the first that failed; empty where none did
};

using AskBefore = std::function<std::vector<sdk::Request>(const sdk::Input&)>;

/// Asks what all `strategies` want to know of all `inputs`, in one submission. An empty function asks nothing.
std::vector<Consulted> consult(sdk::LanguageModel& model, std::span<const sdk::Input* const> inputs,
                               std::span<const AskBefore> strategies, std::uint64_t seed);

}  // namespace assay::run
