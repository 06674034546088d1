#include "pairwise.h"

#include <assay/sdk/error.h>

#include <limits>

namespace llm_judge {
namespace {

/// Of the answer that is scored; the first three columns of a row.
enum Outcome : std::size_t { kWin, kTie, kLoss };

/// Then: whether the orders differ, whether both prefer what stands first, or second, and whether one could not be read.
enum Column : std::size_t { kFlips = 3, kFirst, kSecond, kUnreadable, kAgreement };

constexpr const char* kName = "Verdict";
const Words kVerdicts{"A", "tie", "B"};  // as outcomes of what stands first

Outcome turned(Outcome outcome) { return outcome == kWin ? kLoss : outcome == kLoss ? kWin : kTie; }

}  // namespace

Pairwise::Pairwise(const assay::sdk::Params& params)
    : question_(params, kPairwiseTemplate),
      against_(params.get<std::string>("against", "reference")),
      label_(params.get<std::string>("label", "")) {
  const auto rubric = params.get<assay::Json>("rubric", "");
  if (!rubric.is_string())
    throw assay::BadInput("in `mode: pairwise` the `rubric` is one text: what makes an answer the better one");
  rubric_ = rubric.get<std::string>();
}

std::vector<assay::sdk::Value> Pairwise::outputs() const {
  std::vector<assay::sdk::Value> all{{.name = "llm_judge", .unit = ""},
                                     {.name = "llm_judge.win", .unit = ""},
                                     {.name = "llm_judge.tie", .unit = ""},
                                     {.name = "llm_judge.loss", .unit = "", .higher_is_better = false},
                                     {.name = "llm_judge.position_bias", .unit = "", .higher_is_better = false},
                                     {.name = "llm_judge.prefers_first", .unit = "", .higher_is_better = false},
                                     {.name = "llm_judge.prefers_second", .unit = "", .higher_is_better = false},
                                     {.name = "llm_judge.unreadable", .unit = "", .higher_is_better = false}};
  if (label_.empty()) return all;
  for (assay::sdk::Value& value : agreement_.outputs()) all.push_back(std::move(value));
  return all;
}

std::size_t Pairwise::width() const { return kAgreement + (label_.empty() ? 0 : agreement_.width()); }

const std::string& Pairwise::other(const assay::sdk::Prediction& p) {
  return p.opponent != nullptr ? *p.opponent : p.target;
}

std::vector<assay::sdk::Request> Pairwise::ask(const assay::sdk::Prediction& p) const {
  if (trimmed(p.answer) == trimmed(other(p))) return {};
  assay::Json variables = question_.variables(p, p.opponent != nullptr);
  variables["rubric"] = rubric_;
  std::vector<assay::sdk::Request> requests;
  for (const bool swapped : {false, true}) {
    variables["a"] = swapped ? other(p) : p.answer;
    variables["b"] = swapped ? p.answer : other(p);
    requests.push_back(question_.request(variables, kName, kVerdicts));
  }
  return requests;
}

std::optional<std::size_t> Pairwise::people(const assay::sdk::Prediction& p) const {
  const assay::Json label = label_of(p, label_);
  if (label.is_null() || label == "") return std::nullopt;
  for (const Words& words : {kVerdicts, Words{"win", "tie", "loss"}}) {
    if (const auto outcome = label.is_string() ? word_of(label.get<std::string>(), words) : std::nullopt)
      return outcome;
  }
  throw assay::BadInput("example " + p.input.id + ": people's verdict in '" + label_ + "' is " + label.dump() +
                        R"(, not "win" or "A" (the answer is better), "loss" or "B", or "tie")");
}

void Pairwise::score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion> judged,
                     std::span<double> row) const {
  Outcome outcome = kTie;
  if (!judged.empty()) {
    const auto in_front = question_.read(judged[0], kName, kVerdicts),
               behind = question_.read(judged[1], kName, kVerdicts);
    if (!in_front || !behind) {
      row[kUnreadable] = 1;
      return;
    }
    const auto first = static_cast<Outcome>(*in_front), second = turned(static_cast<Outcome>(*behind));
    if (first == second) outcome = first;
    row[kFlips] = first != second;
    row[kFirst] = first == kWin && second == kLoss;
    row[kSecond] = first == kLoss && second == kWin;
  }
  row[outcome] = 1;
  if (label_.empty()) return;
  if (const auto said = people(p)) agreement_.score(outcome, *said, row.subspan(kAgreement));
}

void Pairwise::from_sums(std::span<const double> sums, double count, std::span<double> out) const {
  const double read = sums[kWin] + sums[kTie] + sums[kLoss];
  const auto share = [&](double sum) { return read > 0 ? sum / read : std::numeric_limits<double>::quiet_NaN(); };
  out[0] = share(sums[kWin] + sums[kTie] / 2);
  for (std::size_t column = kWin; column < kUnreadable; ++column) out[1 + column] = share(sums[column]);
  out[1 + kUnreadable] = sums[kUnreadable] / count;
  if (!label_.empty()) agreement_.values(sums.subspan(kAgreement), out.subspan(2 + kUnreadable));
}

std::string Pairwise::signature(const assay::sdk::Rows&) const {
  return "mode:pairwise|" + question_.signature() + "|against:" + against_ +
         "|orders:both must agree|unreadable:left out|version:1.0";
}

}  // namespace llm_judge
