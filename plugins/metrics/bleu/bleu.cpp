#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "statistics.h"
#include "tokenize.h"

namespace {

/// Columns of a row: the two lengths, matches and totals by order, and (for the signature) the number of references.
constexpr std::size_t kMatches = 2, kTotals = kMatches + bleu::kOrders, kReferences = kTotals + bleu::kOrders,
                      kWidth = kReferences + 1;

/// Corpus BLEU (Papineni et al. 2002, P02-1040) as sacreBLEU 2 defines it (Post 2018, W18-6319).
class Bleu final : public assay::sdk::SumMetric {
 public:
  explicit Bleu(const assay::sdk::Params& params)
      : tokenizer_(params.get<std::string>("tokenize", "13a")),
        smoothing_(params.get<std::string>("smooth", "exp")),
        lowercase_(params.get<bool>("lowercase", false)) {
    using bleu::Smoothing;
    scoring_.smoothing = smoothing_ == "none"    ? Smoothing::none
                         : smoothing_ == "floor" ? Smoothing::floor
                         : smoothing_ == "add-k" ? Smoothing::add_k
                                                 : Smoothing::exp;
    scoring_.value = params.get<double>("smooth_value", smoothing_ == "floor" ? 0.1 : 1.0);
    scoring_.effective_order = params.get<bool>("effective_order", false);
  }

  std::vector<assay::sdk::Value> outputs() const override {
    return {{.name = "bleu", .unit = "", .higher_is_better = true, .per_example = scoring_.effective_order}};
  }

  std::size_t width() const override { return kWidth; }

  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion>,
             std::span<double> row) const override {
    const bleu::Tokenizer tokenizer = bleu::tokenizer(tokenizer_);
    std::vector<std::vector<std::string>> references;
    for (const std::string& reference : p.references) {
      if (!reference.empty()) references.push_back(bleu::tokenize(reference, tokenizer, lowercase_));
    }
    if (references.empty()) {
      throw assay::BadInput("example " + p.input.id +
                            " has no reference that is not empty, so BLEU is not defined; leave it out or give it one");
    }
    const bleu::Statistics one = bleu::statistics(bleu::tokenize(p.answer, tokenizer, lowercase_), references);
    row[0] = one.answer_length;
    row[1] = one.reference_length;
    std::copy(one.matches.begin(), one.matches.end(), row.begin() + kMatches);
    std::copy(one.totals.begin(), one.totals.end(), row.begin() + kTotals);
    row[kReferences] = static_cast<double>(references.size());
  }

  void from_sums(std::span<const double> sums, double count, std::span<double> out) const override {
    if (count <= 0) {
      out[0] = std::numeric_limits<double>::quiet_NaN();
      return;
    }
    bleu::Statistics all;
    all.answer_length = sums[0];
    all.reference_length = sums[1];
    std::copy_n(sums.begin() + kMatches, bleu::kOrders, all.matches.begin());
    std::copy_n(sums.begin() + kTotals, bleu::kOrders, all.totals.begin());
    out[0] = bleu::score(all, scoring_);
  }

  std::string signature(const assay::sdk::Rows& rows) const override {
    double fewest = std::numeric_limits<double>::infinity(), most = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      fewest = std::min(fewest, rows.row(i)[kReferences]);
      most = std::max(most, rows.row(i)[kReferences]);
    }
    char value[32] = "";
    if (smoothing_ == "floor" || smoothing_ == "add-k") std::snprintf(value, sizeof value, "[%.2f]", scoring_.value);
    return "nrefs:" + (fewest == most ? std::to_string(static_cast<int>(most)) : "var") +
           "|case:" + (lowercase_ ? "lc" : "mixed") + "|eff:" + (scoring_.effective_order ? "yes" : "no") +
           "|tok:" + tokenizer_ + "|smooth:" + smoothing_ + value + "|version:2.x";
  }

 private:
  std::string tokenizer_, smoothing_;
  bool lowercase_;
  bleu::Scoring scoring_;
};

}  // namespace

ASSAY_METRIC(Bleu, {.name = "bleu",
                    .version = "1.0",
                    .summary = "corpus BLEU as sacreBLEU computes it, over all references of an example",
                    .params = R"({"type":"object","additionalProperties":false,"properties":{
  "tokenize":{"type":"string","enum":["13a","intl","char","none","zh"],"default":"13a","description":"sacreBLEU's name of how texts fall into tokens"},
  "lowercase":{"type":"boolean","default":false,"description":"compares without case"},
  "smooth":{"type":"string","enum":["exp","floor","add-k","none"],"default":"exp","description":"what stands for an order without a match"},
  "smooth_value":{"type":["number","null"],"minimum":0,"default":null,"description":"of floor and add-k; 0.1 and 1 unless given"},
  "effective_order":{"type":"boolean","default":false,"description":"leaves out orders that answers are too short for; with it the value of one example is its sentence BLEU"}}})"})
