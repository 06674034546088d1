#pragma once
#include <string>
#include <vector>

#include "report/economics.h"
#include "report/report_data.h"

namespace assay::report {

/// What cells cost, where a model has a price.
struct Costing {
  EconomicsSettings settings;
  Json prices;
  std::vector<DatasetEconomics> datasets;  ///< empty: nothing has a price

  [[nodiscard]] const DatasetEconomics* find(const std::string& dataset) const;
};

std::string html(const ReportData&, const Costing& = {});  ///< one self-contained page, no scripts, all data escaped
std::string markdown(const ReportData&,
                     const Costing& = {});  ///< readable as text; says neither when nor under which number it ran
std::string csv(const ReportData&);         ///< RFC 4180, a row a group and output; unknown numbers are empty
std::string trials_csv(const ReportData&);  ///< a row a trial of tuning; empty where nothing is tuned
std::string junit(
    const ReportData&);  ///< a testsuite a dataset, a testcase a group; failed cells and broken constraints fail
std::string json(const ReportData&, const Costing& = {});         ///< docs/report-json.md
OrderedJson report_json(const ReportData&, const Costing& = {});  ///< the same before it is text

}  // namespace assay::report
