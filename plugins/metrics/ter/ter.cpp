#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>

#include "edits.h"
#include "text/signature.h"
#include "tokenize.h"

namespace {

enum Column : std::size_t { edits, reference_words, references, kWidth };

/// Translation edit rate (Snover et al. 2006) as sacreBLEU 2 computes it.
class Ter final : public assay::sdk::SumMetric {
 public:
  explicit Ter(const assay::sdk::Params& params)
      : tokenizer_{.normalized = params.get<bool>("normalized", false),
                   .no_punct = params.get<bool>("no_punct", false),
                   .asian_support = params.get<bool>("asian_support", false),
                   .case_sensitive = params.get<bool>("case_sensitive", false)} {}

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "ter", .unit = "", .higher_is_better = false}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const std::vector<std::string> answer = ter::tokenize(p.answer, tokenizer_);
    int fewest = std::numeric_limits<int>::max();
    for (const std::string& text : p.references) {
      metric_text::WordNumbering numbers;
      const std::vector<std::string> reference = ter::tokenize(text, tokenizer_);
      fewest = std::min(fewest, ter::edits(numbers(answer), numbers(reference)));
      row[reference_words] += static_cast<double>(reference.size());
    }
    row[edits] = fewest;
    row[reference_words] /= static_cast<double>(p.references.size());
    row[references] = static_cast<double>(p.references.size());
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    if (count <= 0) {
      out[0] = std::numeric_limits<double>::quiet_NaN();
    } else if (sums[reference_words] > 0) {
      out[0] = 100 * sums[edits] / sums[reference_words];
    } else {
      out[0] = sums[edits] > 0 ? 100 : 0;
    }
  }

  std::string signature(const assay::sdk::Rows& rows) const override {
    return metric_text::number_of_references(rows, references) +
           "|case:" + (tokenizer_.case_sensitive ? "mixed" : "lc") + "|tok:tercom|" +
           metric_text::flag("norm", tokenizer_.normalized) + "|" + metric_text::flag("punct", !tokenizer_.no_punct) +
           "|" + metric_text::flag("asian", tokenizer_.asian_support) + "|version:2.x";
  }

 private:
  ter::Tokenizer tokenizer_;
};

}  // namespace

ASSAY_METRIC(
    Ter,
    {.name = "ter",
     .version = "1.0",
     .summary = "translation edit rate as sacreBLEU computes it: edits and shifts for a hundred words of the reference",
     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "normalized":{"type":"boolean","default":false,"description":"sets punctuation apart, reads entities, joins lines"},
  "no_punct":{"type":"boolean","default":false,"description":"leaves punctuation out"},
  "asian_support":{"type":"boolean","default":false,"description":"normalized and no_punct know East Asian characters and punctuation too"},
  "case_sensitive":{"type":"boolean","default":false,"description":"compares with case"}}})"})
