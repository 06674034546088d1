#define PCRE2_CODE_UNIT_WIDTH 8
#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>
#include <pcre2.h>

#include <algorithm>
#include <map>
#include <memory>

namespace {

/// Backtracking ends here instead of after the age of the universe.
constexpr std::uint32_t kMostSteps = 10'000'000;

std::string message(int code) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

/// One compiled regular expression.
class Pattern {
 public:
  Pattern(const std::string& text, bool ignore_case) : text_(text) {
    int error = 0;
    PCRE2_SIZE at = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | (ignore_case ? PCRE2_CASELESS : 0),
                              &error, &at, nullptr));
    if (!code_) {
      throw assay::BadInput("the regular expression '" + text + "' does not compile: " + message(error) +
                            " at offset " + std::to_string(at));
    }
    match_.reset(pcre2_match_data_create(1, nullptr));
    limits_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(limits_.get(), kMostSteps);
  }

  [[nodiscard]] bool matches(const std::string& answer, bool whole) const {
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(answer.data()), answer.size(), 0,
                                  whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0, match_.get(), limits_.get());
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
      throw assay::BadInput("the regular expression '" + text_ + "' failed on an answer of " +
                            std::to_string(answer.size()) + " bytes: " + message(found));
    }
    return found >= 0;
  }

 private:
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  };
  std::string text_;
  std::unique_ptr<pcre2_code, Free> code_;
  std::unique_ptr<pcre2_match_data, Free> match_;
  std::unique_ptr<pcre2_match_context, Free> limits_;
};

/// Share of answers that a regular expression matches: the metric's own, or each example's references.
class RegexMatch final : public assay::sdk::PerExampleMetric {
 public:
  explicit RegexMatch(const assay::sdk::Params& params)
      : pattern_(params.get<std::string>("pattern", "")),
        whole_(params.get<bool>("whole", false)),
        ignore_case_(params.get<bool>("ignore_case", false)) {
    if (!pattern_.empty()) compiled(pattern_);
  }

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "regex_match", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override {
    if (!pattern_.empty()) return compiled(pattern_).matches(p.answer, whole_);
    return std::any_of(p.references.begin(), p.references.end(),
                       [&](const std::string& reference) { return compiled(reference).matches(p.answer, whole_); });
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "pattern:" + (pattern_.empty() ? "target" : pattern_) + "|whole:" + (whole_ ? "yes" : "no") +
           "|case:" + (ignore_case_ ? "lc" : "mixed") + "|version:pcre2";
  }

 private:
  const Pattern& compiled(const std::string& pattern) const {
    return known_.try_emplace(pattern, pattern, ignore_case_).first->second;
  }

  std::string pattern_;
  bool whole_, ignore_case_;
  mutable std::map<std::string, Pattern> known_;  ///< targets repeat
};

}  // namespace

ASSAY_METRIC(RegexMatch, {.name = "regex_match",
                          .version = "1.0",
                          .summary = "share of answers that a regular expression matches",
                          .params = R"({"type":"object","additionalProperties":false,"properties":{
  "pattern":{"type":"string","default":"","description":"for all examples; empty: each example's references are patterns"},
  "whole":{"type":"boolean","default":false,"description":"the whole answer must match, not a part of it"},
  "ignore_case":{"type":"boolean","default":false,"description":"compares without case"}}})"})
