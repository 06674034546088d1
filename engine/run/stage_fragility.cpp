#include <algorithm>
#include <cmath>

#include "run/scored.h"
#include "run/stage.h"
#include "stats/resampled.h"
#include "stats/summary.h"

namespace assay::run {
namespace {

/// The cell as it is asked (without a name), then its variants.
struct Reading {
  std::string name;
  const Scored* scored = nullptr;
};

/// What is defined among the values of one output, or among one resample's.
template <class ValueOf>
std::vector<double> defined(const std::vector<Reading>& readings, const ValueOf& value_of) {
  std::vector<double> values;
  for (const Reading& reading : readings) {
    if (const double value = value_of(*reading.scored); !std::isnan(value)) values.push_back(value);
  }
  return values;
}

double spread(const std::vector<double>& values) {
  if (values.empty()) return std::nan("");
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

/// How far the spread is known, on the careful side: what resampling adds to the values widens a spread more than it
/// narrows it, so the lower end is the basic bootstrap's, which takes that off again, and the upper the percentile's,
/// which does not (Davison & Hinkley 1997, equations 5.6 and 5.18).
stats::Interval spread_interval(const std::vector<Reading>& readings, const ScoredCells& all, std::size_t o,
                                const plan::FragilityJob& job) {
  const std::size_t outputs = all.outputs.size();
  std::vector<double> spreads(static_cast<std::size_t>(job.resamples));
  for (std::size_t b = 0; b < spreads.size(); ++b) {
    spreads[b] = spread(defined(readings, [&](const Scored& scored) { return scored.resampled[b * outputs + o]; }));
  }
  const double found = spread(defined(readings, [&](const Scored& scored) { return scored.values[o]; }));
  const double high = stats::percentile_interval(spreads, job.confidence, all.units()).high;
  return {std::clamp(2 * found - high, 0.0, found), std::max(found, high)};
}

Json variant_json(const Reading& base, const Reading& variant, const ScoredCells& all, std::size_t o,
                  double confidence) {
  const std::size_t outputs = all.outputs.size();
  std::vector<double> differences = column(variant.scored->resampled, outputs, o);
  const std::vector<double> of_base = column(base.scored->resampled, outputs, o);
  for (std::size_t b = 0; b < differences.size(); ++b) differences[b] -= of_base[b];
  const stats::Interval interval = stats::percentile_interval(differences, confidence, all.units());
  return {{"name", variant.name},
          {"value", number(variant.scored->values[o])},
          {"difference", number(variant.scored->values[o] - base.scored->values[o])},
          {"low", number(interval.low)},
          {"high", number(interval.high)}};
}

/// The first of equals, so that the cell itself comes before its variants; null where no value is defined.
const Reading* worst(const std::vector<Reading>& readings, std::size_t o, bool higher_is_better) {
  const Reading* found = nullptr;
  for (const Reading& reading : readings) {
    const double value = reading.scored->values[o];
    if (std::isnan(value)) continue;
    const double before = found == nullptr ? value : found->scored->values[o];
    if (found == nullptr || (higher_is_better ? value < before : value > before)) found = &reading;
  }
  return found;
}

Json output_json(StageWork& work, const std::vector<Reading>& readings, const ScoredCells& all, std::size_t o) {
  const plan::FragilityJob& job = work.job.fragility.value();
  const sdk::Value& output = all.outputs[o];
  const std::vector<double> values = defined(readings, [&](const Scored& scored) { return scored.values[o]; });
  const stats::Interval interval = spread_interval(readings, all, o, job);
  const Reading* last = worst(readings, o, output.higher_is_better);
  const double worst_value = last == nullptr ? std::nan("") : last->scored->values[o];
  const std::string kpi = "fragility." + output.name;
  work.kpi(kpi + ".mean", stats::mean(values), output.unit, output.higher_is_better);
  work.kpi(kpi + ".spread", spread(values), output.unit);
  work.kpi(kpi + ".std", stats::standard_deviation(values), output.unit);
  work.kpi(kpi + ".worst", worst_value, output.unit, output.higher_is_better);
  Json json = {{"name", output.name},
               {"unit", output.unit},
               {"higher_is_better", output.higher_is_better},
               {"value", number(readings.front().scored->values[o])},
               {"mean", number(stats::mean(values))},
               {"spread", number(spread(values))},
               {"spread_low", number(interval.low)},
               {"spread_high", number(interval.high)},
               {"std", number(stats::standard_deviation(values))},
               {"worst", number(worst_value)},
               {"worst_variant", last == nullptr || last->name.empty() ? Json() : Json(last->name)},
               {"variants", Json::array()}};
  for (std::size_t v = 1; v < readings.size(); ++v) {
    json["variants"].push_back(variant_json(readings.front(), readings[v], all, o, job.confidence));
  }
  return json;
}

std::vector<std::string> answers(StageWork& work, const std::string& key) {
  std::vector<std::string> found;
  work.bundle(key).rows("predictions.jsonl",
                        [&](const Json& row) { found.push_back(row.at("answer").get<std::string>()); });
  return found;
}

/// How often a variant's answer is the cell's own, whether right or wrong.
Json agreement_json(StageWork& work, const plan::FragilityJob& job) {
  Json json = Json::array();
  const std::vector<std::string> own = answers(work, job.answers);
  std::vector<double> shares;
  for (const plan::VariantJob& variant : job.variants) {
    const std::vector<std::string> others = answers(work, variant.answers);
    std::size_t same = 0;
    for (std::size_t i = 0; i < own.size(); ++i) same += own[i] == others.at(i) ? 1 : 0;
    shares.push_back(static_cast<double>(same) / static_cast<double>(own.size()));
    json.push_back({{"name", variant.name}, {"value", number(shares.back())}});
  }
  work.kpi("fragility.agreement", stats::mean(shares), "", true);
  return json;
}

}  // namespace

void do_fragility(StageWork& work) {
  const plan::FragilityJob& job = work.job.fragility.value();
  std::set<std::string> keys{job.base};
  for (const plan::VariantJob& variant : job.variants) keys.insert(variant.score);
  const ScoredCells all = read_scores(work, keys, job.resamples);
  std::vector<Reading> readings{{"", &all.by_key.at(job.base)}};
  for (const plan::VariantJob& variant : job.variants)
    readings.push_back({variant.name, &all.by_key.at(variant.score)});
  Json json = {{"metric", work.job.metric->name}, {"examples", all.examples}, {"confidence", job.confidence},
               {"resamples", job.resamples},      {"failed", job.failed},     {"outputs", Json::array()}};
  for (std::size_t o = 0; o < all.outputs.size(); ++o) json["outputs"].push_back(output_json(work, readings, all, o));
  if (!job.answers.empty()) json["agreement"] = agreement_json(work, job);
  work.write("fragility.json", json);
  for (const std::string& name : job.failed) work.log("the variant '" + name + "' failed and is left out");
}

}  // namespace assay::run
