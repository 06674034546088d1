#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/rows.h"

namespace assay::data {

/// Where a split's rows stand.
struct SplitRows {
  std::string file;         ///< empty: there is no such split
  RowRange range;           ///< of the file
  std::vector<bool> taken;  ///< by row of the range, where a share of it is used; empty: all of it
  std::size_t limit = 0;    ///< first rows used; 0 = all (as for grouped rows, whose limit counts groups)
};

/// The validation split is its own file, or a share of the training rows drawn by `split_seed` (at least one row is left
/// on both sides where there are two). Ranges apply before the draw: what lies outside is not there. Limits apply after it,
/// so that they never move rows between splits. A `train_size` takes its rows from what is left then.
/// @throws BadInput where `train_size` is more than there are.
SplitRows rows_of(const DatasetSource& source, Split split);

/// Calls for each row used, in the file's order, with its position among those used.
void for_each_row(const DatasetSource& source, Split split,
                  const std::function<void(const RowReader&, std::size_t index)>& each);

}  // namespace assay::data
