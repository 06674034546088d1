#include "run/consulting.h"

#include <utility>

namespace assay::run {
namespace {

constexpr std::uint64_t kFirstRequest = std::uint64_t{1} << 32U;  // draws of a consultation are none of the exchange's

}  // namespace

std::vector<Consulted> consult(sdk::LanguageModel& model, std::span<const sdk::Input* const> inputs,
                               std::span<const AskBefore> strategies, std::uint64_t seed) {
  struct Place {
    std::size_t example, strategy, request, taken;
  };
  std::vector<Consulted> consulted(inputs.size());
  std::vector<sdk::Request> requests;
  std::vector<Place> places;
  for (std::size_t example = 0; example < inputs.size(); ++example) {
    Consulted& one = consulted[example];
    one.by_strategy.resize(strategies.size());
    for (std::size_t strategy = 0; strategy < strategies.size(); ++strategy) {
      if (!strategies[strategy]) continue;
      std::vector<sdk::Request> wanted = strategies[strategy](*inputs[example]);
      one.by_strategy[strategy].resize(wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i].draw = {seed, inputs[example]->index, kFirstRequest + one.taken.size()};
        wanted[i].example_id = inputs[example]->id;
        places.push_back({example, strategy, i, one.taken.size()});
        one.taken.push_back({wanted[i].step, {}, 0});
        requests.push_back(std::move(wanted[i]));
      }
    }
  }
  if (requests.empty()) return consulted;
  std::vector<sdk::Completion> completions = sdk::ask_all(model, std::move(requests));
  for (std::size_t i = 0; i < completions.size(); ++i) {
    const Place& place = places[i];
    Consulted& one = consulted[place.example];
    one.taken[place.taken].usage = completions[i].usage;
    one.taken[place.taken].milliseconds = completions[i].milliseconds;
    if (one.error.empty()) one.error = completions[i].error;
    one.by_strategy[place.strategy][place.request] = std::move(completions[i]);
  }
  return consulted;
}

}  // namespace assay::run
