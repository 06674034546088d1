#include "cli/run_cell.h"

#include <fmt/format.h>

#include "assay/sdk/error.h"

namespace assay::cli {

const plan::Cell& find_cell(const plan::Plan& plan, const std::string& wanted) {
  const plan::Cell* found = nullptr;
  std::string known;
  for (const auto& cell : plan.cells) {
    known += fmt::format("\n  {}  {} · {} · {} · seed {}", cell.id, cell.model, cell.dataset, cell.strategy_label,
                         cell.seed);
    if (cell.id.rfind(wanted, 0) != 0) continue;
    if (found != nullptr) throw BadInput("several cells begin with '" + wanted + "'; give more letters");
    found = &cell;
  }
  if (found == nullptr) throw BadInput("no cell of this run is named '" + wanted + "'; its cells:" + known);
  return *found;
}

}  // namespace assay::cli
