#include <assay/sdk/error.h>
#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number that the whole text is, but for white space, a currency sign before it, per cent or a full stop after it, and commas
/// between thousands.
std::optional<double> number(std::string_view text) {
  const auto drop = [&](bool front, std::string_view what) {
    while (text.size() >= what.size() && (front ? text.starts_with(what) : text.ends_with(what)))
      front ? text.remove_prefix(what.size()) : text.remove_suffix(what.size());
  };
  for (const char* sign : {" ", "\t", "\r", "\n"}) drop(true, sign), drop(false, sign);
  bool negative = false;
  for (std::string_view sign : {std::string_view("-"), std::string_view("\u2212"), std::string_view("+")}) {
    if (!text.starts_with(sign)) continue;
    negative = sign != "+";
    text.remove_prefix(sign.size());
    break;
  }
  for (const char* sign : {"$", "€", "£"}) drop(true, sign);
  drop(false, ".");
  drop(false, "%");
  for (const char* sign : {" ", "\t"}) drop(true, sign), drop(false, sign);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = text[i] == ',' && i > 0 && is_digit(text[i - 1]) && i + 3 < text.size() &&
                           is_digit(text[i + 1]) && is_digit(text[i + 2]) && is_digit(text[i + 3]) &&
                           (i + 4 == text.size() || !is_digit(text[i + 4]));
    if (!separator) digits += text[i];
  }
  double value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size() || digits.empty() || digits.front() == '-' ||
      !std::isfinite(value))
    return {};
  return negative ? -value : value;
}

/// Share of answers that are the number of a reference, within a tolerance.
class NumericMatch final : public assay::sdk::PerExampleMetric {
 public:
  explicit NumericMatch(const assay::sdk::Params& params)
      : absolute_(params.get<double>("absolute", 1e-9)), relative_(params.get<double>("relative", 0)) {}

  std::vector<assay::sdk::Value> outputs() const override { return {{.name = "numeric_match", .unit = ""}}; }

  double score(const assay::sdk::Prediction& p) const override {
    const std::optional<double> answer = number(p.answer);
    bool matches = false;
    for (const std::string& text : p.references) {
      const std::optional<double> reference = number(text);
      if (!reference) {
        throw assay::BadInput("example " + p.input.id + " should be a number but is '" + text +
                              "'; let the dataset's target be the number alone, or use exact_match");
      }
      matches |= answer && std::abs(*answer - *reference) <= std::max(absolute_, relative_ * std::abs(*reference));
    }
    return matches;
  }

  std::string signature(const assay::sdk::Rows&) const override {
    return "abs:" + assay::Json(absolute_).dump() + "|rel:" + assay::Json(relative_).dump() +
           "|unreadable:wrong|version:1.0";
  }

 private:
  double absolute_, relative_;
};

}  // namespace

ASSAY_METRIC(NumericMatch, {.name = "numeric_match",
                            .version = "1.0",
                            .summary = "share of answers that are the target's number, within a tolerance",
                            .params = R"({"type":"object","additionalProperties":false,"properties":{
  "absolute":{"type":"number","minimum":0,"default":1e-9,"description":"how far from the target's number is near enough"},
  "relative":{"type":"number","minimum":0,"default":0,"description":"the same as a share of the target's number; the larger counts"}}})"})
