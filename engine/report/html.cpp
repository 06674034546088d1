#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/economics_text.h"
#include "report/format.h"
#include "report/fragility.h"
#include "report/html_style.h"
#include "report/side_tables.h"
#include "report/signatures.h"
#include "report/table.h"
#include "report/writers.h"

namespace assay::report {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // Control characters are not allowed in HTML, escaped or not.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
          out += c;
        else
          out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

/// A sentence whose names stand between backticks.
std::string sentence(const std::string& text) {
  std::string out;
  bool open = false;
  for (const char c : escaped(text)) {
    if (c != '`') {
      out += c;
      continue;
    }
    out += open ? "</code>" : "<code>";
    open = !open;
  }
  return out + (open ? "</code>" : "");
}

std::string tag(Family family) { return fmt::format("<span class=\"tag {0}\">{0}</span>", to_string(family)); }

/// The stretch of the primary output's axis that the table's bars share.
struct BarAxis {
  double low = 0, high = 1;
  [[nodiscard]] double at(double x) const { return 4 + 168 * (x - low) / (high - low); }
};

BarAxis axis(const Dataset& dataset) {
  double low = INFINITY, high = -INFINITY;
  for (const Group& g : dataset.groups) {
    const Value& v = g.values[dataset.primary];
    for (const double x : {v.value, v.low, v.high})
      if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  }
  if (low > high) return {};
  if (dataset.outputs[dataset.primary].share)
    return {std::floor(low * 10) / 10, std::max(std::ceil(high * 10), std::floor(low * 10) + 1) / 10};
  const double room = high > low ? (high - low) * 0.03 : std::max(std::abs(high) * 0.03, 1e-9);
  return {low - room, high + room};
}

std::string bar(const Dataset& dataset, const Group& g, const BarAxis& axis) {
  const Output& output = dataset.outputs[dataset.primary];
  const Value& v = g.values[dataset.primary];
  std::string out = fmt::format("<svg class=\"bar {}\" viewBox=\"0 0 176 20\" role=\"img\" aria-label=\"{}\">",
                                to_string(g.family), escaped(value_text(output, v)));
  if (const Group* base = dataset.find(dataset.baseline); base && base->rank > 0) {
    const double x = axis.at(base->values[dataset.primary].value);
    out += fmt::format("<line class=\"base\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"20\"/>", x);
  }
  if (std::isfinite(v.low) && std::isfinite(v.high)) {
    const double a = axis.at(v.low), b = axis.at(v.high);
    out += fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"10\" y2=\"10\"/>", a, b);
    for (const double x : {a, b}) out += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"6\" y2=\"14\"/>", x);
  }
  return out + fmt::format("<circle cx=\"{:.1f}\" cy=\"10\" r=\"3.5\"/></svg>", axis.at(v.value));
}

std::string difference_cell(const Dataset& dataset, const Group& g) {
  if (g.id == dataset.baseline) return "<span class=\"ci\">baseline</span>";
  const auto d = dataset.difference(dataset.primary, g.id, dataset.baseline);
  if (!d) return "–";
  const Output& output = dataset.outputs[dataset.primary];
  const std::string number = signed_number(output, d->value);
  const std::string range = fmt::format(" <span class=\"ci\">{}</span>", signed_interval(output, d->low, d->high));
  if (!d->shown()) return number + range;
  const bool better = (d->value > 0) == output.higher_is_better;
  return fmt::format("<span class=\"{}\">{} {}</span>{}", better ? "up" : "down", better ? "▲" : "▼", number, range);
}

void put_main_table(std::string& out, const ReportData& report, const Dataset& dataset) {
  const Output& output = dataset.outputs[dataset.primary];
  const std::vector<Column> costs = cost_columns(dataset);
  const BarAxis scale = axis(dataset);
  const Group* baseline = dataset.find(dataset.baseline);
  const std::string in = difference_unit(dataset);
  out += fmt::format(
      "<div class=\"scroll\"><table><caption>Cells by {} ({} is better), {} test examples; ▲ better and ▼ worse than "
      "the "
      "baseline where that is shown; the dashed line is the baseline</caption>\n<thead><tr>",
      escaped(output.name), output.higher_is_better ? "higher" : "lower", whole(static_cast<double>(dataset.examples)));
  out += fmt::format(
      "<th scope=\"col\" class=\"l\">rank</th><th scope=\"col\" class=\"l\">cell</th><th scope=\"col\">{}</th>"
      "<th scope=\"col\"><span class=\"scale\"><span>{}</span><span>{}</span></span></th>"
      "<th scope=\"col\">against {}{}</th>",
      escaped(primary_title(dataset)), number(output, scale.low), number(output, scale.high),
      baseline ? "<code>" + escaped(baseline->label) + "</code>" : "the baseline",
      in.empty() ? "" : ",<br>" + escaped(in));
  for (const Column& c : costs)
    out += fmt::format("<th scope=\"col\" title=\"{}\">{}</th>", escaped(c.hint), escaped(c.title));
  out += "</tr></thead>\n<tbody>\n";
  int rank_before = 0;
  for (std::size_t i = 0; i < dataset.groups.size(); ++i) {
    const Group& g = dataset.groups[i];
    std::string classes = g.id == dataset.recommendation.group ? "chosen" : g.rank == 0 ? "failed" : "";
    if (i > 0 && g.rank != rank_before) classes += classes.empty() ? "tier" : " tier";
    rank_before = g.rank;
    out += fmt::format("<tr{}><td class=\"l\">{}</td><th scope=\"row\"><code>{}</code>{}",
                       classes.empty() ? "" : fmt::format(" class=\"{}\"", classes), rank_text(g), escaped(g.label),
                       tag(g.family));
    if (const std::string missing = missing_text(g); !missing.empty())
      out += fmt::format("<br><span class=\"down\">▼ {}</span>", missing);
    for (const std::string& violation : g.violations)
      out += fmt::format("<br><span class=\"down\">▼ {}</span>", escaped(violation));
    out += "</th>";
    if (g.rank == 0) {
      out += fmt::format("<td>{}</td><td></td><td>–</td>", g.failures.empty() ? "no result" : "failed");
    } else {
      const Value& v = g.values[dataset.primary];
      out +=
          fmt::format("<td><b>{}</b> <span class=\"ci\">{}</span></td><td>{}</td><td>{}</td>", number(output, v.value),
                      interval(output, v.low, v.high), bar(dataset, g, scale), difference_cell(dataset, g));
    }
    for (const Column& c : costs) out += fmt::format("<td>{}</td>", escaped(c.cells[i]));
    out += "</tr>\n";
  }
  out += fmt::format("</tbody></table></div>\n<p class=\"note\">{}</p>\n", escaped(interval_note(report, dataset)));
  for (const std::string& line : signatures(dataset))
    out += fmt::format("<p class=\"note\"><code>{}</code></p>\n", escaped(line));
}

void put_other_metrics(std::string& out, const Dataset& dataset) {
  if (dataset.outputs.size() < 2) return;
  out +=
      "<h3>Other metrics</h3>\n<div class=\"scroll\"><table><caption>Each with its interval; for all but the marked "
      "ones higher is "
      "better</caption>\n<thead><tr><th scope=\"col\" class=\"l\">cell</th>";
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    if (o == dataset.primary) continue;
    const Output& output = dataset.outputs[o];
    const std::string label = unit(output);
    out +=
        fmt::format("<th scope=\"col\">{}{}{}</th>", escaped(output.name), label.empty() ? "" : ", " + escaped(label),
                    output.higher_is_better ? "" : "<br>lower is better");
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const Group& g : dataset.groups) {
    if (g.rank == 0) continue;
    out += fmt::format("<tr><th scope=\"row\"><code>{}</code></th>", escaped(g.label));
    for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
      if (o == dataset.primary) continue;
      const Value& v = g.values[o];
      out += std::isnan(v.value)
                 ? "<td>–</td>"
                 : fmt::format("<td>{} <span class=\"ci\">{}</span></td>", number(dataset.outputs[o], v.value),
                               interval(dataset.outputs[o], v.low, v.high));
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

void put_findings(std::string& out, const Dataset& dataset) {
  const FindingTable table = finding_table(dataset);
  if (table.rows.empty()) return;
  out +=
      "<h3>What strategies found</h3>\n<div class=\"scroll\"><table><caption>means over the "
      "examples</caption>\n<thead><tr><th scope=\"col\" class=\"l\">cell</th>";
  for (const std::string& name : table.names) out += fmt::format("<th scope=\"col\">{}</th>", escaped(name));
  out += "</tr></thead>\n<tbody>\n";
  for (const FindingTable::Row& row : table.rows) {
    out += fmt::format("<tr><th scope=\"row\"><code>{}</code></th>", escaped(row.label));
    for (const std::string& value : row.values) out += fmt::format("<td>{}</td>", value);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

void put_side_tables(std::string& out, const std::vector<SideTable>& tables) {
  for (const SideTable& table : tables) {
    out += fmt::format("<h3>{}</h3>\n<div class=\"scroll\"><table>\n<thead><tr>", escaped(table.title));
    for (std::size_t i = 0; i < table.head.size(); ++i)
      out += fmt::format("<th scope=\"col\"{}>{}</th>", i == 0 ? " class=\"l\"" : "", escaped(table.head[i]));
    out += "</tr></thead>\n<tbody>\n";
    for (const std::vector<std::string>& texts : table.rows) {
      out += fmt::format("<tr><th scope=\"row\"><code>{}</code></th>", escaped(texts.front()));
      for (std::size_t i = 1; i < texts.size(); ++i) out += fmt::format("<td>{}</td>", escaped(texts[i]));
      out += "</tr>\n";
    }
    out += fmt::format("</tbody></table></div>\n<p class=\"note\">{}</p>\n", sentence(table.note));
  }
}

void put_curves(std::string& out, const Dataset& dataset) {
  if (dataset.curves.empty()) return;
  const std::vector<std::size_t> sizes = curve_sizes(dataset);
  out += fmt::format(
      "<h3>Score by training-set size</h3>\n<div class=\"scroll\"><table><caption>{} by training rows; the smaller "
      "sets are parts of the "
      "larger ones</caption>\n<thead><tr><th scope=\"col\" class=\"l\">cell</th>",
      escaped(primary_title(dataset)));
  for (const std::size_t size : sizes)
    out += fmt::format("<th scope=\"col\">{}</th>", whole(static_cast<double>(size)));
  out += "</tr></thead>\n<tbody>\n";
  for (const LearningCurve& curve : dataset.curves) {
    out += fmt::format("<tr><th scope=\"row\"><code>{}</code></th>", escaped(curve.label));
    for (const std::size_t size : sizes) out += fmt::format("<td>{}</td>", curve_text(dataset, curve, size));
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

void put_variants(std::string& out, const Dataset& dataset) {
  const std::vector<Column> columns = variant_columns(dataset);
  if (columns.empty()) return;
  out += fmt::format(
      "<h3>Fragility</h3>\n<div class=\"scroll\"><table><caption>{} by how the questions were put</caption>\n"
      "<thead><tr><th scope=\"col\" class=\"l\">cell</th>",
      escaped(primary_title(dataset)));
  for (const Column& c : columns) out += fmt::format("<th scope=\"col\">{}</th>", escaped(c.title));
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < dataset.groups.size(); ++i) {
    out += fmt::format("<tr><th scope=\"row\"><code>{}</code></th>", escaped(dataset.groups[i].label));
    for (const Column& c : columns) out += fmt::format("<td>{}</td>", escaped(c.cells[i]));
    out += "</tr>\n";
  }
  out += fmt::format("</tbody></table></div>\n<p class=\"note\">{}</p>\n", sentence(fragility_note(dataset)));
}

void put_costs(std::string& out, const Costing& costs, const Dataset& dataset) {
  const DatasetEconomics* found = costs.find(dataset.name);
  if (found == nullptr) return;
  put_side_tables(out, {{"Costs", cost_columns(costs.settings), cost_rows(*found), cost_note(costs.settings)}});
  if (found->repayments.empty()) return;
  out += "<p>Training is repaid:</p>\n<ul>\n";
  for (const Repayment& row : found->repayments) {
    out += fmt::format("<li><code>{}</code> against <code>{}</code>: {}</li>\n", escaped(found->ways[row.tuned].label),
                       escaped(found->ways[row.prompted].label), escaped(repaid_text(row, costs.settings.price_range)));
  }
  out += "</ul>\n";
}

void put_trials(std::string& out, const Dataset& dataset) {
  const std::vector<TrialLine> lines = trial_lines(dataset);
  if (lines.empty()) return;
  out += fmt::format(
      "<h3>Trials</h3>\n<div class=\"scroll\"><table><caption>Settings that were tried; time, tokens and dollars are "
      "means over "
      "seeds</caption>\n<thead><tr><th scope=\"col\" class=\"l\">cell</th><th scope=\"col\" class=\"l\">trial</th>"
      "<th scope=\"col\" class=\"l\">chosen</th><th scope=\"col\">{}</th><th scope=\"col\">time</th><th "
      "scope=\"col\">tokens</th>"
      "<th scope=\"col\">dollars</th></tr></thead>\n<tbody>\n",
      escaped(trial_title(dataset)));
  for (const TrialLine& line : lines) {
    out += fmt::format(
        "<tr{}><th scope=\"row\"><code>{}</code></th><td class=\"l\"><code>{}</code></td><td "
        "class=\"l\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        line.chosen.empty() ? "" : " class=\"chosen\"", escaped(line.group), escaped(line.trial), line.chosen,
        line.failure.empty() ? line.value : "failed: " + escaped(line.failure), line.seconds, line.tokens,
        line.dollars.empty() ? "–" : line.dollars);
  }
  out += fmt::format("</tbody></table></div>\n<p class=\"note\">{}</p>\n", escaped(tuning_note(dataset)));
}

void put_examples(std::string& out, const Dataset& dataset) {
  const bool any =
      std::any_of(dataset.groups.begin(), dataset.groups.end(), [](const Group& g) { return !g.examples.empty(); });
  if (!any) return;
  out += "<h3>What was asked and answered</h3>\n";
  for (const Group& g : dataset.groups) {
    if (g.examples.empty()) continue;
    out += fmt::format("<details><summary><code>{}</code></summary>\n", escaped(g.label));
    for (const PromptExample& e : g.examples) {
      out += fmt::format("<p class=\"hint\">example {}{}</p><pre>{}</pre><pre>{}</pre>\n", escaped(e.id),
                         std::isnan(e.score) ? ""
                                             : fmt::format(" · {} {}", escaped(dataset.outputs[dataset.primary].name),
                                                           significant(e.score)),
                         escaped(e.prompt), escaped(e.output));
      out += fmt::format("<p class=\"hint\">read as <code>{}</code>, expected <code>{}</code></p>\n", escaped(e.answer),
                         escaped(e.target));
    }
    out += "</details>\n";
  }
}

void put_answer(std::string& out, const ReportData& report) {
  out += "<section>\n<h2>Answer</h2>\n";
  if (!report.overall.empty()) out += fmt::format("<p>{}</p>\n", sentence(report.overall));
  out += "<div class=\"cards\">\n";
  for (std::size_t i = 0; i < report.datasets.size(); ++i) {
    const Dataset& d = report.datasets[i];
    const Group* chosen = d.find(d.recommendation.group);
    out +=
        fmt::format("<article class=\"card {}\"><h3><a href=\"#dataset-{}\">{}</a>{}</h3>\n",
                    chosen ? to_string(chosen->family) : "", i + 1, escaped(d.name), chosen ? tag(chosen->family) : "");
    for (std::size_t s = 0; s < std::min<std::size_t>(2, d.recommendation.sentences.size()); ++s)
      out += fmt::format("<p>{}</p>\n", sentence(d.recommendation.sentences[s]));
    out += "</article>\n";
  }
  out += "</div>\n";
  if (!report.failures.empty())
    out += fmt::format("<p class=\"alert\">{} stage{} failed: see <a href=\"#failures\">Failures</a>.</p>\n",
                       report.failures.size(), report.failures.size() == 1 ? "" : "s");
  for (const std::string& warning : report.warnings)
    out += fmt::format("<p class=\"alert\">{}</p>\n", escaped(warning));
  out += "</section>\n";
}

void put_failures(std::string& out, const ReportData& report) {
  if (report.failures.empty()) return;
  out += "<section id=\"failures\">\n<h2>Failures</h2>\n";
  for (const Failure& f : report.failures) {
    out += fmt::format("<details open><summary>{}{}</summary>\n<p>{}</p>\n", escaped(f.label),
                       f.attempts > 1 ? fmt::format(" · {} attempts", f.attempts) : "", escaped(f.reason));
    if (!f.cells.empty()) {
      out += "<p class=\"hint\">Without a result: ";
      for (std::size_t i = 0; i < f.cells.size(); ++i)
        out += fmt::format("{}<code>{}</code>", i ? ", " : "", escaped(f.cells[i]));
      out += "</p>\n";
    }
    if (!f.log_tail.empty()) out += fmt::format("<pre>{}</pre>\n", escaped(f.log_tail));
    out += "</details>\n";
  }
  out += "</section>\n";
}

void put_provenance(std::string& out, const ReportData& report) {
  out += fmt::format(
      "<section>\n<h2>Where this comes from</h2>\n<dl><dt>run</dt><dd>{} ({})</dd><dt>started</dt><dd>{}</dd>"
      "<dt>finished</dt><dd>{}</dd><dt>plan</dt><dd><code>{}</code></dd>",
      report.run, escaped(report.status), escaped(report.started), escaped(report.finished), escaped(report.plan_hash));
  for (const plan::PromptUse& prompt : report.prompts)
    out += fmt::format("<dt>prompt</dt><dd><code>{}</code></dd>", escaped(prompt.text()));
  if (!report.version.empty()) out += fmt::format("<dt>assay</dt><dd>{}</dd>", escaped(report.version));
  out += "</dl>\n";
  if (!report.settings.is_null())
    out += fmt::format("<details><summary>The experiment, as it was resolved</summary><pre>{}</pre></details>\n",
                       escaped(yaml(report.settings)));
  if (!report.stages.empty()) {
    out += fmt::format(
        "<details><summary>{} stages and their keys</summary><div class=\"scroll\"><table><thead><tr><th scope=\"col\" "
        "class=\"l\">stage"
        "</th><th scope=\"col\" class=\"l\">key</th><th scope=\"col\">time</th></tr></thead><tbody>\n",
        report.stages.size());
    for (const StageRow& s : report.stages)
      out += fmt::format("<tr><td class=\"l\">{}</td><td class=\"l\"><code>{}</code></td><td>{}</td></tr>\n",
                         escaped(s.label), escaped(s.key.substr(0, 16)), seconds_text(s.seconds));
    out += "</tbody></table></div></details>\n";
  }
  out += "</section>\n";
}

}  // namespace

std::string html(const ReportData& report, const Costing& costs) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} · "
      "assay</title>\n<style>{}</style>\n</head>\n"
      "<body>\n<header>\n<p class=\"kicker\">assay · fine-tuning or prompting</p>\n<h1>{}</h1>\n<p "
      "class=\"meta\">{}</p>\n</header>\n<main>\n",
      escaped(report.experiment), kStyle, escaped(report.experiment), escaped(extent(report)));
  put_answer(out, report);
  for (std::size_t i = 0; i < report.datasets.size(); ++i) {
    const Dataset& dataset = report.datasets[i];
    out += fmt::format("<section id=\"dataset-{}\">\n<h2>{}</h2>\n<p>", i + 1, escaped(dataset.name));
    for (const std::string& s : dataset.recommendation.sentences) out += sentence(s) + " ";
    out += "</p>\n";
    if (!dataset.outputs.empty()) {
      put_main_table(out, report, dataset);
      put_other_metrics(out, dataset);
      put_side_tables(out, front_tables(dataset));
      put_side_tables(out, slice_tables(dataset));
      put_findings(out, dataset);
      put_variants(out, dataset);
      put_curves(out, dataset);
      put_trials(out, dataset);
      put_costs(out, costs, dataset);
      put_examples(out, dataset);
    }
    out += "</section>\n";
  }
  put_failures(out, report);
  put_provenance(out, report);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace assay::report
