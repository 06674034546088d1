#include "report/weighing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace assay::report {
namespace {

double or_zero(double x) { return std::isnan(x) ? 0 : x; }

}  // namespace

std::optional<Difference> gain_of(const Dataset& dataset, const Group& a, const Group& b) {
  const auto d = dataset.difference(dataset.primary, a.id, b.id);
  return d && !dataset.outputs[dataset.primary].higher_is_better ? d->reversed() : d;
}

stats::Spending spending_of(const Group& g) {
  return {or_zero(g.costs.adapt_dollars), g.costs.dollars_per_1k / 1000, 0};
}

double dollars_for(const Group& g, double requests) { return spending_of(g).total(requests, 0); }

const Group* cheapest(const std::vector<const Group*>& groups, const std::optional<double>& volume) {
  const auto dollars = [&](const Group* g) { return volume ? dollars_for(*g, *volume) : g->costs.dollars_per_1k; };
  const bool priced =
      std::any_of(groups.begin(), groups.end(), [&](const Group* g) { return !std::isnan(dollars(g)); });
  const auto price = [&](const Group* g) {
    const Costs& c = g->costs;
    const double unknown = priced ? std::numeric_limits<double>::infinity() : 0;
    return std::tuple(std::isnan(dollars(g)) ? unknown : dollars(g),
                      g->family == Family::prompting ? 0 : or_zero(c.adapt_seconds), or_zero(c.tokens()),
                      or_zero(c.adapt_tokens), or_zero(c.generate_seconds));
  };
  const auto found = std::min_element(groups.begin(), groups.end(),
                                      [&](const Group* a, const Group* b) { return price(a) < price(b); });
  return found == groups.end() ? nullptr : *found;
}

}  // namespace assay::report
