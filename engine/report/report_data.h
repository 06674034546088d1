#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"
#include "plan/plan.h"

namespace assay::report {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
/// The reason of a cell that no attempt was made at.
inline constexpr const char* kNotRun = "it was not run";

/// A paired difference between two groups, in the metric's own unit; NaN = not known.
struct Difference {
  double value = kUnknown, low = kUnknown, high = kUnknown, p_value = kUnknown;
  double p_adjusted = kUnknown;  ///< by Holm over all comparisons of the output: `adjust_for_many`
  double detectable = kUnknown;  ///< true difference that the test finds with a power of 80 %
  double needed = kUnknown;      ///< examples that would find the observed difference with that power
  /// The interval of confidence 1 - 2(1 - c), which two one-sided tests of equivalence go by.
  double narrow_low = kUnknown, narrow_high = kUnknown;
  /// With seeds taken as drawn, too; unknown where results do not depend on the seed.
  double seeds_low = kUnknown, seeds_high = kUnknown, seeds_p_value = kUnknown;
  double level = 0.05;    ///< at which a p-value is significant
  std::string test = {};  ///< that the p-value is from

  [[nodiscard]] bool excludes_zero() const { return low > 0 || high < 0; }
  /// Whether the groups are shown to differ: by the adjusted test, or by the interval where there is no test.
  [[nodiscard]] bool shown() const { return std::isnan(p_adjusted) ? excludes_zero() : p_adjusted <= level; }
  /// Whether it is shown to lie within ±margin.
  [[nodiscard]] bool equivalent(double margin) const { return narrow_low > -margin && narrow_high < margin; }
  [[nodiscard]] Difference reversed() const {
    Difference turned = *this;
    turned.value = -value, turned.low = -high, turned.high = -low;
    turned.narrow_low = -narrow_high, turned.narrow_high = -narrow_low;
    turned.seeds_low = -seeds_high, turned.seeds_high = -seeds_low;
    return turned;
  }
};

/// One of the numbers that a metric reports.
struct Output {
  std::string metric;  ///< the plugin
  std::string name;    ///< "f1.macro"
  std::string unit;
  bool higher_is_better = true;
  bool share = false;          ///< lies within [0, 1]: written as percent
  std::size_t examples = 0;    ///< rows that it was computed from
  std::string signature = {};  ///< how, where the metric says so; of the first cell
};

/// A group's value of one output: the mean over its seeds, with the interval from resampling examples.
struct Value {
  double value = kUnknown, low = kUnknown, high = kUnknown;
  double seed_sd = kUnknown;  ///< spread between seeds, apart from the spread between examples
  std::vector<double> by_seed;
  /// The interval with seeds taken as drawn, too; unknown where results do not depend on the seed.
  double seeds_low = kUnknown, seeds_high = kUnknown;
};

/// What a group cost, a mean over its seeds; NaN = not counted.
struct Costs {
  double adapt_seconds = kUnknown;
  double generate_seconds = kUnknown;  ///< for the whole test set, under batching: not a latency
  double trained_parameters = kUnknown;
  double prompt_tokens = kUnknown;      ///< a request
  double completion_tokens = kUnknown;  ///< a request
  double dollars_per_1k = kUnknown;     ///< for 1,000 requests
  double latency_p95_ms = kUnknown;     ///< from the measure stage
  // Of adapting, as adapt_seconds: of a tuned cell, over all its trials.
  double adapt_tokens = kUnknown;   ///< trained on, and asked
  double adapt_dollars = kUnknown;  ///< by the price of the model's tokens and of its machine
  [[nodiscard]] double tokens() const { return prompt_tokens + completion_tokens; }
};

struct PromptExample {
  std::string id, prompt, output, answer, target;
  double score = kUnknown;  ///< of the primary metric where it scores examples one by one
};

enum class Family { prompting, fine_tuning, hybrid };
std::string to_string(Family);

/// One setting that tuning tried for a cell.
struct TrialRow {
  std::size_t number = 0;   ///< within the grid of all settings
  std::string label;        ///< "learning_rate=0.001"
  double value = kUnknown;  ///< on the validation split
  bool chosen = false;
  double seconds = kUnknown, tokens = kUnknown,
         dollars = kUnknown;  ///< of adapting, asking and scoring; of failed attempts, seconds
  std::string failure;        ///< why it has no value; empty where it has one, or was not run
};

/// How one cell's parameters were chosen on the validation split.
struct Tuning {
  std::string cell;
  std::uint64_t seed = 0;
  std::string output;  ///< the value that decides: "accuracy", "validation_loss"
  bool higher_is_better = true;
  std::size_t settings = 0;  ///< of its grid, tried or not
  std::vector<TrialRow> trials;
};

/// What a strategy found in numbers (agreement, recall), or could not read: a mean over examples and seeds.
struct Finding {
  double value = kUnknown;
  std::string unit;
};

/// One output of a cell under a variant of `perturb:`; the difference is to the cell as it is asked.
struct VariantRow {
  std::string name;
  double value = kUnknown;
  Difference difference;  ///< without a p-value
};

/// How one output of a cell moves when its questions are put differently.
struct Fragility {
  std::string cell;
  std::uint64_t seed = 0;
  std::string output;                                        ///< its name
  double mean = kUnknown, std = kUnknown, worst = kUnknown;  ///< over the cell as it is asked and its variants
  double spread = kUnknown, spread_low = kUnknown, spread_high = kUnknown;  ///< largest minus smallest
  std::string worst_variant;  ///< empty where no variant is worse than the cell as it is asked
  std::vector<VariantRow> variants;
  std::vector<std::string> failed;  ///< variants without a score
};

/// The seeds of one model × dataset × strategy.
struct Group {
  std::string id;  ///< plan::Cell::group
  std::string model, strategy;
  std::string label;  ///< for people; names the model where the experiment has several
  Family family = Family::prompting;
  std::vector<std::string> cells;
  std::vector<std::uint64_t> seeds;
  std::size_t distinct = 0;   ///< different results among the seeds; 1 where nothing depends on the seed
  std::vector<Value> values;  ///< one an output of the dataset
  Costs costs;
  std::map<std::string, Finding> findings;  ///< by name, as KPIs call them
  std::vector<std::string> failures;        ///< why some of its cells have no result
  std::vector<PromptExample> examples;      ///< the first few, of the first seed
  std::vector<Tuning> tuning;               ///< one a cell where something is tuned
  std::vector<Fragility> fragility;         ///< one a cell and output where the experiment has variants
  std::size_t train_rows = 0;               ///< training rows that it uses; 0 where it uses none
  std::string curve, curve_label;           ///< groups of one curve differ in their training rows alone

  int rank = 0;                         ///< 1 = tied with the best; 0 = no value
  bool tied = false;                    ///< shares its rank
  std::vector<std::string> violations;  ///< constraints that it breaks
  std::vector<std::string> unjudged;    ///< constraints whose KPI was not measured
};

struct Recommendation {
  std::string group;    ///< id; empty where nothing can be recommended
  bool decided = true;  ///< false: the data cannot tell the cells apart, and the group is the cheapest of them
  bool meets_constraints = true;
  std::vector<std::string> sentences;  ///< the first two are the answer; cells' names stand between backticks
};

/// The primary output against the number of training rows: one strategy, the smallest set first.
struct LearningCurve {
  std::string label;
  std::vector<std::pair<std::size_t, std::string>> points;  ///< training rows, group
};

/// Every group's values over the slices that one item of a dataset's `by` makes.
struct Slices {
  std::string by;
  std::vector<std::pair<std::string, std::size_t>> slices;  ///< name, examples
  struct Cell {
    Value value;
    Difference gap;  ///< to all examples, without a p-value
  };
  struct Row {
    std::string group;
    std::vector<std::vector<Cell>> outputs;         ///< by output, by slice; empty for outputs that are not sliced
    std::vector<std::optional<std::size_t>> worst;  ///< by output: a place in `slices`
  };
  std::vector<Row> rows;
};

/// Quality against something that is better low: which groups no other beats in both.
struct Front {
  std::string against;  ///< "cost", "latency.p95", "training time"
  std::string unit;
  struct Point {
    std::string group;
    double x = kUnknown;
    bool on = false;
    double share = kUnknown;  ///< of resamples in which it is on the front
  };
  std::vector<Point> points;  ///< of the groups that have both values
};

struct Dataset {
  std::string name;
  std::size_t examples = 0;
  std::size_t clusters = 0;  ///< that the examples come in; 0: they are independent
  std::string baseline;      ///< a group's id
  std::vector<Output> outputs;
  std::size_t primary = 0;    ///< index into outputs
  std::vector<Group> groups;  ///< once ranked: best first, groups without a value last
  std::map<std::tuple<std::size_t, std::string, std::string>, Difference>
      pairs;                          ///< (output, a, b) → value(a) - value(b)
  std::vector<LearningCurve> curves;  ///< of strategies with two sizes or more
  std::vector<Slices> slices;
  std::vector<Front> fronts;
  Recommendation recommendation;

  [[nodiscard]] const Group* find(const std::string& id) const;
  /// value(a) - value(b), whichever way the pair is stored; empty where they were not compared.
  [[nodiscard]] std::optional<Difference> difference(std::size_t output, const std::string& a,
                                                     const std::string& b) const;
};

struct Failure {
  std::string stage, label, outcome, reason, log_tail;
  std::vector<std::string> cells;  ///< labels
  int attempts = 1;
};

struct StageRow {
  std::string key, kind, label;
  double seconds = kUnknown;
};

/// `statistics:` and what else of the experiment says how its results are weighed.
struct Terms {
  std::string family = "all", correction = "holm";
  bool random_seeds = false;
  std::optional<double> equivalence_margin;  ///< of the primary value, in its own unit
  std::optional<double> volume;              ///< requests that are expected
};

/// Everything that a report says; the writers add nothing but form.
struct ReportData {
  std::string experiment;
  std::int64_t run = 0;
  std::string status;  ///< done | failed | incomplete
  std::string started, finished, plan_hash, version;
  double confidence = 0.95;
  int resamples = 0;
  Terms terms;
  std::optional<double> max_latency_p95_ms, max_cost_per_1k;  ///< the experiment's constraints
  std::vector<Dataset> datasets;
  std::string selection;  ///< plan::Plan::selection
  std::string overall;    ///< one paragraph over all datasets, empty for one dataset
  std::vector<Failure> failures;
  std::vector<std::string> warnings;
  std::vector<plan::PromptUse> prompts;  ///< prompt files that were used
  Json settings;                         ///< the resolved experiment
  std::vector<StageRow> stages;
};

}  // namespace assay::report
