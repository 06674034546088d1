#include "rubric.h"

#include <assay/sdk/error.h>

#include <algorithm>
#include <limits>
#include <set>

namespace llm_judge {
namespace {

/// Columns after those of the criteria's grades.
enum Column : std::size_t { kRead, kMean, kUnreadable, kAgreement };

constexpr const char* kOnlyCriterion = "Grade";

Words grades_of(const assay::Json& scale) {
  if (scale.is_string()) return {"no", "yes"};
  const auto low = scale.at(0).get<int>(), high = scale.at(1).get<int>();
  if (low >= high) throw assay::BadInput("`scale` goes from the worst grade to the best, which must be higher: [1, 5]");
  Words grades;
  for (int grade = low; grade <= high; ++grade) grades.push_back(std::to_string(grade));
  return grades;
}

}  // namespace

Rubric::Rubric(const assay::sdk::Params& params)
    : question_(params, kRubricTemplate), grades_(grades_of(params.get<assay::Json>("scale", assay::Json{1, 5}))) {
  const auto rubric = params.get<assay::Json>("rubric", "Is the answer right, complete and helpful?");
  if (rubric.is_string()) {
    criteria_.push_back({kOnlyCriterion, rubric.get<std::string>(), params.get<std::string>("label", ""), {}});
  } else {
    for (const assay::Json& one : rubric) {
      criteria_.push_back(
          {one.at("name").get<std::string>(), one.at("asks").get<std::string>(), one.value("label", ""), {}});
    }
    if (params.has("label"))
      throw assay::BadInput("with several criteria each has its own `label`, in the list of `rubric`");
  }
  std::set<std::string> names{"unreadable", "agreement", "kappa", "weighted_kappa"};
  for (Criterion& criterion : criteria_) {
    if (!names.insert(criterion.name).second)
      throw assay::BadInput("two values would be called llm_judge." + criterion.name +
                            "; name that criterion otherwise");
    const std::string name = rubric.is_string() ? "llm_judge" : "llm_judge." + criterion.name;
    if (!criterion.label.empty()) criterion.agreement.emplace(name, grades_.size(), grades_.size() > 2);
  }
}

std::vector<assay::sdk::Value> Rubric::outputs() const {
  std::vector<assay::sdk::Value> all{{.name = "llm_judge", .unit = ""}};
  if (criteria_.size() > 1) {
    for (const Criterion& criterion : criteria_) all.push_back({.name = "llm_judge." + criterion.name, .unit = ""});
  }
  all.push_back({.name = "llm_judge.unreadable", .unit = "", .higher_is_better = false});
  for (const Criterion& criterion : criteria_) {
    if (!criterion.agreement) continue;
    for (assay::sdk::Value& value : criterion.agreement->outputs()) all.push_back(std::move(value));
  }
  return all;
}

std::size_t Rubric::width() const {
  std::size_t width = criteria_.size() + kAgreement;
  for (const Criterion& criterion : criteria_) width += criterion.agreement ? criterion.agreement->width() : 0;
  return width;
}

std::string Rubric::scale() const {
  if (grades_.size() == 2 && grades_.back() == "yes") return "yes or no";
  return "a whole number from " + grades_.front() + " (worst) to " + grades_.back() + " (best)";
}

std::vector<assay::sdk::Request> Rubric::ask(const assay::sdk::Prediction& p) const {
  assay::Json variables = question_.variables(p, true);
  variables["output"] = p.answer;
  variables["scale"] = scale();
  variables["criteria"] = assay::Json::array();
  std::vector<assay::sdk::Request> requests;
  for (const Criterion& criterion : criteria_) {
    const assay::Json said{{"name", criterion.name}, {"asks", criterion.asks}};
    if (question_.chooses()) {
      variables["criteria"] = {said};
      requests.push_back(question_.request(variables, criterion.name, grades_));
    } else {
      variables["criteria"].push_back(said);
    }
  }
  if (!question_.chooses()) requests.push_back(question_.request(variables, "", {}));
  return requests;
}

std::optional<std::size_t> Rubric::people(const assay::sdk::Prediction& p, const Criterion& criterion) const {
  const assay::Json label = label_of(p, criterion.label);
  if (label.is_null() || label == "") return std::nullopt;
  const std::string text = label.is_boolean()  ? (label.get<bool>() ? "yes" : "no")
                           : label.is_string() ? label.get<std::string>()
                                               : label.dump();
  if (const auto grade = word_of(text, grades_)) return grade;
  throw assay::BadInput("example " + p.input.id + ": people's grade in '" + criterion.label + "' is " + label.dump() +
                        ", not " + scale());
}

void Rubric::score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion> judged,
                   std::span<double> row) const {
  std::vector<std::optional<std::size_t>> grades;
  for (std::size_t i = 0; i < criteria_.size(); ++i) {
    grades.push_back(question_.read(judged[question_.chooses() ? i : 0], criteria_[i].name, grades_));
  }
  const std::span<double> about = row.subspan(criteria_.size());
  const bool read = std::all_of(grades.begin(), grades.end(), [](const auto& grade) { return grade.has_value(); });
  about[read ? kRead : kUnreadable] = 1;
  for (std::size_t i = 0; read && i < grades.size(); ++i) {
    row[i] = share(*grades[i]);
    about[kMean] += row[i] / static_cast<double>(grades.size());
  }
  std::span<double> rest = about.subspan(kAgreement);
  for (std::size_t i = 0; i < criteria_.size(); ++i) {
    if (!criteria_[i].agreement) continue;
    const auto said = people(p, criteria_[i]);
    if (said && grades[i]) criteria_[i].agreement->score(*grades[i], *said, rest);
    rest = rest.subspan(criteria_[i].agreement->width());
  }
}

void Rubric::from_sums(std::span<const double> sums, double count, std::span<double> out) const {
  const auto about = sums.subspan(criteria_.size());
  const auto mean = [&](double sum) {
    return about[kRead] > 0 ? sum / about[kRead] : std::numeric_limits<double>::quiet_NaN();
  };
  std::size_t at = 0;
  out[at++] = mean(about[kMean]);
  for (std::size_t i = 0; criteria_.size() > 1 && i < criteria_.size(); ++i) out[at++] = mean(sums[i]);
  out[at++] = about[kUnreadable] / count;
  auto rest = about.subspan(kAgreement);
  for (const Criterion& criterion : criteria_) {
    if (!criterion.agreement) continue;
    criterion.agreement->values(rest, out.subspan(at));
    at += criterion.agreement->outputs().size();
    rest = rest.subspan(criterion.agreement->width());
  }
}

std::string Rubric::signature(const assay::sdk::Rows&) const {
  const std::string scale = grades_.back() == "yes" ? "yes_no" : grades_.front() + "-" + grades_.back();
  return "mode:rubric|" + question_.signature() + "|scale:" + scale + "|unreadable:left out|version:1.0";
}

}  // namespace llm_judge
