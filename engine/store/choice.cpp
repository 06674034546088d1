#include "store/choice.h"

#include "store/bundle.h"

namespace assay::store {

const plan::Trial* chosen_trial(const Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  if (cell.choose.empty()) return nullptr;
  const auto place = store.bundle(plan.stage(cell.choose));
  if (!Bundle::exists(place)) return nullptr;
  const auto number = Bundle::open(place, cell.choose, true).json("choice.json").at("chosen").get<std::size_t>();
  for (const plan::Trial& trial : cell.trials) {
    if (trial.number == number) return &trial;
  }
  return nullptr;
}

std::vector<std::string> adapters_of(const Store& store, const plan::Plan& plan, const plan::Cell& cell) {
  const plan::Trial* trial = chosen_trial(store, plan, cell);
  return trial ? trial->adapt : cell.adapt;
}

}  // namespace assay::store
