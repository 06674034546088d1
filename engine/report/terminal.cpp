#include "report/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/format.h"
#include "report/table.h"
#include "report/terminal_table.h"

namespace assay::report {
namespace {

constexpr std::size_t kNarrowBar = 8, kWideBar = 32;
constexpr std::size_t kWide = 120;  // columns from which all other columns have room

struct Scale {
  double low = 0, high = 1;
};

Scale scale_of(const Dataset& dataset) {
  if (dataset.outputs[dataset.primary].share) return {};
  Scale scale{0, 0};
  for (const Group& g : dataset.groups) {
    const Value& v = g.values[dataset.primary];
    for (const double x : {v.value, v.low, v.high})
      if (std::isfinite(x)) scale.low = std::min(scale.low, x), scale.high = std::max(scale.high, x);
  }
  return scale;
}

/// The value as a bar of eighths of a block; light cells where its interval goes on.
std::string bar(const Value& v, const Scale& scale, std::size_t columns) {
  static const std::array<const char*, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!std::isfinite(v.value) || !(scale.high > scale.low)) return "";
  const auto place = [&](double x) {
    return (x - scale.low) / (scale.high - scale.low) * static_cast<double>(columns);
  };
  const auto steps =
      static_cast<std::size_t>(std::lround(std::clamp(place(v.value), 0.0, static_cast<double>(columns)) * 8));
  std::string out;
  std::size_t used = steps / 8;
  for (std::size_t i = 0; i < used; ++i) out += "█";
  if (steps % 8 > 0) out += eighths.at(steps % 8), ++used;
  const auto end =
      std::isfinite(v.high)
          ? static_cast<std::size_t>(std::ceil(std::clamp(place(v.high), 0.0, static_cast<double>(columns))))
          : used;
  for (; used < end; ++used) out += "░";
  for (; used < columns; ++used) out += "·";
  return out;
}

std::string difference_text(const Dataset& dataset, const Group& group) {
  if (group.id == dataset.baseline) return "baseline";
  const auto d = dataset.difference(dataset.primary, group.id, dataset.baseline);
  if (!d) return "–";
  const Output& output = dataset.outputs[dataset.primary];
  return fmt::format("{}{} {}", signed_number(output, d->value), d->shown() ? "*" : " ",
                     signed_interval(output, d->low, d->high));
}

std::string table(const Dataset& dataset, std::size_t width) {
  const Output& output = dataset.outputs[dataset.primary];
  const Scale scale = scale_of(dataset);
  const std::size_t columns = width >= kWide ? kWideBar : kNarrowBar;
  const std::vector<Column> others = cost_columns(dataset);
  std::vector<std::vector<std::string>> rows{{"cell", "", primary_title(dataset), "rank", "against baseline"}};
  if (width >= kWide)
    for (const Column& column : others) rows.front().push_back(column.title);
  for (std::size_t i = 0; i < dataset.groups.size(); ++i) {
    const Group& g = dataset.groups[i];
    const Value& v = g.values[dataset.primary];
    std::vector<std::string> row{terminal_plain(g.label), bar(v, scale, columns)};
    if (g.rank == 0) {
      row.insert(row.end(), {absent_text(g), "–", "–"});
    } else {
      row.insert(row.end(), {fmt::format("{} {}", number(output, v.value), interval(output, v.low, v.high)),
                             rank_text(g), difference_text(dataset, g)});
    }
    if (width >= kWide)
      for (const Column& column : others) row.push_back(terminal_plain(column.cells[i]));
    rows.push_back(std::move(row));
  }
  return terminal_table(rows, 2, width);
}

}  // namespace

std::string terminal(const ReportData& report, std::size_t width) {
  std::string out = terminal_paragraph(
      terminal_plain(fmt::format("{} · run {} · {}.", report.experiment, report.run, extent(report))), width);
  if (!report.overall.empty()) out += terminal_paragraph(terminal_plain(report.overall), width);
  for (const Dataset& dataset : report.datasets) {
    out += "\n" + terminal_plain(dataset.name) + "\n";
    std::string answer;
    for (const std::string& sentence : dataset.recommendation.sentences) answer += sentence + " ";
    if (!dataset.outputs.empty()) out += table(dataset, width);
    out += "\n" + terminal_paragraph(terminal_plain(answer), width);
    if (!dataset.outputs.empty())
      out += terminal_paragraph(interval_note(report, dataset) + " * shown to differ.", width);
    for (const Group& g : dataset.groups)
      if (const std::string missing = missing_text(g); !missing.empty())
        out += terminal_paragraph(terminal_plain(named(g) + ": " + missing + "."), width);
  }
  for (const Failure& f : report.failures)
    out += terminal_paragraph(terminal_plain(fmt::format("failed: {}: {}", f.label, f.reason)), width);
  for (const std::string& warning : report.warnings)
    out += terminal_paragraph(terminal_plain("note: " + warning), width);
  return out;
}

}  // namespace assay::report
