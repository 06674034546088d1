#pragma once
#include <string>

#include "report/report_data.h"

namespace assay::report {

std::string html(const ReportData&);      ///< one self-contained page, no scripts, all data escaped
std::string markdown(const ReportData&);  ///< readable as text; says neither when nor under which number it ran
std::string csv(const ReportData&);       ///< RFC 4180, a row a group and output; unknown numbers are empty
std::string trials_csv(const ReportData&);  ///< a row a trial of tuning; empty where nothing is tuned
std::string json(const ReportData&);      ///< docs/report-json.md

}  // namespace assay::report
