#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <limits>

#include "overlap.h"
#include "text/signature.h"

namespace {

using rouge::Overlap;
using rouge::Tokens;

/// A text's tokens, and those of its lines, which are ROUGE-Lsum's sentences.
struct Text {
  Tokens tokens;
  std::vector<Tokens> lines;
};

/// ROUGE (Lin 2004, W04-1013) as Google's rouge_score computes it: for each example the reference with the best F, then
/// the mean over examples.
class Rouge final : public assay::sdk::SumMetric {
 public:
  explicit Rouge(const assay::sdk::Params& params)
      : variants_(params.get<std::vector<std::string>>("variants", {"rouge1", "rouge2", "rougeL"})),
        measure_(params.get<std::string>("measure", "fmeasure")),
        stemmer_(params.get<bool>("stemmer", false)) {}

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all;
    for (const std::string& variant : variants_) all.push_back({.name = variant, .unit = ""});
    return all;
  }

  std::size_t width() const override { return variants_.size() + 1; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    metric_text::Numbering<std::string> numbers;
    const Text answer = read(p.answer, numbers);
    std::vector<double> best(variants_.size(), -1);
    for (const std::string& text : p.references) {
      const Text reference = read(text, numbers);
      for (std::size_t i = 0; i < variants_.size(); ++i) {
        const Overlap overlap = overlap_of(variants_[i], answer, reference);
        if (overlap.f() <= best[i]) continue;
        best[i] = overlap.f();
        row[i] = measure_ == "precision" ? overlap.precision() : measure_ == "recall" ? overlap.recall() : overlap.f();
      }
    }
    row.back() = static_cast<double>(p.references.size());
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = count > 0 ? sums[i] / count : std::numeric_limits<double>::quiet_NaN();
  }

  std::string signature(const assay::sdk::Rows& rows) const override {
    return metric_text::number_of_references(rows, variants_.size()) + "|multi:best|" +
           metric_text::flag("stem", stemmer_) + "|value:" + measure_ + "|version:rouge_score-0.1";
  }

 private:
  Text read(const std::string& text, metric_text::Numbering<std::string>& numbers) const {
    Text result{numbers(rouge::tokenize(text, stemmer_)), {}};
    if (std::find(variants_.begin(), variants_.end(), "rougeLsum") == variants_.end()) return result;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      result.lines.push_back(numbers(rouge::tokenize(std::string_view(text).substr(at, end - at), stemmer_)));
      at = end + 1;
    }
    return result;
  }

  static Overlap overlap_of(const std::string& variant, const Text& answer, const Text& reference) {
    if (variant == "rougeLsum") return rouge::union_of_subsequences(answer.lines, reference.lines);
    if (variant == "rougeL") return rouge::longest_common_subsequence(answer.tokens, reference.tokens);
    return rouge::ngrams(answer.tokens, reference.tokens, static_cast<std::size_t>(variant.back() - '0'));
  }

  std::vector<std::string> variants_;
  std::string measure_;
  bool stemmer_;
};

}  // namespace

ASSAY_METRIC(
    Rouge,
    {.name = "rouge",
     .version = "1.0",
     .summary = "ROUGE-1 to 9, L and Lsum as Google's rouge_score computes them, by the best reference of an example",
     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "variants":{"type":"array","items":{"type":"string","enum":["rouge1","rouge2","rouge3","rouge4","rouge5","rouge6","rouge7","rouge8","rouge9","rougeL","rougeLsum"]},
    "minItems":1,"uniqueItems":true,"default":["rouge1","rouge2","rougeL"],"description":"which are reported, the main one first"},
  "stemmer":{"type":"boolean","default":false,"description":"compares stems (NLTK's Porter) of words over three letters"},
  "measure":{"type":"string","enum":["fmeasure","precision","recall"],"default":"fmeasure","description":"which number of the best reference is reported"}}})"})
