#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "report/characters.h"
#include "report/format.h"
#include "report/fragility.h"
#include "report/writers.h"

namespace assay::report {
namespace {

constexpr std::size_t kMostBytes = 30'000;  // of one cell: spreadsheets take 32,767 characters

/// One number, or several between semicolons, as this file writes them.
bool are_numbers(std::string_view text) {
  if (const auto at = text.find(';'); at != std::string_view::npos)
    return are_numbers(text.substr(0, at)) && are_numbers(text.substr(at + 1));
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  return error == std::errc() && end == text.data() + text.size();
}

/// Text that a spreadsheet takes neither for a formula (https://owasp.org/www-community/attacks/CSV_Injection) nor for
/// control characters, and not longer than it can hold.
std::string harmless(const std::string& text) {
  std::string out;
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos && !are_numbers(text))
    out = "'";
  for (const Character& c : characters(text)) {
    if (is_control(c.code) && c.code != '\n' && c.code != '\t' && c.code != '\r') {
      out += fmt::format("U+{:04X}", c.code);
    } else {
      out += c.bytes;
    }
  }
  return shortened(out, kMostBytes);
}

class Row {
 public:
  Row& add(const std::string& data) {
    const std::string text = harmless(data);
    if (!out_.empty() || started_) out_ += ',';
    started_ = true;
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out_ += text;
      return *this;
    }
    out_ += '"';
    for (const char c : text) out_ += c == '"' ? std::string("\"\"") : std::string(1, c);
    out_ += '"';
    return *this;
  }
  /// As many digits as it takes to read the same number back; nothing for NaN.
  Row& add(double x) { return add(std::isnan(x) ? "" : fmt::format("{}", x)); }
  Row& add(bool x) { return add(std::string(x ? "true" : "false")); }
  [[nodiscard]] std::string line() const { return out_ + "\r\n"; }

 private:
  std::string out_;
  bool started_ = false;
};

template <class T>
std::string list(const std::vector<T>& items) {
  std::string out;
  for (const T& item : items) out += (out.empty() ? "" : ";") + fmt::format("{}", item);
  return out;
}

/// The chosen trial of each seed, in the order of the seeds.
std::string chosen(const Group& g) {
  std::vector<std::string> labels;
  for (const Tuning& tuning : g.tuning) {
    labels.emplace_back();
    for (const TrialRow& trial : tuning.trials)
      if (trial.chosen) labels.back() = trial.label;
  }
  return list(labels);
}

}  // namespace

std::string trials_csv(const ReportData& report) {
  std::string out;
  for (const Dataset& dataset : report.datasets) {
    for (const Group& g : dataset.groups) {
      for (const Tuning& tuning : g.tuning) {
        for (const TrialRow& trial : tuning.trials) {
          Row row;
          row.add(dataset.name)
              .add(g.model)
              .add(g.strategy)
              .add(g.id)
              .add(tuning.cell)
              .add(fmt::format("{}", tuning.seed));
          row.add(static_cast<double>(trial.number)).add(trial.label).add(tuning.output).add(tuning.higher_is_better);
          row.add(trial.value)
              .add(trial.chosen)
              .add(trial.seconds)
              .add(trial.tokens)
              .add(trial.dollars)
              .add(trial.failure);
          out += row.line();
        }
      }
    }
  }
  if (out.empty()) return out;
  return "dataset,model,strategy,group,cell,seed,trial,label,name,higher_is_better,value,chosen,seconds,tokens,dollars,"
         "failure\r\n" +
         out;
}

std::string csv(const ReportData& report) {
  std::string out =
      "dataset,model,strategy,group,family,cells,seeds,metric,name,unit,higher_is_better,primary,examples,value,low,"
      "high,"
      "confidence,seed_sd,by_seed,baseline,difference,difference_low,difference_high,p_value,rank,tied,recommended,"
      "meets_constraints,adapt_seconds,generate_seconds,trained_parameters,prompt_tokens,completion_tokens,dollars_per_"
      "1k,"
      "latency_p95_ms,failure,train_rows,trials,chosen,adapt_tokens,adapt_dollars,test,p_adjusted,detectable,"
      "fragility_mean,fragility_spread,fragility_std,fragility_worst,worst_variant,needed\r\n";
  for (const Dataset& dataset : report.datasets) {
    for (const Group& g : dataset.groups) {
      for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
        const Output& output = dataset.outputs[o];
        const Value& v = g.values[o];
        const auto found = g.id == dataset.baseline ? std::nullopt : dataset.difference(o, g.id, dataset.baseline);
        const Difference d = found.value_or(Difference{});
        Row row;
        row.add(dataset.name).add(g.model).add(g.strategy).add(g.id).add(to_string(g.family)).add(list(g.cells));
        row.add(list(g.seeds)).add(output.metric).add(output.name).add(output.unit).add(output.higher_is_better);
        row.add(o == dataset.primary).add(static_cast<double>(output.examples)).add(v.value).add(v.low).add(v.high);
        row.add(report.confidence).add(v.seed_sd).add(list(v.by_seed)).add(dataset.baseline);
        row.add(d.value).add(d.low).add(d.high).add(d.p_value).add(g.rank == 0 ? kUnknown : g.rank).add(g.tied);
        row.add(g.id == dataset.recommendation.group).add(g.violations.empty());
        row.add(g.costs.adapt_seconds).add(g.costs.generate_seconds).add(g.costs.trained_parameters);
        row.add(g.costs.prompt_tokens).add(g.costs.completion_tokens).add(g.costs.dollars_per_1k);
        row.add(g.costs.latency_p95_ms).add(g.failures.empty() ? "" : g.failures.front());
        row.add(g.train_rows == 0 ? kUnknown : static_cast<double>(g.train_rows));
        row.add(g.tuning.empty() ? kUnknown : static_cast<double>(g.tuning.front().trials.size())).add(chosen(g));
        row.add(g.costs.adapt_tokens).add(g.costs.adapt_dollars);
        row.add(d.test).add(d.p_adjusted).add(d.detectable);
        const Moved m = moved(dataset, g, o);
        row.add(m.mean).add(m.spread).add(m.std).add(m.worst).add(m.worst_variant).add(d.needed);
        out += row.line();
      }
    }
  }
  return out;
}

}  // namespace assay::report
