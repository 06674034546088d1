#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "statistics.h"
#include "text/signature.h"
#include "tokenize.h"

namespace {

/// Columns of a row: the two lengths, matches and totals by order, (for the signature) the number of references, and
/// where it is reported the sentence's own BLEU.
constexpr std::size_t kMatches = 2, kTotals = kMatches + bleu::kOrders, kReferences = kTotals + bleu::kOrders,
                      kSentence = kReferences + 1;

/// Corpus BLEU (Papineni et al. 2002, P02-1040) as sacreBLEU 2 defines it (Post 2018, W18-6319).
class Bleu final : public assay::sdk::SumMetric {
 public:
  explicit Bleu(const assay::sdk::Params& params)
      : tokenizer_(params.get<std::string>("tokenize", "13a")),
        smoothing_(params.get<std::string>("smooth", "exp")),
        lowercase_(params.get<bool>("lowercase", false)),
        sentence_(params.get<bool>("sentence", false)) {
    using bleu::Smoothing;
    scoring_.smoothing = smoothing_ == "none"    ? Smoothing::none
                         : smoothing_ == "floor" ? Smoothing::floor
                         : smoothing_ == "add-k" ? Smoothing::add_k
                                                 : Smoothing::exp;
    scoring_.value = params.get<double>("smooth_value", smoothing_ == "floor" ? 0.1 : 1.0);
    scoring_.effective_order = params.get<bool>("effective_order", false);
  }

  std::vector<assay::sdk::Value> outputs() const override {
    std::vector<assay::sdk::Value> all{
        {.name = "bleu", .unit = "", .higher_is_better = true, .per_example = scoring_.effective_order}};
    if (sentence_) all.push_back({.name = "bleu.sentence", .unit = ""});
    return all;
  }

  std::size_t width() const override { return kSentence + (sentence_ ? 1 : 0); }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const bleu::Tokenizer tokenizer = bleu::tokenizer(tokenizer_);
    std::vector<bleu::Tokens> references;
    references.reserve(p.references.size());
    for (const std::string& reference : p.references) references.emplace_back(reference, tokenizer, lowercase_);
    const bleu::Tokens answer(p.answer, tokenizer, lowercase_);
    const bleu::Statistics one = bleu::statistics(answer.list(), references);
    row[0] = one.answer_length;
    row[1] = one.reference_length;
    std::copy(one.matches.begin(), one.matches.end(), row.begin() + kMatches);
    std::copy(one.totals.begin(), one.totals.end(), row.begin() + kTotals);
    row[kReferences] = static_cast<double>(references.size());
    if (!sentence_) return;
    bleu::Scoring scoring = scoring_;
    scoring.effective_order = true;
    row[kSentence] = bleu::score(one, scoring);
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    if (count <= 0) {
      std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
      return;
    }
    bleu::Statistics all;
    all.answer_length = sums[0];
    all.reference_length = sums[1];
    std::copy_n(sums.begin() + kMatches, bleu::kOrders, all.matches.begin());
    std::copy_n(sums.begin() + kTotals, bleu::kOrders, all.totals.begin());
    out[0] = bleu::score(all, scoring_);
    if (sentence_) out[1] = sums[kSentence] / count;
  }

  std::string signature(const assay::sdk::Rows& rows) const override {
    char value[32] = "";
    if (smoothing_ == "floor" || smoothing_ == "add-k") std::snprintf(value, sizeof value, "[%.2f]", scoring_.value);
    return metric_text::number_of_references(rows, kReferences) + "|case:" + (lowercase_ ? "lc" : "mixed") + "|" +
           metric_text::flag("eff", scoring_.effective_order) + "|tok:" + tokenizer_ + "|smooth:" + smoothing_ + value +
           "|version:2.x";
  }

 private:
  std::string tokenizer_, smoothing_;
  bool lowercase_, sentence_;
  bleu::Scoring scoring_;
};

}  // namespace

ASSAY_METRIC(Bleu, {.name = "bleu",
                    .version = "1.1",
                    .summary = "corpus BLEU as sacreBLEU computes it, over all references of an example",
                    .params = R"({"type":"object","additionalProperties":false,"properties":{
  "tokenize":{"type":"string","enum":["13a","intl","char","none","zh"],"default":"13a","description":"sacreBLEU's name of how texts fall into tokens"},
  "lowercase":{"type":"boolean","default":false,"description":"compares without case"},
  "smooth":{"type":"string","enum":["exp","floor","add-k","none"],"default":"exp","description":"what stands for an order without a match"},
  "smooth_value":{"type":["number","null"],"minimum":0,"default":null,"description":"of floor and add-k; 0.1 and 1 unless given"},
  "effective_order":{"type":"boolean","default":false,"description":"leaves out orders that answers are too short for; with it the value of one example is its sentence BLEU"},
  "sentence":{"type":"boolean","default":false,"description":"also reports the mean of the examples' sentence BLEU (effective order) as bleu.sentence"}}})"})
