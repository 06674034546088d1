#include "report/report.h"

#include <fmt/format.h>

#include <fstream>

#include "assay/sdk/error.h"
#include "report/read.h"
#include "report/writers.h"

namespace assay::report {
namespace {

/// Whole or not at all: a reader never meets half a report.
void write_file(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path beside = file;
  beside += ".part";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out)
      throw BadInput(fmt::format("{}: cannot be written; is the disk full or the folder read-only?", file.string()));
  }
  std::filesystem::rename(beside, file);
}

}  // namespace

std::vector<std::filesystem::path> write(store::Store& store, std::int64_t run, const std::filesystem::path& folder,
                                         const std::vector<std::string>& formats) {
  const ReportData data = read(store, run);
  std::filesystem::create_directories(folder);
  std::vector<std::filesystem::path> written;
  for (const std::string& format : formats) {
    std::string text;
    if (format == "html")
      text = html(data);
    else if (format == "md")
      text = markdown(data);
    else if (format == "csv")
      text = csv(data);
    else if (format == "json")
      text = json(data);
    else
      throw BadInput(fmt::format("'{}' is no report format; there are html, md, csv and json.", format));
    written.push_back(folder / ("report." + format));
    write_file(written.back(), text);
    if (const std::string trials = format == "csv" ? trials_csv(data) : ""; !trials.empty()) {
      written.push_back(folder / "trials.csv");
      write_file(written.back(), trials);
    }
  }
  return written;
}

}  // namespace assay::report
