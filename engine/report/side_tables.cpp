#include "report/side_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/table.h"

namespace assay::report {
namespace {

constexpr std::size_t kMostColumns = 12;

std::string slice_name(const std::string& name) { return name.empty() ? "(empty)" : name; }

std::string cell_text(const Output& output, const Value& v) {
  return std::isnan(v.value) ? "–" : fmt::format("{} {}", number(output, v.value), interval(output, v.low, v.high));
}

std::vector<std::string> slice_row(const Dataset& dataset, const Slices& slices, const Group& group,
                                   const Slices::Row& row) {
  const Output& output = dataset.outputs[dataset.primary];
  const auto& cells = row.outputs[dataset.primary];
  std::vector<std::string> texts{group.label, "–", "–"};
  if (const auto worst = row.worst[dataset.primary]) {
    texts[1] = slice_name(slices.slices[*worst].first);
    const Difference& gap = cells[*worst].gap;
    texts[2] = fmt::format("{} {}", signed_number(output, gap.value), signed_interval(output, gap.low, gap.high));
  }
  if (slices.slices.size() <= kMostColumns) {
    for (const Slices::Cell& cell : cells) texts.push_back(cell_text(output, cell.value));
  }
  return texts;
}

std::string x_text(const Front& front, double x) {
  return front.against == "training time" ? seconds_text(x) : significant(x);
}

}  // namespace

std::vector<SideTable> slice_tables(const Dataset& dataset) {
  std::vector<SideTable> tables;
  for (const Slices& slices : dataset.slices) {
    SideTable table{
        fmt::format("{} by {}", primary_title(dataset), slices.by), {"cell", "worst slice", "its gap to all"}, {}, {}};
    if (slices.slices.size() <= kMostColumns) {
      for (const auto& [name, examples] : slices.slices)
        table.head.push_back(fmt::format("{} ({})", slice_name(name), whole(static_cast<double>(examples))));
    }
    for (const Group& group : dataset.groups) {
      const auto row = std::find_if(slices.rows.begin(), slices.rows.end(),
                                    [&](const Slices::Row& r) { return r.group == group.id; });
      if (row == slices.rows.end() || row->outputs.size() <= dataset.primary || row->outputs[dataset.primary].empty())
        continue;
      table.rows.push_back(slice_row(dataset, slices, group, *row));
    }
    table.note = "The worst of many slices looks worse than it is: where its gap matters, look at it on new data.";
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<SideTable> front_tables(const Dataset& dataset) {
  std::vector<SideTable> tables;
  for (const Front& front : dataset.fronts) {
    const std::string unit = front.unit.empty() || front.against == "training time" ? "" : ", " + front.unit;
    SideTable table{fmt::format("{} against {}", dataset.outputs[dataset.primary].name, front.against),
                    {"cell", primary_title(dataset), front.against + unit, "on the front", "share of resamples"},
                    {},
                    {}};
    for (const Front::Point& point : front.points) {
      if (!point.on && !(point.share > 0)) continue;
      const Group& group = *dataset.find(point.group);
      table.rows.push_back({group.label, number(dataset.outputs[dataset.primary], group.values[dataset.primary].value),
                            x_text(front, point.x), point.on ? "yes" : "no",
                            fmt::format("{:.0f} %", point.share * 100)});
    }
    table.note =
        "On the front is what no other cell beats in both; the share says in how many resamples of the test examples "
        "it is. The rest never is.";
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace assay::report
