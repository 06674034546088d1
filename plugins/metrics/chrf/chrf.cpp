#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <limits>

#include "statistics.h"
#include "text/signature.h"

namespace {

/// chrF and chrF++ (Popović 2015, W15-3049; 2017, W17-4770) as sacreBLEU 2 computes them.
class Chrf final : public assay::sdk::SumMetric {
 public:
  explicit Chrf(const assay::sdk::Params& params)
      : settings_{.char_order = params.get<std::size_t>("char_order", 6),
                  .word_order = params.get<std::size_t>("word_order", 0),
                  .beta = params.get<double>("beta", 2),
                  .lowercase = params.get<bool>("lowercase", false),
                  .whitespace = params.get<bool>("whitespace", false),
                  .eps_smoothing = params.get<bool>("eps_smoothing", false)},
        references_(settings_.orders() * chrf::kColumns) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "chrf", .unit = ""}}; }

  std::size_t width() const override { return references_ + 1; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    std::vector<chrf::Segment> references;
    for (const std::string& reference : p.references) references.push_back(chrf::segment(reference, settings_));
    chrf::count(chrf::segment(p.answer, settings_), references, settings_, row.first(references_));
    row[references_] = static_cast<double>(references.size());
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    out[0] = count > 0 ? chrf::score(sums, settings_) : std::numeric_limits<double>::quiet_NaN();
  }

  std::string signature(const assay::sdk::Rows& rows) const override {
    const std::string beta = assay::Json(settings_.beta).dump();
    return metric_text::number_of_references(rows, references_) + "|case:" + (settings_.lowercase ? "lc" : "mixed") +
           "|" + metric_text::flag("eff", !settings_.eps_smoothing) + "|nc:" + std::to_string(settings_.char_order) +
           "|nw:" + std::to_string(settings_.word_order) + "|" + metric_text::flag("space", settings_.whitespace) +
           (settings_.beta == 2 ? "" : "|beta:" + beta) + "|version:2.x";
  }

 private:
  chrf::Settings settings_;
  std::size_t references_;  ///< the last column: how many references the example has
};

}  // namespace

ASSAY_METRIC(Chrf, {.name = "chrf",
                    .version = "1.0",
                    .summary = "chrF and chrF++ as sacreBLEU computes them, by the best reference of an example",
                    .params = R"({"type":"object","additionalProperties":false,"properties":{
  "char_order":{"type":"integer","minimum":1,"maximum":32,"default":6,"description":"longest n-gram of characters"},
  "word_order":{"type":"integer","minimum":0,"maximum":32,"default":0,"description":"longest n-gram of words; 2 is chrF++"},
  "beta":{"type":"number","exclusiveMinimum":0,"default":2,"description":"how much more recall counts than precision"},
  "lowercase":{"type":"boolean","default":false,"description":"compares without case"},
  "whitespace":{"type":"boolean","default":false,"description":"n-grams of characters run over white space too"},
  "eps_smoothing":{"type":"boolean","default":false,"description":"orders that a text is too short for count, as in chrF++.py, NLTK and Moses"}}})"})
