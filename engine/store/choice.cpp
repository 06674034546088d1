#include "store/choice.h"

#include <algorithm>

#include "store/bundle.h"

namespace assay::store {

const plan::Trial* trial_of(const plan::Cell& cell, const Json& choice) {
  const auto number = choice.at("chosen").get<std::size_t>();
  const auto found = std::find_if(cell.trials.begin(), cell.trials.end(),
                                  [&](const plan::Trial& trial) { return trial.number == number; });
  return found == cell.trials.end() ? nullptr : &*found;
}

const plan::Trial* chosen_trial(const Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  if (cell.choose.empty()) return nullptr;
  const auto place = store.bundle(plan.stage(cell.choose));
  if (!Bundle::exists(place)) return nullptr;
  return trial_of(cell, Bundle::open(place, cell.choose, true).json("choice.json"));
}

std::vector<std::string> adapters_of(const Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  const plan::Trial* trial = chosen_trial(store, plan, cell);
  return trial ? trial->adapt : cell.adapt;
}

}  // namespace assay::store
