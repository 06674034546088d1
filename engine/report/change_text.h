#pragma once
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "report/regressions.h"

namespace assay::report {

/// "f1 of `lora` on tickets fell by 4.2 points [1.0, 7.4], more than the 1.0 points allowed (88.0 % to 83.8 %, p 0.003,
/// …)".
std::string change_sentence(const CellChange&);

/// Dataset, cell, value, before, after, change, p, examples: the columns of `change_row`, as texts without markup.
std::vector<std::string> change_columns();
std::vector<std::string> change_row(const CellChange&);
/// "worse", "better", "not shown to differ", "not tested".
std::string change_word(const CellChange&);

OrderedJson change_json(const CellChange&);

/// A list of changes by themselves: `assay report RUN… --compare`. One entry of `runs` a later run, all against the
/// first.
struct RunChanges {
  std::int64_t before = 0, after = 0;
  CellChanges changes;
};
std::string compare_markdown(const std::vector<RunChanges>&);
std::string compare_json(const std::vector<RunChanges>&);

}  // namespace assay::report
