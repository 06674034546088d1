#include "run/slices.h"

#include <map>
#include <set>

#include "run/table_part.h"
#include "stats/bootstrap.h"
#include "stats/comparison.h"
#include "stats/resampled.h"

namespace assay::run {
namespace {

struct Slice {
  std::string name;
  std::vector<std::size_t> rows;
  std::size_t units = 0;  ///< independent examples or clusters
};

std::vector<Slice> slices_of(const StageWork& work, const std::string& by, const ScoredCells& all) {
  const std::vector<std::string> labels = labels_of(work.job, "by", by, all.examples);
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(i);
  std::vector<Slice> slices;
  for (auto& [name, which] : rows) {
    std::set<std::size_t> clusters;
    if (all.clusters) {
      for (const std::size_t row : which) clusters.insert(all.clusters->of[row]);
    }
    const std::size_t units = all.clusters ? clusters.size() : which.size();
    slices.push_back({name, std::move(which), units});
  }
  return slices;
}

/// One group's values over one slice: means over its seeds.
struct SliceValues {
  std::vector<double> values;     ///< an output each
  std::vector<double> resampled;  ///< outputs × resamples
  std::vector<double> scores;     ///< as ComparedGroup::scores, of the slice
};

class SlicedGroup {
 public:
  SlicedGroup(StageWork& work, const ComparedGroup& group, const ScoredCells& all, const std::vector<Slice>& slices)
      : job_(work.job.compare.value()), group_(group), all_(all), slices_(slices), values_(slices.size()) {
    for (SliceValues& one : values_) {
      one.values.assign(all.outputs.size(), 0.0);
      one.resampled.assign(all.outputs.size() * static_cast<std::size_t>(job_.resamples), 0.0);
    }
    for (const Scored* scored : group.scored)
      in_plugin(work.bench.journal(), work.job.metric->name, [&] { add(*scored); });
  }

  [[nodiscard]] Json json() const {
    Json out = {{"group", group_.name}, {"outputs", Json::array()}};
    for (std::size_t o = 0; o < all_.outputs.size(); ++o) {
      Json slices = Json::array();
      for (std::size_t s = 0; s < slices_.size(); ++s) slices.push_back(slice_json(s, o));
      const auto worst = worst_of(o);
      out["outputs"].push_back(
          {{"name", all_.outputs[o].name}, {"worst", worst ? Json(*worst) : Json()}, {"slices", std::move(slices)}});
    }
    return out;
  }

 private:
  void add(const Scored& scored) {
    const std::size_t outputs = all_.outputs.size();
    const auto resamples = static_cast<std::size_t>(job_.resamples);
    std::vector<TablePart> parts;
    for (const Slice& slice : slices_)
      parts.emplace_back([&](std::size_t i) { return scored.table.row(i); }, scored.width, slice.rows, outputs,
                         job_.resamples);
    const stats::Resampler resampler = all_.resampler();
    std::vector<double> drawn(all_.examples);
    for (int b = 0; b < job_.resamples; ++b) {
      resampler.weights(b, drawn);
      for (TablePart& part : parts) part.resample(*scored.metric, drawn, b);
    }
    const double share = 1.0 / static_cast<double>(group_.cells.size());
    std::vector<double> own(outputs);
    for (std::size_t s = 0; s < parts.size(); ++s) {
      SliceValues& into = values_[s];
      parts[s].values(*scored.metric, own);
      if (!group_.scores.empty()) into.scores.assign(parts[s].table().begin(), parts[s].table().end());
      for (std::size_t o = 0; o < outputs; ++o) {
        into.values[o] += own[o] * share;
        for (std::size_t b = 0; b < resamples; ++b)
          into.resampled[o * resamples + b] += parts[s].resampled()[b * outputs + o] * share;
      }
    }
  }

  [[nodiscard]] Json slice_json(std::size_t s, std::size_t o) const {
    const auto resamples = static_cast<std::size_t>(job_.resamples);
    const std::span<const double> resampled = std::span(values_[s].resampled).subspan(o * resamples, resamples);
    const std::span<const double> of_all = group_.resampled_of(o);
    std::vector<double> gaps(resampled.begin(), resampled.end());
    for (std::size_t b = 0; b < resamples; ++b) gaps[b] -= of_all[b];
    const std::span<const double> scores =
        all_.clusters ? std::span<const double>() : std::span<const double>(values_[s].scores);
    const stats::Interval interval = stats::value_interval(scores, resampled, slices_[s].units, job_.confidence);
    const stats::Interval gap = stats::percentile_interval(gaps, job_.confidence, slices_[s].units);
    return {{"value", number(values_[s].values[o])},
            {"low", number(interval.low)},
            {"high", number(interval.high)},
            {"gap", number(values_[s].values[o] - group_.values[o])},
            {"gap_low", number(gap.low)},
            {"gap_high", number(gap.high)}};
  }

  [[nodiscard]] std::optional<std::size_t> worst_of(std::size_t o) const {
    std::vector<double> values;
    std::vector<std::size_t> examples;
    for (std::size_t s = 0; s < slices_.size(); ++s) {
      values.push_back(values_[s].values[o]);
      examples.push_back(slices_[s].rows.size());
    }
    return worst_slice(values, examples, all_.outputs[o].higher_is_better);
  }

  const plan::CompareJob& job_;
  const ComparedGroup& group_;
  const ScoredCells& all_;
  const std::vector<Slice>& slices_;
  std::vector<SliceValues> values_;
};

}  // namespace

Json slices_json(StageWork& work, const std::vector<ComparedGroup>& groups, const ScoredCells& all) {
  Json json = Json::array();
  for (const std::string& by : work.job.compare->by) {
    const std::vector<Slice> slices = slices_of(work, by, all);
    Json table = {{"by", by}, {"slices", Json::array()}, {"groups", Json::array()}};
    for (const Slice& slice : slices)
      table["slices"].push_back({{"name", slice.name}, {"examples", slice.rows.size()}});
    for (const ComparedGroup& group : groups) table["groups"].push_back(SlicedGroup(work, group, all, slices).json());
    json.push_back(std::move(table));
  }
  return json;
}

}  // namespace assay::run
