#include "report/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/weighing.h"

namespace assay::report {
namespace {

constexpr double kWorthIt = 0.8;       // of the choice's price: what saves less is no reason to give up quality
constexpr double kWorthSaying = 0.05;  // of a price: less is within what machines differ by
constexpr double kMostExamples = 1e7;  // past it a difference is as good as none

/// Two digits of it, rounded up: more would claim to be known.
std::string about(double count) {
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(count)) - 1));
  return whole(std::ceil(count / unit - 1e-9) * unit);
}

class Changes {
 public:
  Changes(const Dataset& dataset, const Group& chosen, const ReportData& report)
      : dataset_(dataset), output_(dataset.outputs[dataset.primary]), chosen_(chosen), terms_(report.terms) {}

  std::vector<std::string> write() {
    more_examples();
    volume_or_price();
    less_quality();
    more_rows();
    further_seeds();
    return std::move(sentences_);
  }

 private:
  void say(std::string sentence) { sentences_.push_back(std::move(sentence)); }

  [[nodiscard]] bool is_tied(const Group& g) const {
    return &g != &chosen_ && g.rank == chosen_.rank && g.violations.empty();
  }

  [[nodiscard]] std::optional<double> price(const Group& g) const {
    const double dollars = terms_.volume ? dollars_for(g, *terms_.volume) : g.costs.dollars_per_1k;
    return dollars > 0 ? std::optional(dollars) : std::nullopt;
  }

  [[nodiscard]] bool is_settled(const Difference& d) const {
    return d.shown() || (terms_.equivalence_margin && d.equivalent(*terms_.equivalence_margin));
  }

  /// Of the cells that are not told from the choice, the one that seems to be the best above it, else the furthest off.
  void more_examples() {
    const Group* other = nullptr;
    double gain = 0;
    for (const Group& g : dataset_.groups) {
      if (&g == &chosen_ || g.rank != chosen_.rank) continue;
      const auto d = gain_of(dataset_, g, chosen_);
      if (!d || is_settled(*d) || !(d->needed <= kMostExamples)) continue;
      const bool further = other == nullptr || (gain > 0 || d->value > 0 ? d->value > gain : d->value < gain);
      if (further) other = &g, gain = d->value;
    }
    if (!other) return;
    const Difference d = *gain_of(dataset_, *other, chosen_);
    const char* units = dataset_.clusters > 0 ? "test clusters" : "test examples";
    say(fmt::format(
        "Were {} really {} by the {} seen here, about {} {} would show it four times in five; there were {}.",
        named(*other), gain > 0 ? "better" : "worse", size_text(output_, std::abs(gain)), about(d.needed), units,
        whole(static_cast<double>(dataset_.clusters > 0 ? dataset_.clusters : dataset_.examples))));
  }

  /// The cheapest of the cells tied with the choice: the volume, else the price, at which it would take its place.
  void volume_or_price() {
    const Group* rival = nullptr;
    for (const Group& g : dataset_.groups) {
      if (is_tied(g) && price(g) && (!rival || *price(g) < *price(*rival))) rival = &g;
    }
    if (!rival || !price(chosen_)) return;
    using When = stats::BreakEven::When;
    const stats::BreakEven at = stats::break_even(spending_of(*rival), spending_of(chosen_));
    const bool from = at.when == When::from, until = at.when == When::until && at.requests >= 1;
    if (from || until) {
      say(fmt::format("{} {} requests {}, which is tied with it, costs less in total{}.", from ? "From" : "Up to",
                      whole(std::ceil(at.requests)), named(*rival), from ? "" : "; beyond that the choice does"));
      return;
    }
    const double share = 1 - *price(chosen_) / *price(*rival);
    if (!(share > kWorthSaying)) return;
    say(at.when == When::never
            ? fmt::format("{}, which is tied with it, costs more at any volume; it would cost less were its price more "
                          "than {:.0f} % lower.",
                          named(*rival), std::ceil(share * 100))
            : fmt::format("{}, which is tied with it, would cost less were its price more than {:.0f} % lower.",
                          named(*rival), std::ceil(share * 100)));
  }

  /// The best of those that are worse and much cheaper, where it keeps half of the choice's lead over the last.
  void less_quality() {
    if (!price(chosen_)) return;
    const auto last = std::max_element(dataset_.groups.begin(), dataset_.groups.end(),
                                       [](const Group& a, const Group& b) { return a.rank < b.rank; });
    const auto lead = gain_of(dataset_, chosen_, *last);
    for (const Group& g : dataset_.groups) {
      if (g.rank <= chosen_.rank || !g.violations.empty() || !price(g) || *price(g) > kWorthIt * *price(chosen_))
        continue;
      const auto d = gain_of(dataset_, chosen_, g);
      if (!d || !lead || !(d->value > 0 && d->value <= lead->value / 2)) continue;
      say(fmt::format("Who can do with {} less pays {:.0f} % less for {} with {}.", amount_text(output_, *d),
                      (1 - *price(g) / *price(chosen_)) * 100,
                      terms_.volume ? whole(*terms_.volume) + " requests" : "a request", named(g)));
      return;
    }
  }

  /// What the last step of its learning curve says.
  void more_rows() {
    for (const LearningCurve& curve : dataset_.curves) {
      const std::size_t last = curve.points.size() - 1;
      if (curve.points[last].second != chosen_.id) continue;
      const Group* before = dataset_.find(curve.points[last - 1].second);
      const auto d = before ? gain_of(dataset_, chosen_, *before) : std::nullopt;
      if (!d) return;
      const std::string step =
          fmt::format("From {} to {} training rows it", whole(static_cast<double>(curve.points[last - 1].first)),
                      whole(static_cast<double>(curve.points[last].first)));
      say(d->shown() && d->value > 0
              ? fmt::format("{} gained {}: more rows may well give more.", step, amount_text(output_, *d))
              : fmt::format("{} is not shown to have gained: more rows promise little.", step));
      return;
    }
  }

  /// A lead over the baseline that holds for the trainings made, but not for trainings in general.
  void further_seeds() {
    const Group* baseline = dataset_.find(dataset_.baseline);
    if (!baseline || baseline == &chosen_ || terms_.random_seeds) return;
    const auto d = gain_of(dataset_, chosen_, *baseline);
    if (!d || std::isnan(d->seeds_low) || !d->shown() || !(d->seeds_low <= 0 && d->seeds_high >= 0)) return;
    say(
        fmt::format("That it differs from the baseline is shown for these {} trainings; for trainings under further "
                    "seeds it is not {}: more seeds would tell.",
                    chosen_.seeds.size(), signed_interval(output_, d->seeds_low, d->seeds_high)));
  }

  const Dataset& dataset_;
  const Output& output_;
  const Group& chosen_;
  const Terms& terms_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> what_would_change(const Dataset& dataset, const Group& chosen, const ReportData& report) {
  return Changes(dataset, chosen, report).write();
}

}  // namespace assay::report
