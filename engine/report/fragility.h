#pragma once
#include <string>
#include <vector>

#include "report/report_data.h"
#include "report/table.h"

namespace assay::report {

/// How one output of a group moves over the variants of its questions, means over its seeds.
struct Moved {
  double mean = kUnknown, std = kUnknown;
  double spread = kUnknown, spread_low = kUnknown, spread_high = kUnknown;
  double worst = kUnknown;    ///< of the variant whose mean is worst
  std::string worst_variant;  ///< its name; empty: no variant is worse than the group as it is asked
};

/// Unknown where the output was not put to variants.
Moved moved(const Dataset&, const Group&, std::size_t output);

/// The primary output's spread and worst variant beside each group; none where there are no variants.
std::vector<Column> fragility_columns(const Dataset&);

/// The primary output under each variant, as it is asked first: one column a variant, one text a group.
std::vector<Column> variant_columns(const Dataset&);

/// What these tables are, and which strategy is the most and which the least fragile where the intervals of their
/// spreads lie apart. Names stand between backticks.
std::string fragility_note(const Dataset&);

}  // namespace assay::report
