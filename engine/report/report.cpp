#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "assay/sdk/error.h"
#include "report/page/page.h"
#include "report/read.h"
#include "report/writers.h"

namespace assay::report {
namespace {

/// Whole or not at all: a reader never meets half a report.
void write_file(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write) {
  std::filesystem::path beside = file;
  beside += ".part";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    write(out);
    out.close();
    if (!out)
      throw BadInput(fmt::format("{}: cannot be written; is the disk full or the folder read-only?", file.string()));
  }
  std::filesystem::rename(beside, file);
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  write_file(file, [&](std::ostream& out) { out << text; });
}

/// Costs are told where something has a price: reading what every example took would be for nothing elsewhere.
Costing costing(store::Store& store, const ReportData& data) {
  const auto has_price = [](const Json& model) {
    return model.contains("price") || model.value("dollars_per_hour", 0.0) > 0;
  };
  const Json models = data.settings.value("models", Json::object());
  if (std::none_of(models.begin(), models.end(), has_price)) return {};
  EconomicsSettings settings;
  settings.volume = data.terms.volume.value_or(settings.volume);
  return {settings, prices_of(store, data.run, settings), economics(store, data.run, settings)};
}

}  // namespace

const DatasetEconomics* Costing::find(const std::string& dataset) const {
  const auto found =
      std::find_if(datasets.begin(), datasets.end(), [&](const DatasetEconomics& one) { return one.name == dataset; });
  return found == datasets.end() ? nullptr : &*found;
}

std::vector<std::filesystem::path> write(store::Store& store, std::int64_t run, const std::filesystem::path& folder,
                                         const std::vector<std::string>& formats) {
  const ReportData data = read(store, run);
  const Costing costs = costing(store, data);
  std::filesystem::create_directories(folder);
  std::vector<std::filesystem::path> written;
  for (const std::string& format : formats) {
    if (format == "html") {
      written.push_back(folder / "report.html");
      write_file(written.back(), [&](std::ostream& out) { write_page(out, data, costs, store); });
      continue;
    }
    std::string text;
    if (format == "md")
      text = markdown(data, costs);
    else if (format == "csv")
      text = csv(data);
    else if (format == "json")
      text = json(data, costs);
    else if (format == "junit")
      text = junit(data);
    else
      throw BadInput(fmt::format("'{}' is no report format; there are html, md, csv, json and junit.", format));
    written.push_back(folder / (format == "junit" ? "report.xml" : "report." + format));
    write_file(written.back(), text);
    if (const std::string trials = format == "csv" ? trials_csv(data) : ""; !trials.empty()) {
      written.push_back(folder / "trials.csv");
      write_file(written.back(), trials);
    }
  }
  return written;
}

}  // namespace assay::report
