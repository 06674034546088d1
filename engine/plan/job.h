#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"
#include "data/dataset.h"

namespace assay::plan {

/// What a worker needs to do a stage, in plain values: Stage::job is `to_json(Job)`, the worker reads it by
/// `job_from_json`. A job names other stages by key; where their bundles lie, and where its own is to be written, is the
/// executor's to add. Nothing here is hashed (Stage::inputs is), so a job may hold paths, limits and labels.
///
/// Which members are filled:
///   adapt     part, dataset, instruction, seed, threads, stop limits; where the part trains or asks: model, prompt,
///             generation; where it trains: known_text, dollars_per_hour; where a metric selects its weights or its prompt: metric,
///             select; where it tries prompts: parts (the whole list, itself without a key), price. Training prompts are composed
///             of instruction and input alone, whatever else is in the strategy's list, so that eight prompts over one LoRA
///             train it once; but with `train_with_prompt`: parts (what composes the list's prompts).
///   generate  model, parts (each with its `adapt` key), dataset, split, instruction, prompt, generation, seed; of a tuned
///             cell `choice` in the place of parts, which the executor puts there when the choice is made; of a variant
///             `perturb`, with instruction and prompt as the variant has them
///   measure   as generate, and measure
///   score     metric, dataset, split; `predictions` or, where the metric reads timings, `measured`; price,
///             dollars_per_hour; judge where the metric asks a model, instruction, and `against` where it compares answers
///   choose    choose
///   compare   metric, compare; dataset where rows come in clusters or are sliced, cluster
///   fragility metric, fragility; as compare, dataset and cluster
/// The dataset of what adapts or belongs to a trial names no test file: it cannot be read by mistake.

/// A model, ready to be opened.
struct ModelJob {
  std::string name;
  std::string source;  ///< local | recorded | simulated | openai | anthropic
  std::string path;    ///< local: the Hugging Face folder, absolute
  std::string dtype = "auto";
  Json options = Json::object();  ///< what only this source knows
};

/// One strategy of a list, defaults filled in. Parameters that name files hold absolute paths.
struct PartJob {
  std::string name;
  std::string version;
  std::string library;  ///< absolute
  Json params = Json::object();
  /// What the manifest declares; random, asks_in_adapt and consults of this setting.
  bool adapts = false, trains = false, composes = false, drives = false, reads = false, consults = false,
       random = false, asks_in_adapt = false, tries = false, reads_no_rows = false;
  std::string adapt;  ///< key of the stage that adapted it; empty where it neither adapts nor trains
};

struct MetricJob {
  std::string name;
  std::string version;
  std::string library;  ///< absolute
  Json params = Json::object();
  bool measures = false, throughput = false, asks = false, prices = false;
};

/// How a draft becomes text; see config::PromptSettings.
struct PromptJob {
  /// Absolute; empty = the model's chat template, else the built-in plain template. Names that it includes are relative
  /// to its folder; the same holds for templates that a strategy names.
  std::string template_file;
  std::string answer;  ///< Jinja over `target`, `fields`: an answer as training and choice scoring write it
  Json read = {};      ///< how the answer is read out of what was written, see data::AnswerReader
  /// What is taken from a prompt that is too long for the window, in order: drop_shots, drop_passages, truncate_head,
  /// truncate_middle, truncate_tail, fail (nothing). Empty: no room is kept for the output, and the model refuses what does not fit.
  std::vector<std::string> fit = {};
};

struct PriceJob {  ///< US dollars a million tokens
  double input = 0, cached_input = 0, output = 0;
};

struct MeasureJob {
  int requests = 50;  ///< at least so many, the test rows repeated where there are fewer
  int concurrency = 1;
  int throughput_batch = 32;
  bool latency = false;     ///< some metric reads single requests' timings
  bool throughput = false;  ///< some metric reads the batch's timing
};

/// One cell of a comparison, in the plan's order.
struct CompareCellJob {
  std::string cell;   ///< Cell::id
  std::string group;  ///< Cell::group
  std::uint64_t seed = 0;
  std::string score;  ///< key; cells of one group may share it (nothing in them depends on the seed)
};

struct CompareJob {
  std::string dataset;   ///< name
  std::string baseline;  ///< Cell::group that the others are compared with
  std::vector<CompareCellJob> cells;
  double confidence = 0.95;
  int resamples = 2000;
  std::string test = "auto";  ///< config::StatisticsSettings
  bool random_seeds = false;
  std::vector<std::string> by;   ///< config::DatasetSpec; empty where the metric is not over answers
  bool keeps_resampled = false;  ///< values of every resample are kept: a report draws fronts of them
};

/// What a tuned cell is asked with: the parts of the trial that its choose stage names.
struct ChoiceJob {
  std::string choose;                                  ///< key
  std::map<std::size_t, std::vector<PartJob>> trials;  ///< by Trial::number
};

struct TrialJob {
  std::size_t number = 0;  ///< Trial::number
  std::string label;
  std::string value;                ///< key: of its score stage, or of the training whose validation loss counts
  std::vector<std::string> stages;  ///< keys of all that it took
};

struct ChooseJob {
  std::string metric;            ///< the plugin; empty: the validation loss
  std::string output;            ///< the value that decides: its name, or the plugin's for its first
  std::vector<TrialJob> trials;  ///< in the order listed: the first of equals is chosen
};

/// How a variant's questions differ from the cell's, but for instruction and prompt; see config::Perturbation.
struct PerturbJob {
  std::string choices = {}, shots = {}, whitespace = {}, letter_case = {};
  double typos = 0;
  std::uint64_t seed = 0;  ///< of what is drawn; the model's own draws stay the cell's
};

/// A variant of a cell, scored.
struct VariantJob {
  std::string name;
  std::string score;         ///< key
  std::string answers = {};  ///< key of its predictions, where FragilityJob has the cell's
};

struct FragilityJob {
  std::string base;                  ///< key of the score of the cell as it is asked
  std::vector<VariantJob> variants;  ///< those that have a score
  std::vector<std::string> failed;   ///< names of those that have none
  double confidence = 0.95;
  int resamples = 2000;
  std::string answers =
      {};  ///< key of the cell's predictions; empty: another metric's stage tells how far answers agree
};

struct Job {
  std::string kind;  ///< adapt | generate | measure | score | choose | compare | fragility
  std::string key;
  std::string label;
  std::optional<ModelJob> model;
  std::optional<data::DatasetSource> dataset;
  std::string instruction;
  std::optional<PartJob> part;      ///< adapt
  std::vector<PartJob> parts;       ///< generate, measure, adapt
  std::optional<ChoiceJob> choice;  ///< generate, measure: of a tuned cell
  std::string split = "test";       ///< generate, measure, score: test | validation
  std::optional<PromptJob> prompt;
  sdk::GenerationSettings generation;
  std::uint64_t seed = 0;
  std::optional<MeasureJob> measure;
  std::optional<MetricJob> metric;
  std::string select;       ///< adapt: the metric's value that counts, or the metric's name for its first
  std::string predictions;  ///< score: key of the generate stage
  std::string measured;     ///< score: key of the measure stage, for metrics that read timings
  std::optional<PriceJob> price;
  double dollars_per_hour = 0;
  std::string known_text;  ///< adapt: a text file whose loss is looked at before and after training; empty: none
  std::optional<ModelJob> judge;
  std::string against;  ///< score: key of the generate stage whose answers these are held against; empty: none
  std::optional<ChooseJob> choose;
  std::optional<CompareJob> compare;
  std::string cluster = {};           ///< compare, fragility: config::DatasetSpec
  std::optional<PerturbJob> perturb;  ///< generate: of a variant
  std::optional<FragilityJob> fragility;
  int threads = 1;
  double limit_seconds = 3600;
  std::int64_t limit_memory_mb = 8192;  ///< anonymous resident memory
};

Json to_json(const Job&);
/// @throws Corrupted when something needed is absent or of another type.
Job job_from_json(const Json&);

Json to_json(const sdk::GenerationSettings&);
sdk::GenerationSettings generation_settings(const Json&);

}  // namespace assay::plan
