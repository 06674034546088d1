#include "report/signatures.h"

#include <algorithm>

namespace assay::report {

std::vector<std::string> signatures(const Dataset& dataset) {
  std::vector<std::string> lines;
  for (const Output& output : dataset.outputs) {
    if (output.signature.empty()) continue;
    std::string line = output.metric + ": " + output.signature;
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace assay::report
