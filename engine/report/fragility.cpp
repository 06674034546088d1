#include "report/fragility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "stats/summary.h"

namespace assay::report {
namespace {

std::vector<const Fragility*> of_output(const Dataset& dataset, const Group& group, std::size_t output) {
  std::vector<const Fragility*> found;
  for (const Fragility& f : group.fragility)
    if (f.output == dataset.outputs[output].name) found.push_back(&f);
  return found;
}

/// Over the seeds for which it is known.
template <class NumberOf>
double mean_over(const std::vector<const Fragility*>& seeds, const NumberOf& number_of) {
  std::vector<double> values;
  for (const Fragility* f : seeds)
    if (const double value = number_of(*f); !std::isnan(value)) values.push_back(value);
  return stats::mean(values);
}

const VariantRow* find(const Fragility& fragility, const std::string& name) {
  const auto found = std::find_if(fragility.variants.begin(), fragility.variants.end(),
                                  [&](const VariantRow& v) { return v.name == name; });
  return found == fragility.variants.end() ? nullptr : &*found;
}

double mean_of_variant(const std::vector<const Fragility*>& seeds, const std::string& name) {
  return mean_over(seeds, [&](const Fragility& f) {
    const VariantRow* row = find(f, name);
    return row ? row->value : kUnknown;
  });
}

/// Names of all variants that some group has, in their order.
std::vector<std::string> variants_of(const Dataset& dataset) {
  std::vector<std::string> names;
  for (const Group& g : dataset.groups)
    for (const Fragility* f : of_output(dataset, g, dataset.primary))
      for (const VariantRow& v : f->variants)
        if (std::find(names.begin(), names.end(), v.name) == names.end()) names.push_back(v.name);
  return names;
}

bool any(const Dataset& dataset) {
  return !dataset.outputs.empty() && std::any_of(dataset.groups.begin(), dataset.groups.end(), [&](const Group& g) {
    return !of_output(dataset, g, dataset.primary).empty();
  });
}

/// A value, and by how much it differs from the cell as it is asked where that is beyond doubt under every seed.
std::string variant_text(const Dataset& dataset, const Group& group, const std::string& name) {
  const auto seeds = of_output(dataset, group, dataset.primary);
  const double value = mean_of_variant(seeds, name);
  if (std::isnan(value)) return "–";
  const auto apart = [&](const Fragility* f) {
    const VariantRow* row = find(*f, name);
    return row && row->difference.excludes_zero();
  };
  const Output& output = dataset.outputs[dataset.primary];
  const std::string text = number(output, value);
  if (!std::all_of(seeds.begin(), seeds.end(), apart)) return text;
  const double difference = mean_over(seeds, [&](const Fragility& f) { return find(f, name)->difference.value; });
  return fmt::format("{} ({})", text, signed_number(output, difference));
}

std::string spread_text(const Dataset& dataset, const Moved& m) {
  const Output& output = dataset.outputs[dataset.primary];
  const std::string in = difference_unit(dataset);
  return fmt::format("{}{} {}", number(output, m.spread), in.empty() ? "" : " " + in,
                     interval(output, m.spread_low, m.spread_high));
}

}  // namespace

Moved moved(const Dataset& dataset, const Group& group, std::size_t output) {
  const auto seeds = of_output(dataset, group, output);
  Moved m;
  if (seeds.empty()) return m;
  const auto mean = [&](double Fragility::*member) {
    return mean_over(seeds, [=](const Fragility& f) { return f.*member; });
  };
  m.mean = mean(&Fragility::mean), m.std = mean(&Fragility::std);
  m.spread = mean(&Fragility::spread), m.spread_low = mean(&Fragility::spread_low),
  m.spread_high = mean(&Fragility::spread_high);
  m.worst = group.values[output].value;
  for (const VariantRow& variant : seeds.front()->variants) {
    const double value = mean_of_variant(seeds, variant.name);
    if (dataset.outputs[output].higher_is_better ? value < m.worst : value > m.worst)
      m.worst = value, m.worst_variant = variant.name;
  }
  return m;
}

std::vector<Column> fragility_columns(const Dataset& dataset) {
  if (!any(dataset)) return {};
  Column spread{"spread", "between the largest and the smallest value over the variants of the questions", {}};
  Column worst{
      "worst variant", "the value where it is worst, a mean over seeds, and how the questions were put then", {}};
  const Output& output = dataset.outputs[dataset.primary];
  for (const Group& g : dataset.groups) {
    const Moved m = moved(dataset, g, dataset.primary);
    spread.cells.push_back(std::isnan(m.spread) ? "–" : number(output, m.spread));
    worst.cells.push_back(std::isnan(m.worst) ? "–"
                                              : fmt::format("{} {}", number(output, m.worst),
                                                            m.worst_variant.empty() ? "as asked" : m.worst_variant));
  }
  return {std::move(spread), std::move(worst)};
}

std::vector<Column> variant_columns(const Dataset& dataset) {
  if (!any(dataset)) return {};
  const Output& output = dataset.outputs[dataset.primary];
  Column base{"as asked", "", {}};
  for (const Group& g : dataset.groups) {
    const double value = g.values[dataset.primary].value;
    base.cells.push_back(std::isnan(value) ? "–" : number(output, value));
  }
  std::vector<Column> columns{std::move(base)};
  for (const std::string& name : variants_of(dataset)) {
    Column column{name, "", {}};
    for (const Group& g : dataset.groups) column.cells.push_back(variant_text(dataset, g, name));
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string fragility_note(const Dataset& dataset) {
  std::string text =
      "The same questions put differently; a difference stands beside a value where its paired interval excludes 0 "
      "under every seed. Spread: the "
      "largest minus the smallest value of a cell, a mean over seeds. What variants cost counts for no strategy.";
  const Group *most = nullptr, *least = nullptr;
  for (const Group& g : dataset.groups) {
    const double spread = moved(dataset, g, dataset.primary).spread;
    if (std::isnan(spread)) continue;
    if (!most || spread > moved(dataset, *most, dataset.primary).spread) most = &g;
    if (!least || spread < moved(dataset, *least, dataset.primary).spread) least = &g;
  }
  if (!most || most == least) return text;
  const Moved high = moved(dataset, *most, dataset.primary), low = moved(dataset, *least, dataset.primary);
  if (high.spread_low > low.spread_high) {
    text += fmt::format(" The most fragile is `{}`, with a spread of {}, the least `{}`, with {}.", most->label,
                        spread_text(dataset, high), least->label, spread_text(dataset, low));
  } else {
    text += " Which strategy is the most fragile cannot be told: the intervals of their spreads overlap.";
  }
  return text;
}

}  // namespace assay::report
