#pragma once
#include <cstddef>

namespace assay::cli {

/// Columns of the terminal that standard output is, else of COLUMNS, else 80.
std::size_t terminal_width();

}  // namespace assay::cli
