#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>

#include "text/ngrams.h"
#include "text/signature.h"
#include "text/squad.h"
#include "text/unicode.h"

namespace {

/// SQuAD's F1 (Rajpurkar et al. 2016, section 6.1): shared tokens of normalised answers, by the best reference.
class TokenF1 final : public assay::sdk::PerExampleMetric {
 public:
  explicit TokenF1(const assay::sdk::Params& params) : normalize_(params.get<std::string>("normalize", "squad")) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "token_f1", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override {
    const std::vector<std::string> answer = tokens(p.answer);
    double best = 0;
    for (const std::string& reference : p.references) best = std::max(best, f1(answer, tokens(reference)));
    return best;
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "normalize:" + normalize_ + "|multi:best|empty:equal|version:squad-2.0";
  }

 private:
  std::vector<std::string> tokens(const std::string& text) const {
    return normalize_ == "squad" ? metric_text::squad_tokens(text) : metric_text::words(text);
  }

  static double f1(const std::vector<std::string>& answer, const std::vector<std::string>& reference) {
    if (answer.empty() || reference.empty()) return answer.empty() && reference.empty() ? 1 : 0;
    metric_text::WordNumbering numbers;
    const std::vector<metric_text::Symbol> theirs = numbers(reference);
    const double shared = metric_text::matches(numbers(answer), std::span(&theirs, 1), 1).front();
    return 2 * shared / static_cast<double>(answer.size() + reference.size());
  }

  std::string normalize_;
};

}  // namespace

ASSAY_METRIC(TokenF1, {.name = "token_f1",
                       .version = "1.0",
                       .summary = "SQuAD's F1: tokens that answer and reference share",
                       .params = R"({"type":"object","additionalProperties":false,"properties":{
  "normalize":{"type":"string","enum":["squad","none"],"default":"squad",
    "description":"squad: lower case, without punctuation and articles; none: what white space separates, as written"}}})"})
