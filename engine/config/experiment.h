#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"

namespace assay::config {

/// A place in a YAML file; line and column from 1.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
  [[nodiscard]] std::string text() const;  ///< file:line:column
};

/// US dollars a million tokens, what is discounted in batches taken off.
struct Price {
  double input = 0;
  double cached_input = 0;
  double output = 0;
};

struct ModelSpec {
  std::string name;             ///< the key under `models:`
  std::string source;           ///< local | recorded | simulated | openai | anthropic
  std::filesystem::path path;   ///< local: the Hugging Face folder, absolute
  std::string dtype = "auto";   ///< local: auto | f32 | bf16 | int8
  std::string device = "auto";  ///< local: auto | cpu | cuda
  std::optional<Price> price;
  double dollars_per_hour = 0;    ///< price of the machine that runs a local model; its seconds become dollars
  bool fine_tuned = false;        ///< recorded: the model had been fine-tuned for the task
  Json options = Json::object();  ///< what only this source knows (simulated: accuracy, latency_ms, …);
                                  ///< recorded: `recordings`, a list of data::RecordingSource as JSON
  Position position;

  /// Whether it is asked over HTTP.
  [[nodiscard]] bool is_remote() const { return source == "openai" || source == "anthropic"; }
};

/// Part of a file's rows, by position from 0, the header not counted.
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< one past the last; 0 = the file's end
};

struct DatasetSpec {
  std::string name;
  std::filesystem::path train, validation, test;  ///< absolute; empty = none. `test` is always there
  double validation_fraction = 0;                 ///< of train rows, drawn by `split_seed`, where `validation` is empty
  std::uint64_t split_seed = 0;
  std::string input;       ///< Jinja over the row's fields
  std::string target;      ///< Jinja; rendered to the first reference
  std::string rationale;   ///< Jinja: the steps that lead to the target; empty = none
  std::string references;  ///< Jinja rendering to a JSON array of further references, or a field's name; empty = none
  std::string id;          ///< field that names a row; empty = the row's number
  std::string group_by;    ///< field whose equal values make test rows one example; empty = none
  std::string cluster;     ///< field or Jinja: test rows with equal values are no independent evidence; empty = all are
  std::vector<std::string> by;  ///< fields or Jinja that part the test rows into slices
  std::string instruction;      ///< what the task asks, empty = none
  std::vector<std::string> choices;
  RowRange train_rows, validation_rows, test_rows;
  std::size_t train_limit = 0, validation_limit = 0, test_limit = 0;  ///< first rows used; 0 = all
  Position position;
};

/// One strategy with one setting of its parameters, defaults filled in.
struct StrategySetting {
  std::string name;
  /// Paths in it as written, relative to the experiment's folder. `train_size`, where it is given, is the engine's: how
  /// many training rows are used; plugins do not see it.
  Json params = Json::object();
  friend bool operator==(const StrategySetting&, const StrategySetting&) = default;
};

/// A parameter of one part of an entry.
struct AxisPlace {
  std::size_t part = 0;
  std::string parameter;
  friend bool operator==(const AxisPlace&, const AxisPlace&) = default;
};

/// One entry of matrix.strategy before its axes are expanded: a list (of one, or a hybrid) of named parameter sets, in
/// which an axis is still `{"sweep": [...]}`, and what is to be tuned `{"tune": [...]}`.
struct StrategyEntry {
  std::vector<StrategySetting> parts;
  std::vector<std::vector<AxisPlace>> zips;  ///< optional `zip:`: axes that move together
  std::string label;                         ///< optional `name:`; empty = made from the parts
  std::vector<std::string> datasets;         ///< optional `datasets:`: where it applies; empty = on all of the matrix
  Position position;
};

/// How `report.baseline` names an entry: its label, or its parts' names joined by " + ".
std::string entry_name(const StrategyEntry& entry);

/// Which cells an item of `exclude:` or an option --only or --skip means: those that match all that it names. A list is
/// any of its values; texts may hold * and ?.
struct CellPattern {
  std::string text;  ///< as written, for messages
  Position position;
  std::vector<std::string> models, datasets;
  std::vector<std::string> strategies;  ///< an entry's name or a cell's label
  std::vector<std::string> cells;       ///< first letters of ids
  std::vector<std::uint64_t> seeds;
  std::map<std::string, std::vector<Json>> parameters;  ///< by `name` or `strategy.name`
};

/// The cells that --only and --skip leave.
struct Selection {
  std::vector<CellPattern> only, skip;
  [[nodiscard]] bool is_whole() const { return only.empty() && skip.empty(); }
};

/// How `{"tune": [...]}` is answered.
struct TuningSettings {
  std::size_t trials = 0;  ///< settings tried for a cell, drawn where its grid has more; 0 = all of every grid
  std::string metric;      ///< the plugin that scores trials; empty = the validation loss of training
  std::string output;      ///< the value of it that decides: its full name, or the plugin's for its first value
};

struct MetricSetting {
  std::string name;
  Json params = Json::object();
  Position position;
};

/// One variant of `perturb:`: the test split's questions once more, put differently. What is empty stays as it is.
struct Perturbation {
  std::string name;
  std::string instruction;              ///< in the place of the dataset's
  std::filesystem::path template_file;  ///< in the place of `prompt.template`; as PromptSettings::template_file
  std::string choices, shots;           ///< their order: reversed | shuffled
  std::string whitespace;               ///< of the input: doubled | collapsed | trailing
  std::string letter_case;              ///< of the input: lower | upper | title
  double typos = 0;                     ///< share of the input's words with a typo each
  Position position;
};

struct Constraints {
  std::optional<double> latency_p95_ms;
  std::optional<double> cost_per_1k_requests;  ///< dollars
};

struct Budget {
  std::optional<double> dollars;
  std::optional<std::int64_t> tokens;
  std::optional<double> wall_seconds;
};

struct ReportSettings {
  std::string baseline;  ///< `entry_name` of a strategy entry; empty = the first cell of each dataset
  std::string primary;   ///< a KPI's name; empty = the first metric's first value
  std::vector<std::string> formats{"html", "md", "csv", "json"};
  double confidence = 0.95;
  int resamples = 2000;
  std::optional<double> volume;  ///< requests that are expected
};

/// How cells are compared.
struct StatisticsSettings {
  std::string test = "auto";   ///< auto | mcnemar | mcnemar_exact | bootstrap | randomisation | t | wilcoxon | sign
  std::string family = "all";  ///< all | baseline
  std::string correction = "holm";                   ///< holm | benjamini_hochberg | none
  bool random_seeds = false;                         ///< intervals and tests are about further seeds as well
  std::optional<double> equivalence_margin, detect;  ///< of the primary value, in its own unit
};

/// How prompts become text where the model has no chat template, or where the experiment wants its own.
struct PromptSettings {
  std::filesystem::path
      template_file;  ///< absolute, or a library's name@version; empty = the chat template, else the built-in plain template
  std::string answer = " {{ target }}\n";  ///< how an answer is written after the prompt (training targets, choices)
  Json read;                     ///< how the answer is read out of what the model wrote, see data::AnswerReader
  std::vector<std::string> fit;  ///< see plan::PromptJob
};

struct Limits {
  double stage_seconds = 3600;          ///< time limit of a stage
  std::int64_t stage_memory_mb = 8192;  ///< anonymous resident memory of a worker
};

struct MeasureSettings {
  int requests = 50;
  int concurrency = 1;
  int throughput_batch = 32;
};

/// An experiment after validation: everything resolved but the grid.
struct Experiment {
  std::string name;
  std::filesystem::path file;     ///< absolute
  std::filesystem::path folder;   ///< of the file; paths in it are relative to this
  std::vector<ModelSpec> models;  ///< in the order written
  std::vector<DatasetSpec> datasets;
  std::vector<std::string> matrix_models, matrix_datasets;
  std::vector<StrategyEntry> strategies;
  std::vector<std::uint64_t> seeds{0};
  std::vector<std::size_t> train_sizes;  ///< `matrix.train_size`: an axis of what reads training rows; empty = all rows
  std::vector<CellPattern> exclude;
  Selection selection;  ///< from the command line
  std::vector<MetricSetting> metrics;
  std::vector<Perturbation> perturb;  ///< in the order written, names distinct
  TuningSettings tuning;
  sdk::GenerationSettings generation;
  PromptSettings prompt;
  Constraints constraints;
  Budget budget;
  ReportSettings report;
  StatisticsSettings statistics;
  Limits limits;
  MeasureSettings measure;
  std::filesystem::path
      known_text;  ///< `forgetting.text`, absolute: what the models knew before training; empty = none
  std::vector<std::filesystem::path> plugin_folders;  ///< `plugins:`, absolute
  /// Where name@version is looked up, in order: `prompts:`, absolute, and whatever the caller adds (the installation's own).
  std::vector<std::filesystem::path> prompt_folders;
  int threads = 1;  ///< of a stage; part of its key
  Json resolved;    ///< the whole document after --set, merge keys and defaults: shown in the report
  std::map<std::string, Position> positions;  ///< of `datasets.t.input` and the like: what later checks point at
};

}  // namespace assay::config
