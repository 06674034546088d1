#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/metric.h"
#include "config/load.h"
#include "data/row_template.h"
#include "host/catalog.h"
#include "stats/summary.h"

namespace assay::cli {

/// How intervals are made.
struct Resampling {
  int resamples = 2000;
  double confidence = 0.95;
};

/// A number with its interval; NaN where undefined.
struct Estimate {
  double value;
  stats::Interval interval;
};

/// One metric's values over some of the rows.
struct Slice {
  std::string name;
  std::size_t examples = 0;
  std::vector<Estimate> values;  ///< an output each
  std::vector<Estimate> gaps;    ///< to all rows together, resampled with them
};

/// One metric over a file of predictions.
class Scoring {
 public:
  Scoring(const config::PluginManifest& plugin, Json params);

  [[nodiscard]] const config::PluginManifest& plugin() const { return *plugin_; }
  [[nodiscard]] const Json& params() const { return params_; }
  [[nodiscard]] const std::vector<sdk::Value>& outputs() const { return outputs_; }
  [[nodiscard]] const std::string& signature() const { return signature_; }
  [[nodiscard]] const std::vector<Estimate>& values() const { return values_; }
  [[nodiscard]] const std::vector<Slice>& slices() const { return slices_; }

  /// The slice with the worst value of an output, among those that are large enough to tell; null where there is none.
  [[nodiscard]] const Slice* worst(std::size_t output) const;

 private:
  friend class ScoredFile;

  const config::PluginManifest* plugin_;
  Json params_;
  host::LoadedPlugin library_;
  std::shared_ptr<sdk::Metric> metric_;
  std::vector<sdk::Value> outputs_;
  std::size_t width_ = 0;
  std::vector<double> table_;
  std::string signature_;
  std::vector<Estimate> values_;
  std::vector<Slice> slices_;
};

/// A file of predictions under several metrics, which see every row together.
class ScoredFile {
 public:
  /// Scores `file`, and computes the values of `metrics` over it and, where `by` is given (a template over a row's fields, or null),
  /// over the rows of each of its values. @throws BadInput naming the row that cannot be read or scored.
  ScoredFile(const std::string& file, std::deque<Scoring>& metrics, const data::RowTemplate* by, const Resampling& how);

  [[nodiscard]] std::size_t examples() const { return count_; }

 private:
  void look_through();
  void score_rows(const data::RowTemplate* by);
  void compute(Scoring& one, const Resampling& how) const;

  std::string file_;
  std::deque<Scoring>& metrics_;
  std::vector<std::string> choices_, targets_;
  std::size_t count_ = 0;
  std::vector<std::string> slice_names_;
  std::vector<std::vector<std::size_t>> slice_rows_;
};

}  // namespace assay::cli
