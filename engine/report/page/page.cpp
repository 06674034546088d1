#include "report/page/page.h"

#include <fmt/format.h>

#include <ostream>

#include "report/format.h"
#include "report/page/compressed.h"
#include "report/page/page_assets.h"
#include "report/page/page_data.h"
#include "store/paths.h"

namespace assay::report {

void write_page(std::ostream& out, const ReportData& report, const Costing& costs, store::Store& store,
                const ExampleLimits& limits) {
  const plan::Plan plan = store.plan(report.run);
  const Json settings = store.experiment(report.run);
  StageResults stages(store, plan, settings, [](const std::string&) {});  // read() has warned of what is damaged

  std::string page = html(report, costs);
  page.resize(page.rfind("</body>"));
  out << page << "<style>" << kPageStyle << "</style>\n";

  OrderedJson extra{
      {"yaml", yaml(report.settings)},
      {"numerics", numerics(plan)},
      {"timeline", timeline(store.attempts(report.run), plan, report.started, store::ShortPaths(store.folder()))},
      {"training", trainings(plan, stages)},
      {"latencies", latencies(plan, stages)},
      {"confusions", OrderedJson::array()},
      {"calibration", OrderedJson::array()},
      {"examples", OrderedJson::array()}};
  const auto put = [&](const std::string& id, const std::string& text) {
    out << "<script type=\"application/gzip\" id=\"" << id << "\">" << text << "</script>\n";
  };
  for (std::size_t i = 0; i < report.datasets.size(); ++i) {
    DatasetExamples found = write_examples(report.datasets[i], i, plan, stages, limits, put);
    if (found.examples.is_null()) continue;
    extra["examples"].push_back(std::move(found.examples));
    for (auto& one : found.confusions) extra["confusions"].push_back(std::move(one));
    for (auto& one : found.calibration) extra["calibration"].push_back(std::move(one));
  }
  OrderedJson data = report_json(report, costs);
  data["page"] = std::move(extra);
  out << "<script type=\"application/json\" id=\"report\">"
      << script_safe(data.dump(-1, ' ', true, OrderedJson::error_handler_t::replace)) << "</script>\n<script>"
      << kPageScript << "</script>\n</body>\n</html>\n";
}

}  // namespace assay::report
