#include "text/signature.h"

#include <algorithm>
#include <limits>

namespace metric_text {

std::string number_of_references(const assay::sdk::Rows& rows, std::size_t column) {
  double fewest = std::numeric_limits<double>::infinity(), most = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fewest = std::min(fewest, rows.row(i)[column]);
    most = std::max(most, rows.row(i)[column]);
  }
  return "nrefs:" + (fewest == most ? std::to_string(static_cast<int>(most)) : "var");
}

}  // namespace metric_text
