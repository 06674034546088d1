#pragma once
#include <string>
#include <vector>

#include "report/report_data.h"

namespace assay::report {

/// A table beside the main one, the same in every format; each row begins with a cell's label.
struct SideTable {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::string note;
};

/// The primary output by slice, one table an item of `by`: the worst slice with its gap, then the slices themselves.
std::vector<SideTable> slice_tables(const Dataset&);

/// Who is on which front, and how sure that is.
std::vector<SideTable> front_tables(const Dataset&);

}  // namespace assay::report
