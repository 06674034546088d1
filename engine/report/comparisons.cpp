#include "report/comparisons.h"

#include <algorithm>

#include "report/json_values.h"

namespace assay::report {
namespace {

Value value_of(const Json& output) {
  Value v;
  v.value = number_or_unknown(output, "value");
  v.low = number_or_unknown(output, "low");
  v.high = number_or_unknown(output, "high");
  return v;
}

Value group_value(const Json& output) {
  Value v = value_of(output);
  v.seed_sd = number_or_unknown(output, "seed_sd");
  for (const Json& x : output.at("by_seed")) v.by_seed.push_back(x.is_number() ? x.get<double>() : kUnknown);
  if (const Json over = output.value("over_seeds", Json()); over.is_object()) {
    v.seeds_low = number_or_unknown(over, "low");
    v.seeds_high = number_or_unknown(over, "high");
  }
  return v;
}

Difference difference_of(const Json& output) {
  Difference d;
  d.value = number_or_unknown(output, "difference");
  d.low = number_or_unknown(output, "low");
  d.high = number_or_unknown(output, "high");
  d.p_value = number_or_unknown(output, "p_value");
  d.detectable = number_or_unknown(output, "detectable");
  d.needed = number_or_unknown(output, "needed");
  d.narrow_low = number_or_unknown(output, "narrow_low");
  d.narrow_high = number_or_unknown(output, "narrow_high");
  d.test = text_or(output, "test");
  if (const Json over = output.value("over_seeds", Json()); over.is_object()) {
    d.seeds_low = number_or_unknown(over, "low");
    d.seeds_high = number_or_unknown(over, "high");
    d.seeds_p_value = number_or_unknown(over, "p_value");
  }
  return d;
}

Slices::Cell slice_cell(const Json& json) {
  Slices::Cell cell;
  cell.value = value_of(json);
  cell.gap.value = number_or_unknown(json, "gap");
  cell.gap.low = number_or_unknown(json, "gap_low");
  cell.gap.high = number_or_unknown(json, "gap_high");
  return cell;
}

/// What resampling one example gives is that example again: no interval, and nothing that rests on one. Wilson's interval of
/// a proportion is one even then.
void forget_resampled(Value& v) {
  if (v.low == v.high) v.low = v.high = kUnknown;
}

void forget_resampled(Difference& d) {
  Difference known;
  known.value = d.value, known.p_value = d.p_value, known.test = d.test;
  d = known;
}

/// The table of `by`, begun by the first metric that is sliced by it.
Slices& slices_by(Dataset& dataset, const Json& table) {
  const std::string by = table.at("by");
  for (Slices& known : dataset.slices)
    if (known.by == by) return known;
  Slices slices{by, {}, {}};
  for (const Json& slice : table.at("slices")) slices.slices.emplace_back(slice.at("name"), slice.at("examples"));
  for (const Group& group : dataset.groups) slices.rows.push_back({group.id, {}, {}});
  return dataset.slices.emplace_back(std::move(slices));
}

void add_slices(Dataset& dataset, std::size_t first, const Json& table) {
  Slices& slices = slices_by(dataset, table);
  for (const Json& json : table.at("groups")) {
    const auto row = std::find_if(slices.rows.begin(), slices.rows.end(),
                                  [&](const Slices::Row& r) { return r.group == json.at("group").get<std::string>(); });
    if (row == slices.rows.end()) continue;
    row->outputs.resize(dataset.outputs.size());
    row->worst.resize(dataset.outputs.size());
    std::size_t o = first;
    for (const Json& output : json.at("outputs")) {
      if (output.at("worst").is_number()) row->worst[o] = output.at("worst").get<std::size_t>();
      for (const Json& slice : output.at("slices")) row->outputs[o].push_back(slice_cell(slice));
      ++o;
    }
  }
}

}  // namespace

void add_comparison(Dataset& dataset, const std::string& metric, const Json& comparison) {
  if (comparison.at("cells").empty()) return;
  const std::size_t first = dataset.outputs.size();
  for (const Json& o : comparison.at("cells").front().at("outputs"))
    dataset.outputs.push_back({metric, o.at("name").get<std::string>(), text_or(o, "unit"),
                               o.value("higher_is_better", true), false, comparison.value("examples", std::size_t{0})});
  for (Group& g : dataset.groups) g.values.resize(dataset.outputs.size());
  for (const Json& row : comparison.at("cells")) {
    const auto group = std::find_if(dataset.groups.begin(), dataset.groups.end(),
                                    [&](const Group& g) { return g.id == row.at("group").get<std::string>(); });
    if (group == dataset.groups.end()) continue;
    std::size_t o = first;
    for (const Json& output : row.at("outputs")) group->values.at(o++) = group_value(output);
  }
  for (const Json& row : comparison.at("pairs")) {
    std::size_t o = first;
    for (const Json& output : row.at("outputs"))
      dataset.pairs[{o++, row.at("a").get<std::string>(), row.at("b").get<std::string>()}] = difference_of(output);
  }
  const Json clusters = comparison.value("clusters", Json());
  if ((clusters.is_number() ? clusters.get<std::size_t>() : comparison.value("examples", std::size_t{0})) == 1) {
    for (std::size_t o = first; o < dataset.outputs.size(); ++o)
      for (Group& g : dataset.groups) forget_resampled(g.values[o]);
    for (auto& [key, difference] : dataset.pairs)
      if (std::get<0>(key) >= first) forget_resampled(difference);
  }
  for (const Json& table : comparison.value("slices", Json::array())) add_slices(dataset, first, table);
}

void mark_shares(Dataset& dataset) {
  for (std::size_t o = 0; o < dataset.outputs.size(); ++o) {
    Output& output = dataset.outputs[o];
    output.share = output.unit.empty() && output.higher_is_better &&
                   std::all_of(dataset.groups.begin(), dataset.groups.end(), [&](const Group& g) {
                     const Value& v = g.values[o];
                     return !(v.value < 0) && !(v.value > 1) && !(v.low < 0) && !(v.high > 1);
                   });
  }
}

}  // namespace assay::report
