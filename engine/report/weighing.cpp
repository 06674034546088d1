#include "report/weighing.h"

#include <cmath>

namespace assay::report {
namespace {

double or_zero(double x) { return std::isnan(x) ? 0 : x; }

}  // namespace

std::optional<Difference> gain_of(const Dataset& dataset, const Group& a, const Group& b) {
  const auto d = dataset.difference(dataset.primary, a.id, b.id);
  return d && !dataset.outputs[dataset.primary].higher_is_better ? d->reversed() : d;
}

double dollars_for(const Group& g, double requests) {
  return or_zero(g.costs.adapt_dollars) + g.costs.dollars_per_1k * requests / 1000;
}

std::tuple<double, double, double, double, double> price_of(const Group& g, const std::optional<double>& volume) {
  const Costs& c = g.costs;
  return {or_zero(volume ? dollars_for(g, *volume) : c.dollars_per_1k), g.family == Family::prompting ? 0 : or_zero(c.adapt_seconds),
          or_zero(c.tokens()), or_zero(c.adapt_tokens), or_zero(c.generate_seconds)};
}

}  // namespace assay::report
