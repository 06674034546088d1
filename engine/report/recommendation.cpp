#include "report/recommendation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "report/format.h"

namespace assay::report {
namespace {

std::string named(const Group& group) {
  std::string label = group.label;
  std::replace(label.begin(), label.end(), '`', '\'');
  return "`" + label + "`";
}

std::string joined(const std::vector<std::string>& items, const char* last = "and") {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i)
    out += (i == 0 ? "" : i + 1 == items.size() ? fmt::format(" {} ", last) : ", ") + items[i];
  return out;
}

constexpr std::size_t kFewExamples = 100;  // below, coverage is known to lie within wider bounds only: tests/README.md

double or_zero(double x) { return std::isnan(x) ? 0 : x; }

/// What choosing among equals goes by. Costs that nobody counted weigh nothing.
auto price(const Group& g) {
  return std::tuple(or_zero(g.costs.dollars_per_1k), g.family == Family::prompting ? 0 : or_zero(g.costs.adapt_seconds),
                    or_zero(g.costs.tokens()), or_zero(g.costs.adapt_tokens), or_zero(g.costs.generate_seconds));
}

const Group* cheapest(const std::vector<const Group*>& groups) {
  const auto found = std::min_element(groups.begin(), groups.end(),
                                      [](const Group* a, const Group* b) { return price(*a) < price(*b); });
  return found == groups.end() ? nullptr : *found;
}

class Writer {
 public:
  Writer(const Dataset& dataset, double confidence)
      : dataset_(dataset), output_(dataset.outputs[dataset.primary]), confidence_(confidence) {
    for (const Group& g : dataset.groups)
      if (g.rank > 0) ranked_.push_back(&g);
  }

  Recommendation write() {
    if (ranked_.empty()) {
      say("Nothing can be recommended: no cell has a result.");
      return std::move(result_);
    }
    choose();
    result_.group = chosen_->id;
    result_.meets_constraints = chosen_->violations.empty();
    say_choice();
    say_baseline();
    say_reach();
    say_families();
    say_costs();
    say_limits();
    return std::move(result_);
  }

 private:
  void say(std::string sentence) { result_.sentences.push_back(std::move(sentence)); }

  /// a against b, turned so that positive is better.
  std::optional<Difference> gain(const Group& a, const Group& b) const {
    auto d = dataset_.difference(dataset_.primary, a.id, b.id);
    return d && !output_.higher_is_better ? d->reversed() : d;
  }

  /// A distance on the output's scale: "3.1 points", "12.4 ms".
  std::string size(double x) const {
    const std::string label = output_.share ? "points" : unit(output_);
    return number(output_, x) + (label.empty() ? "" : " " + label);
  }

  void choose() {
    const int last = ranked_.back()->rank;
    for (int tier = 1; tier <= last && !chosen_; ++tier) {
      std::vector<const Group*> fitting;
      for (const Group* g : ranked_)
        if (g->rank == tier && g->violations.empty()) fitting.push_back(g);
      chosen_ = cheapest(fitting);
    }
    if (chosen_) return;
    std::vector<const Group*> best;  // nothing fits: what would be chosen without the constraints
    for (const Group* g : ranked_)
      if (g->rank == 1) best.push_back(g);
    chosen_ = cheapest(best);
  }

  void say_choice() {
    const std::string value =
        fmt::format("{} {}", output_.name, value_text(output_, chosen_->values[dataset_.primary]));
    if (!chosen_->violations.empty()) {
      say(fmt::format("No cell meets the constraints; the best without them is {} ({}), but its {}.", named(*chosen_),
                      value, joined(chosen_->violations)));
      return;
    }
    const auto of_tier =
        std::count_if(ranked_.begin(), ranked_.end(), [&](const Group* g) { return g->rank == chosen_->rank; });
    const auto fitting = std::count_if(ranked_.begin(), ranked_.end(), [&](const Group* g) {
      return g->rank == chosen_->rank && g->violations.empty();
    });
    if (ranked_.size() == 1)
      say(fmt::format("Only {} was measured: {}.", named(*chosen_), value));
    else if (chosen_->rank == 1 && of_tier == static_cast<long>(ranked_.size()))
      say(fmt::format("No cell is shown to be better than another, so choose the cheapest, {}: {}.", named(*chosen_),
                      value));
    else if (chosen_->rank == 1 && of_tier == 1)
      say(fmt::format("Choose {}: {}, better than every other cell.", named(*chosen_), value));
    else if (chosen_->rank == 1)
      say(fmt::format(
          "Choose {}: {}, {}.", named(*chosen_), value,
          fitting == 1
              ? fmt::format("one of {} cells tied at the top and the only one of them within the constraints", of_tier)
          : fitting < of_tier
              ? fmt::format("the cheapest of the {} cells within the constraints that are tied at the top", fitting)
              : fmt::format("the cheapest of {} cells tied at the top", of_tier)));
    else
      say(fmt::format("Choose {}: {}, {} within the constraints.", named(*chosen_), value,
                      fitting == 1 ? "the best" : fmt::format("the cheapest of {} tied as the best", fitting)));
  }

  /// "It beats X by …", "It is worse than X by …", "It is not shown to differ from X: …".
  std::string against(const std::string& who, const Difference& d) const {
    if (d.shown() && d.value > 0) return fmt::format("beats {} by {}", who, amount_text(output_, d));
    if (d.shown()) return fmt::format("is worse than {} by {}", who, amount_text(output_, d.reversed()));
    return fmt::format("is not shown to differ from {} (gain {} {})", who, signed_number(output_, d.value),
                       signed_interval(output_, d.low, d.high));
  }

  void say_baseline() {
    const Group* baseline = dataset_.find(dataset_.baseline);
    if (!baseline || ranked_.size() == 1) return;
    if (baseline == chosen_) return say("It is the baseline.");
    const auto d = gain(*chosen_, *baseline);
    if (d)
      say(fmt::format("It {}.", against("the baseline " + named(*baseline), *d)));
    else
      say(fmt::format("The baseline {} has no result to compare with.", named(*baseline)));
  }

  /// Where constraints or cost moved the choice away from the top: what that gives up.
  void say_reach() {
    const Group& best = *ranked_.front();
    if (&best == chosen_) return;
    const auto d = gain(*chosen_, best);
    if (!d) return;
    std::string why;
    if (!best.violations.empty()) why = fmt::format(", whose {}", joined(best.violations));
    say(fmt::format("The highest value is that of {} ({}){}; the choice {}.", named(best),
                    value_text(output_, best.values[dataset_.primary]), why, against("it", *d)));
  }

  void say_families() {
    for (const Family family : {Family::prompting, Family::fine_tuning, Family::hybrid}) {
      if (family == chosen_->family) continue;
      const auto found =
          std::find_if(ranked_.begin(), ranked_.end(), [&](const Group* g) { return g->family == family; });
      if (found == ranked_.end() || (*found)->id == dataset_.baseline || *found == ranked_.front()) continue;
      if (const auto d = gain(*chosen_, **found))
        say(fmt::format("It {}.",
                        against(fmt::format("the best {} cell ({})", to_string(family), named(**found)), *d)));
    }
  }

  /// What tuning tried, which its time includes.
  std::string trials_text() const {
    if (chosen_->tuning.empty()) return "";
    const std::size_t trials = chosen_->tuning.front().trials.size();
    return fmt::format(" in {} trial{}", trials, trials == 1 ? "" : "s");
  }

  void say_costs() {
    const Costs& c = chosen_->costs;
    std::vector<std::string> parts;
    if (chosen_->family != Family::prompting && !std::isnan(c.adapt_seconds))
      parts.push_back(fmt::format("{} of training{}{}", seconds_text(c.adapt_seconds), trials_text(),
                                  std::isnan(c.trained_parameters)
                                      ? ""
                                      : fmt::format(" ({} parameters)", parameters_text(c.trained_parameters))));
    else if (chosen_->family == Family::prompting)
      parts.push_back(chosen_->tuning.empty() ? "no training"
                                              : fmt::format("no training but {} of tuning{}",
                                                            seconds_text(c.adapt_seconds), trials_text()));
    if (!std::isnan(c.tokens())) parts.push_back(fmt::format("{} tokens a request", significant(c.tokens())));
    if (!std::isnan(c.dollars_per_1k)) parts.push_back(dollars_text(c.dollars_per_1k) + " for 1,000 requests");
    if (!std::isnan(c.latency_p95_ms))
      parts.push_back(fmt::format("95 % of answers within {} ms", significant(c.latency_p95_ms)));
    say(fmt::format("Its cost: {}.", joined(parts)));
    if (!chosen_->unjudged.empty())
      say(fmt::format("Whether it keeps the limit on {} is not known: no metric of the experiment measured it.",
                      joined(chosen_->unjudged)));
  }

  void say_limits() {
    std::vector<double> detectable;
    for (const Group* g : ranked_)
      if (const auto d = dataset_.difference(dataset_.primary, chosen_->id, g->id); d && g != chosen_ && !std::isnan(d->detectable))
        detectable.push_back(d->detectable);
    const std::string examples = whole(static_cast<double>(dataset_.examples));
    if (!detectable.empty()) {
      std::sort(detectable.begin(), detectable.end());
      say(fmt::format("With {} test examples, one comparison at {:g} % finds a true difference of about {} four times in five; "
                      "smaller ones often go unnoticed.",
                      examples, confidence_ * 100, size(detectable[detectable.size() / 2])));
    }
    if (dataset_.examples < kFewExamples)
      say(fmt::format("{} test examples are few: intervals said to cover 95 % may cover 90 to 98 %.", examples));
    if (chosen_->family != Family::prompting && chosen_->seeds.size() < 2)
      say("It was trained under one seed, so how much trainings differ is not known.");
    else if (const Value& v = chosen_->values[dataset_.primary];
             chosen_->distinct > 1 && !std::isnan(v.seed_sd) && v.by_seed.size() > 1)
      say(fmt::format("Its {} seeds have a standard deviation of {}.", v.by_seed.size(), size(v.seed_sd)));
  }

  const Dataset& dataset_;
  const Output& output_;
  double confidence_;
  std::vector<const Group*> ranked_;
  const Group* chosen_ = nullptr;
  Recommendation result_;
};

}  // namespace

Recommendation recommend(const Dataset& dataset, double confidence) {
  if (dataset.outputs.empty())
    return {.group = "", .meets_constraints = true, .sentences = {"No metric has a result."}};
  return Writer(dataset, confidence).write();
}

namespace {

/// Where each strategy is better and worse than the baseline, over datasets that share it. Two datasets are told of by
/// their own sections.
std::string against_baseline(const ReportData& report) {
  constexpr std::size_t kFewestDatasets = 3;
  struct Where {
    std::vector<std::string> better, worse, equal;
  };
  std::map<std::string, Where> strategies;
  std::set<std::string> baselines;
  std::size_t comparisons = 0;
  for (const Dataset& dataset : report.datasets) {
    const Group* baseline = dataset.find(dataset.baseline);
    if (!baseline || dataset.outputs.empty()) continue;
    baselines.insert(named(*baseline));
    for (const Group& group : dataset.groups) {
      if (&group == baseline) continue;
      auto gain = dataset.difference(dataset.primary, group.id, baseline->id);
      if (!gain) continue;
      if (!dataset.outputs[dataset.primary].higher_is_better) gain = gain->reversed();
      Where& where = strategies[named(group)];
      (!gain->shown() ? where.equal : gain->value > 0 ? where.better : where.worse).push_back(dataset.name);
      ++comparisons;
    }
  }
  std::string text;
  if (baselines.size() != 1) return text;
  bool told = false;
  for (const auto& [strategy, where] : strategies) {
    const std::size_t all = where.better.size() + where.worse.size() + where.equal.size();
    if (all < kFewestDatasets) continue;
    told = true;
    std::vector<std::string> parts;
    const auto part = [&](const char* what, const std::vector<std::string>& names) {
      if (!names.empty()) parts.push_back(fmt::format("{} on {} ({})", what, names.size(), joined(names)));
    };
    part("better", where.better), part("worse", where.worse), part("not shown to differ", where.equal);
    text += fmt::format(" Against the baseline {}, {} is, of {} datasets, {}.", *baselines.begin(), strategy, all, joined(parts));
  }
  if (told) {
    text += fmt::format(" Each of these {} comparisons is paired and made at {:g} %, adjusted by Holm for all comparisons of the experiment.",
                        comparisons, report.confidence * 100);
  }
  return text;
}

}  // namespace

std::string recommend_overall(const ReportData& report) {
  if (report.datasets.size() < 2) return "";
  std::map<Family, std::vector<std::string>> by_family;
  std::map<Family, std::vector<std::pair<std::string, std::vector<std::string>>>> places;  // of each cell, first met first
  std::set<std::string> strategies;
  std::vector<std::string> unknown;
  for (const Dataset& dataset : report.datasets) {
    const Group* chosen = dataset.find(dataset.recommendation.group);
    if (!chosen) {
      unknown.push_back(dataset.name);
      continue;
    }
    auto& of_family = places[chosen->family];
    auto found = std::find_if(of_family.begin(), of_family.end(), [&](const auto& one) { return one.first == named(*chosen); });
    if (found == of_family.end()) found = of_family.insert(found, {named(*chosen), {}});
    found->second.push_back(dataset.name);
    strategies.insert(chosen->label);
  }
  for (const auto& [family, cells] : places) {
    for (const auto& [cell, datasets] : cells) {
      by_family[family].push_back(datasets.size() == 1 ? fmt::format("{} on {}", cell, datasets.front())
                                                       : fmt::format("{} on {} datasets ({})", cell, datasets.size(), joined(datasets)));
    }
  }
  std::string text;
  if (by_family.empty()) return "No dataset has a result to recommend from.";
  if (strategies.size() == 1) {
    text = fmt::format("The same cell, `{}`, is recommended on every dataset that has a result.", *strategies.begin());
  } else if (by_family.size() == 1) {
    text = fmt::format("{} is recommended on every dataset that has a result, in different settings: {}.",
                       by_family.begin()->first == Family::prompting     ? "Prompting"
                       : by_family.begin()->first == Family::fine_tuning ? "Fine-tuning"
                                                                         : "A hybrid",
                       joined(by_family.begin()->second));
  } else {
    std::vector<std::string> parts;
    for (const auto& [family, choices] : by_family)
      parts.push_back(fmt::format("{} ({})", to_string(family), joined(choices)));
    text = fmt::format("The answer depends on the task: {}.", joined(parts));
  }
  if (!unknown.empty()) text += fmt::format(" There is no result on {}.", joined(unknown));
  return text + against_baseline(report);
}

}  // namespace assay::report
