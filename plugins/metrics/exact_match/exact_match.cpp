#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace {

/// ASCII letters only: other scripts compare as written.
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
  return text;
}

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// SQuAD v1.1's normalize_answer: lower-case, without ASCII punctuation, without articles, single spaces.
std::string squad(const std::string& text) {
  std::string kept;
  for (const unsigned char c : lower(text)) {
    if (!std::ispunct(c)) kept += static_cast<char>(c);
  }
  std::istringstream words(kept);
  std::string joined;
  for (std::string word; words >> word;) {
    if (word == "a" || word == "an" || word == "the") continue;
    joined += (joined.empty() ? "" : " ") + word;
  }
  return joined;
}

/// Share of answers equal to one of the references after normalising; SQuAD's "EM" with `normalize: squad`.
class ExactMatch final : public assay::sdk::PerExampleMetric {
 public:
  explicit ExactMatch(const assay::sdk::Params& params) : normalize_(params.get<std::string>("normalize", "trim")) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "exact_match", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override {
    const std::string answer = normalized(p.answer);
    return std::any_of(p.references.begin(), p.references.end(),
                       [&](const std::string& reference) { return normalized(reference) == answer; });
  }

 private:
  std::string normalized(const std::string& text) const {
    if (normalize_ == "none") return text;
    if (normalize_ == "squad") return squad(text);
    return normalize_ == "lower" ? lower(trim(text)) : trim(text);
  }

  std::string normalize_;
};

}  // namespace

ASSAY_METRIC(ExactMatch, {.name = "exact_match",
                          .version = "1.0",
                          .summary = "share of answers equal to a reference after normalising",
                          .params = R"({"type":"object","additionalProperties":false,"properties":{
                            "normalize":{"type":"string","enum":["none","trim","lower","squad"],"default":"trim",
                              "description":"what is evened out before comparing"}}})"})
