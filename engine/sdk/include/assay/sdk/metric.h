#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/sdk/example.h"
#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"
#include "assay/sdk/params.h"

namespace assay::sdk {

/// One answered example, as metrics see it. Holds references: valid during the call only. `input.fields` are there for
/// metrics that ask.
struct Prediction {
  const Input& input;
  const std::string& target;
  std::span<const std::string> references;
  const std::string& answer;             ///< what the strategy read out of the model's output
  std::span<const std::string> outputs;  ///< raw outputs, in the order of the requests
  const Json& details;                   ///< Answer::details
  const Usage& usage;                    ///< summed over the example's requests
  double milliseconds;                   ///< from the `measure` stage where the metric declares it; else of the batch
  double dollars;                        ///< by the model's price sheet, 0 without one
  std::span<const double> choice_scores =
      {};  ///< log-probabilities of `input.choices`; empty where they were not scored
  const std::string* opponent =
      nullptr;  ///< what another cell answered, where the metric's parameter `against` names one
};

/// What a metric may know of the whole before it scores.
struct ScoringContext {
  std::span<const std::string> choices;  ///< the dataset's, empty for free text
  std::span<const std::string> targets;  ///< distinct first references, sorted
  double wall_seconds = 0;               ///< of the stage that the predictions came from
  int concurrency = 1;
  std::string_view instruction = {};  ///< the dataset's; empty where nothing is asked
  /// Of a Jinja text, and of a prompt file by its absolute path; there where the metric is about to ask.
  std::function<std::string(const std::string& jinja, const Json& variables)> render = {};
  std::function<std::string(const std::string& file, const Json& variables)> render_file = {};
};

/// One of the numbers that a metric reports.
struct Value {
  std::string name;  ///< the KPI's name: "f1", "f1.macro", "latency.p95"
  std::string unit;  ///< "", "ms", "tokens", "USD", "1/s"
  bool higher_is_better = true;
  bool per_example = true;  ///< the value of one row alone means something (accuracy), so it may be shown beside it
};

/// Per-example statistics with multiplicities: a row an example, `width()` columns; a resample changes weights only.
class Rows {
 public:
  Rows(std::span<const double> data, std::size_t width, std::span<const double> weights) noexcept
      : data_(data), width_(width), weights_(weights) {}
  [[nodiscard]] std::size_t size() const noexcept { return weights_.size(); }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] std::span<const double> row(std::size_t i) const noexcept { return data_.subspan(i * width_, width_); }
  [[nodiscard]] double weight(std::size_t i) const noexcept { return weights_[i]; }

 private:
  std::span<const double> data_;
  std::size_t width_;
  std::span<const double> weights_;
};

/// Turns predictions into numbers, in two steps: each example gives a row of sufficient statistics, and a weighted set of
/// rows gives the values. Intervals and paired tests come from re-weighting rows, so `values` is called thousands of
/// times: it must be cheap and must not look at anything but its arguments. One instance a stage, one thread.
class Metric {
 public:
  virtual ~Metric() = default;

  /// The numbers this metric reports, the main one first.
  [[nodiscard]] virtual std::vector<Value> outputs() const = 0;

  /// Called once, before anything else.
  virtual void begin(const ScoringContext& context);

  /// Columns of a row; known after `begin`.
  [[nodiscard]] virtual std::size_t width() const = 0;

  /// Requests to the judge model about this prediction; none by default. Declare `asks` in the manifest: of the metric's
  /// parameters the engine then reads `model`, the judge's name (default: the cell's own model), and `against`, whose
  /// answer `opponent` is: `baseline` or a strategy's name; `reference` means none. A conversation without text is put in
  /// the judge's own form; where its last message is the assistant's, the judge goes on from there.
  [[nodiscard]] virtual std::vector<Request> ask(const Prediction& prediction) const;

  /// Fills one example's row, zeroed before the call; `judged` answers `ask`, in order.
  virtual void score(const Prediction& prediction, std::span<const Completion> judged, std::span<double> row) const = 0;

  /// Fills the rows of many examples, one after the other, where no model was asked about them: what a metric gains from seeing
  /// several at once is its own, the rows are those of `score`. Default: `score`, one by one.
  virtual void score_many(std::span<const Prediction> predictions, std::span<double> rows) const;

  /// The values of a weighted set of rows, in the order of `outputs`; NaN where a value is undefined.
  virtual void values(const Rows& rows, std::span<double> out) const = 0;

  /// How the values of these rows were computed, in a form that can be quoted beside them (as sacreBLEU's signature);
  /// empty (the default) where the parameters say it all.
  [[nodiscard]] virtual std::string signature(const Rows& rows) const;
};

/// A metric whose one value is the mean of its scores over examples.
class PerExampleMetric : public Metric {
 public:
  [[nodiscard]] std::size_t width() const final { return 1; }
  void score(const Prediction& prediction, std::span<const Completion> judged, std::span<double> row) const final;
  void values(const Rows& rows, std::span<double> out) const final;

  virtual double score(const Prediction& prediction) const = 0;
};

/// A metric computed from the sums of its rows (F1 from counts, BLEU from n-gram matches).
class SumMetric : public Metric {
 public:
  void values(const Rows& rows, std::span<double> out) const final;

  /// The values from the weighted column sums; `count` is the sum of weights.
  virtual void from_sums(std::span<const double> sums, double count, std::span<double> out) const = 0;

 private:
  mutable std::vector<double> sums_;
};

}  // namespace assay::sdk
