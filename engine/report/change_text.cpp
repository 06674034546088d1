#include "report/change_text.h"

#include <fmt/format.h>

#include <cmath>

#include "report/format.h"
#include "report/markdown_text.h"

namespace assay::report {
namespace {

OrderedJson known(double x) { return std::isfinite(x) ? OrderedJson(x) : OrderedJson(nullptr); }

std::string p_text(double p) { return std::isnan(p) ? "–" : p < 0.0001 ? "< 0.0001" : fmt::format("{:.4f}", p); }

std::string with_unit(const Output& output, double value) {
  const std::string label = unit(output);
  return number(output, value) + (label.empty() ? "" : " " + label);
}

std::string cell_text(const CellChange& c) {
  return c.before_cell == c.after_cell ? fmt::format("`{}`", c.after_cell)
                                       : fmt::format("`{}` against `{}`", c.after_cell, c.before_cell);
}

}  // namespace

std::string change_word(const CellChange& c) {
  if (!c.untested.empty()) return "not tested";
  return c.regressed() ? "worse" : c.improved() ? "better" : "not shown to differ";
}

std::string change_sentence(const CellChange& c) {
  const bool fell = c.change.value < 0;
  Difference size = fell ? c.change.reversed() : c.change;
  const std::string margin =
      c.margin > 0 ? fmt::format(", more than the {} allowed", size_text(c.output, c.margin)) : "";
  return fmt::format("{} of {} on {} {} by {}{}: {} to {} over {} examples in pairs (p {}, adjusted by Holm).",
                     c.output.name, cell_text(c), c.dataset,
                     c.before_cell == c.after_cell ? (fell ? "fell" : "rose") : (fell ? "is lower" : "is higher"),
                     amount_text(c.output, size), margin, with_unit(c.output, c.before), with_unit(c.output, c.after),
                     whole(static_cast<double>(c.examples)), p_text(c.change.p_adjusted));
}

std::vector<std::string> change_columns() {
  return {"cell", "dataset", "value", "before", "after", "change", "p", "examples", "finding"};
}

std::vector<std::string> change_row(const CellChange& c) {
  const std::string label = unit(c.output);
  const std::string change = std::isnan(c.change.value) ? "–" : signed_number(c.output, c.change.value);
  const std::string interval =
      std::isnan(c.change.low) ? "" : " " + signed_interval(c.output, c.change.low, c.change.high);
  return {c.after_cell,
          c.dataset,
          label.empty() ? c.output.name : c.output.name + ", " + label,
          number(c.output, c.before),
          number(c.output, c.after),
          change + interval,
          p_text(c.change.p_adjusted),
          whole(static_cast<double>(c.examples)) +
              (c.unmatched > 0 ? fmt::format(" ({} unmatched)", whole(static_cast<double>(c.unmatched))) : ""),
          change_word(c)};
}

OrderedJson change_json(const CellChange& c) {
  return {{"dataset", c.dataset},
          {"before_cell", c.before_cell},
          {"after_cell", c.after_cell},
          {"name", c.output.name},
          {"unit", c.output.unit},
          {"higher_is_better", c.output.higher_is_better},
          {"before", known(c.before)},
          {"after", known(c.after)},
          {"difference", known(c.change.value)},
          {"low", known(c.change.low)},
          {"high", known(c.change.high)},
          {"p_value", known(c.change.p_value)},
          {"p_adjusted", known(c.change.p_adjusted)},
          {"test", c.change.test},
          {"margin", c.margin},
          {"examples", c.examples},
          {"unmatched", c.unmatched},
          {"regressed", c.regressed()},
          {"untested", c.untested.empty() ? OrderedJson(nullptr) : OrderedJson(c.untested)}};
}

std::string compare_markdown(const std::vector<RunChanges>& all) {
  std::string out;
  for (const RunChanges& one : all) {
    out += fmt::format("# Run {} against run {}\n\n", one.after, one.before);
    if (!one.changes.cells.empty()) {
      put_markdown_row(out, change_columns());
      put_markdown_rule(out, change_columns().size(), 3);
      for (const CellChange& cell : one.changes.cells) {
        std::vector<std::string> row = change_row(cell);
        row.front() = markdown_code(row.front());
        for (std::size_t i = 1; i < row.size(); ++i) row[i] = markdown_plain(row[i]);
        if (cell.regressed()) row.back() = "**" + row.back() + "**";
        put_markdown_row(out, row);
      }
      out +=
          "\nDifferences are paired by example, p-values adjusted by Holm over the table; regressions stand first.\n\n";
    }
    for (const auto* sentences : {&one.changes.lost, &one.changes.unmatched})
      for (const std::string& sentence : *sentences) out += "- " + sentence + "\n";
    if (!one.changes.lost.empty() || !one.changes.unmatched.empty()) out += "\n";
  }
  return out;
}

std::string compare_json(const std::vector<RunChanges>& all) {
  OrderedJson out{{"format", 1}, {"comparisons", OrderedJson::array()}};
  for (const RunChanges& one : all) {
    OrderedJson json{{"before", one.before},
                     {"after", one.after},
                     {"changes", OrderedJson::array()},
                     {"lost", one.changes.lost},
                     {"unmatched", one.changes.unmatched}};
    for (const CellChange& cell : one.changes.cells) json["changes"].push_back(change_json(cell));
    out["comparisons"].push_back(std::move(json));
  }
  return out.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace assay::report
