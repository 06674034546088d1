#include "report/recommendation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/changes.h"
#include "report/format.h"
#include "report/weighing.h"

namespace assay::report {
namespace {

constexpr std::size_t kFewClusters = 50;
constexpr std::size_t kFewExamples = 100;  // below, coverage is known to lie within wider bounds only: tests/README.md

class Writer {
 public:
  Writer(const Dataset& dataset, const ReportData& report)
      : dataset_(dataset), output_(dataset.outputs[dataset.primary]), report_(report) {
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
    say_disagreement();
    say_costs();
    for (std::string& sentence : what_would_change(dataset_, *chosen_, report_)) say(std::move(sentence));
    say_limits();
    return std::move(result_);
  }

 private:
  void say(std::string sentence) { result_.sentences.push_back(std::move(sentence)); }

  [[nodiscard]] std::optional<Difference> gain(const Group& a, const Group& b) const { return gain_of(dataset_, a, b); }

  /// Whether it is shown to be as good as all others, within the margin that the experiment set.
  [[nodiscard]] bool all_equivalent() const {
    const auto& margin = report_.terms.equivalence_margin;
    return margin && std::all_of(ranked_.begin(), ranked_.end(), [&](const Group* g) {
             const auto d = gain(*chosen_, *g);
             return g == chosen_ || (d && d->equivalent(*margin));
           });
  }

  void choose() {
    const int last = ranked_.back()->rank;
    for (int tier = 1; tier <= last && !chosen_; ++tier) {
      std::vector<const Group*> fitting;
      for (const Group* g : ranked_)
        if (g->rank == tier && g->violations.empty()) fitting.push_back(g);
      chosen_ = cheapest(fitting, report_.terms.volume);
    }
    if (chosen_) return;
    std::vector<const Group*> best;  // nothing fits: what would be chosen without the constraints
    for (const Group* g : ranked_)
      if (g->rank == 1) best.push_back(g);
    chosen_ = cheapest(best, report_.terms.volume);
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
    if (ranked_.size() == 1) {
      say(fmt::format("Only {} was measured: {}.", named(*chosen_), value));
    } else if (chosen_->rank == 1 && of_tier == static_cast<long>(ranked_.size()) && all_equivalent()) {
      say(fmt::format("All cells are equally good within {}, so choose the cheapest, {}: {}.",
                      size_text(output_, *report_.terms.equivalence_margin), named(*chosen_), value));
    } else if (chosen_->rank == 1 && of_tier == static_cast<long>(ranked_.size())) {
      result_.decided = false;
      say(
          fmt::format("No cell is shown to be better than another: these data cannot tell which is best. Until others "
                      "can, the cheapest will do, {}: {}.",
                      named(*chosen_), value));
    } else if (chosen_->rank == 1 && of_tier == 1)
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
    if (const auto& margin = report_.terms.equivalence_margin; margin && d->equivalent(*margin)) {
      say(fmt::format("The highest value is that of {} ({}){}; the choice is shown to lie within {} of it.",
                      named(best), value_text(output_, best.values[dataset_.primary]), why,
                      size_text(output_, *margin)));
      return;
    }
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

  /// Values that another cell is shown to be better by. Times, tokens and money are told with the costs.
  void say_disagreement() {
    for (std::size_t o = 0; o < dataset_.outputs.size(); ++o) {
      const Output& other = dataset_.outputs[o];
      if (o == dataset_.primary || !other.unit.empty()) continue;
      const Group* better = nullptr;
      Difference lead;
      for (const Group* g : ranked_) {
        auto d = g == chosen_ ? std::nullopt : dataset_.difference(o, g->id, chosen_->id);
        if (!d) continue;
        if (!other.higher_is_better) d = d->reversed();
        if (d->value > 0 && d->shown() && (!better || d->value > lead.value)) better = g, lead = *d;
      }
      if (better)
        say(fmt::format("The metrics disagree: by {}, {} is better than it by {}.", other.name, named(*better),
                        amount_text(other, lead)));
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
    if (const auto& volume = report_.terms.volume; volume && !std::isnan(c.dollars_per_1k))
      parts.push_back(fmt::format("{} for the expected {}{}", dollars_text(dollars_for(*chosen_, *volume)),
                                  whole(*volume), c.adapt_dollars > 0 ? " with what adapting cost" : ""));
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
      if (const auto d = dataset_.difference(dataset_.primary, chosen_->id, g->id);
          d && g != chosen_ && !std::isnan(d->detectable))
        detectable.push_back(d->detectable);
    const std::string examples = whole(static_cast<double>(dataset_.examples));
    if (dataset_.clusters > 0)
      say(fmt::format("The examples come in {} clusters, and these are what intervals and tests count{}.",
                      whole(static_cast<double>(dataset_.clusters)),
                      dataset_.clusters < kFewClusters ? "; they are few, so intervals may be too short" : ""));
    if (!detectable.empty()) {
      std::sort(detectable.begin(), detectable.end());
      say(fmt::format(
          "With {} test examples, one comparison at {:g} % finds a true difference of about {} four times in five; "
          "smaller ones often go unnoticed.",
          examples, report_.confidence * 100, size_text(output_, detectable[detectable.size() / 2])));
    }
    if (dataset_.examples == 1)
      say("One test example shows next to nothing: no interval can be given and nothing compared.");
    else if (dataset_.examples < kFewExamples)
      say(fmt::format("{} test examples are few: intervals said to cover 95 % may cover 90 to 98 %.", examples));
    if (chosen_->family != Family::prompting && chosen_->seeds.size() < 2)
      say("It was trained under one seed, so how much trainings differ is not known.");
    else if (const Value& v = chosen_->values[dataset_.primary];
             chosen_->distinct > 1 && !std::isnan(v.seed_sd) && v.by_seed.size() > 1)
      say(fmt::format("Its {} seeds have a standard deviation of {}.", v.by_seed.size(),
                      size_text(output_, v.seed_sd)));
  }

  const Dataset& dataset_;
  const Output& output_;
  const ReportData& report_;
  std::vector<const Group*> ranked_;
  const Group* chosen_ = nullptr;
  Recommendation result_;
};

}  // namespace

Recommendation recommend(const Dataset& dataset, const ReportData& report) {
  if (dataset.outputs.empty())
    return {.group = "", .decided = false, .meets_constraints = true, .sentences = {"No metric has a result."}};
  return Writer(dataset, report).write();
}

}  // namespace assay::report
