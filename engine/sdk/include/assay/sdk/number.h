#pragma once
#include <map>
#include <string>

namespace assay::sdk {

/// A number that a strategy found while one example was asked: the agreement of its votes, the recall of its passages.
struct Number {
  double value = 0;       ///< finite; an example for which it is undefined leaves it out
  std::string unit = {};  ///< "", "tokens", "ms"
  bool higher_is_better = true;
};

/// By name, in lower_snake_case with dots where one number has several kinds: "agreement", "retrieval.recall@5". The engine logs
/// each name's mean over the examples that have it as a KPI of the stage that asked.
using Numbers = std::map<std::string, Number>;

}  // namespace assay::sdk
