#pragma once
#include <iosfwd>

#include "report/page/examples.h"
#include "report/writers.h"
#include "store/store.h"

namespace assay::report {

/// Writes the page that people share: `html()`'s tables, which need no script, with everything under them as data and
/// the views that show it. Holds one block of examples at a time.
/// @throws Corrupted naming a bundle's file
void write_page(std::ostream& out, const ReportData& report, const Costing& costs, store::Store& store,
                const ExampleLimits& limits = {});

}  // namespace assay::report
