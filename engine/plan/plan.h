#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "data/fingerprint.h"
#include "plan/reach.h"

namespace assay::plan {

/// adapt: leaves an adapter or prompt-side state. generate: predictions of a split. measure: timings, alone on the
/// machine. score: one metric over one cell's predictions. choose: the best of a tuned cell's trials. compare: one metric
/// over all cells of a dataset, in pairs. fragility: one metric over the variants of a cell, beside the cell itself.
enum class StageKind { adapt, generate, measure, score, choose, compare, fragility };
std::string to_string(StageKind);

/// One unit of work, named by the hash of all its inputs. `inputs` is the canonical JSON that is hashed: what a result
/// depends on, fingerprints in place of paths. `job` is what a worker needs to do it: paths and parameters; it never
/// influences the key, and a plan that is kept has none.
struct Stage {
  std::string key;  ///< SHA-256 of `inputs`, hex
  StageKind kind;
  Json inputs;
  Json job;
  std::vector<std::string>
      needs;  ///< keys of the stages whose bundles it reads; compare and choose go on with those that are there
  /// Keys of stages that it waits for but that may fail: what the trials of a tuned cell left, of which the choice names one;
  /// the scores of a cell's variants, and for the first metric their predictions, of which fragility takes those that are there.
  std::vector<std::string> awaits;
  std::string model;    ///< the model it occupies, empty for score, compare and fragility
  std::string label;    ///< for people: "adapt lora(rank=8) on nano · tickets · seed 1"
  std::string dataset;  ///< its name
  std::string metric;   ///< score, compare and fragility: the plugin's name
  bool stable = true;   ///< whether the same cell gives the same bytes: no timing, no money in it
  bool trains = false;  ///< needs the torch backend
  double estimate_seconds = 0;
  std::int64_t estimate_tokens = 0;
  double estimate_dollars = 0;
};

/// One setting that tuning tries for a cell: adapted as a cell is, asked about the validation split, scored there. Nothing
/// in it reads the test split.
struct Trial {
  std::size_t number = 0;  ///< within the grid of all settings, from 0: one that is drawn keeps it
  std::vector<config::StrategySetting> strategy;          ///< nothing left to tune
  std::string label;                                      ///< what is tuned: "learning_rate=0.001, rank=8"
  std::vector<std::string> adapt;                         ///< keys, as the cell's
  std::string generate;                                   ///< key; empty where the validation loss of training decides
  std::string score;                                      ///< key, likewise
  [[nodiscard]] std::vector<std::string> stages() const;  ///< all of them, in the order of work
};

/// A cell's questions put differently, by one variant of `perturb:`: what it takes beside what the cell itself does. Stages
/// that the variant leaves as they are (its choices reversed, and there are none) are the cell's own.
struct Variant {
  std::string name;
  std::string generate;            ///< key
  std::vector<std::string> score;  ///< keys, one a metric over predictions, in the experiment's order
};

struct Cell {
  std::string
      id;  ///< first 12 hex digits of a hash over model, dataset, strategy with parameters, seed (names, not contents)
  std::string model, dataset;
  std::vector<config::StrategySetting> strategy;  ///< one setting each, no axes left but `{"tune": […]}`
  std::string
      strategy_label;  ///< "lora(rank=8) + few_shot(shots=2)": only parameters that differ from their defaults or are axes
  std::string group;  ///< the cell without its seed: cells of one group are seeds of one another
  std::uint64_t seed = 0;
  bool is_baseline = false;
  bool trains = false;             ///< some strategy of the list trains, or the model came fine-tuned for the task
  bool prompts = false;            ///< some strategy that trains nothing composes prompts or drives the exchange
  std::vector<std::string> adapt;  ///< keys, one a strategy that adapts or trains, in the list's order
  std::string generate;            ///< key
  std::string measure;             ///< key, empty where no metric measures
  std::vector<std::string> score;  ///< keys, one a metric, in the experiment's order
  std::vector<Trial> trials;  ///< of a tuned cell, whose `adapt` is empty: its adapters are those of the chosen trial
  std::size_t settings = 0;   ///< of a tuned cell: how many its grid has, tried or not
  std::string choose;         ///< key; empty where nothing is tuned
  std::vector<Variant> variants;       ///< in the order of `perturb:`
  std::vector<std::string> fragility;  ///< keys, one a metric over predictions
  std::size_t train_rows = 0;          ///< training rows that it uses; 0 where it uses none
  std::string curve;                   ///< the group without its train_size: groups of one curve differ in that alone
  std::string curve_label;             ///< the strategy's label without it

  /// Whether its results rest on this stage.
  [[nodiscard]] bool uses(const std::string& key) const;
  /// Whether what is known of its fragility does, beside them.
  [[nodiscard]] bool perturbs(const std::string& key) const;
};

/// A prompt file that an experiment uses.
struct PromptUse {
  std::string name;  ///< name@version where the file says so, else its path from the experiment's folder
  std::string hash;  ///< SHA-256 over it and what it includes, hex
  /// "classification@1 (3f2a01bc9d7e)"
  [[nodiscard]] std::string text() const { return name + " (" + hash.substr(0, 12) + ")"; }
};

struct Plan {
  std::string hash;        ///< SHA-256 over all stage keys and cells
  std::string experiment;  ///< its name
  std::vector<Cell> cells;
  std::vector<Stage> stages;          ///< unique keys, each after what it needs
  std::vector<std::string> compare;   ///< keys, one a metric and dataset
  std::vector<std::string> warnings;  ///< what a person should know of the plan before trusting its results
  std::vector<PromptUse> prompts;     ///< by name
  std::vector<Reach> reach;           ///< one a dataset, for whoever plans: stored plans have none
  std::string selection;  ///< "3 of 12 cells, by --only strategy=lora"; empty where the whole matrix is planned
  [[nodiscard]] const Stage& stage(const std::string& key) const;
  [[nodiscard]] const Cell& cell(const std::string& id) const;
};
Json to_json(const Plan&);
/// [{name, hash}, …].
Json to_json(const std::vector<PromptUse>& prompts);
/// [{name, params}, …], one a part.
Json to_json(const std::vector<config::StrategySetting>& strategy);
/// [{number, label, strategy, adapt, generate, score}, …].
Json to_json(const std::vector<Trial>& trials);
/// [{name, generate, score}, …].
Json to_json(const std::vector<Variant>& variants);
Plan plan_from_json(const Json&);

/// What results depend on besides the experiment. The numerics epoch is raised when kernels change results.
struct Environment {
  std::string libtorch_version;
  std::string cpu;  ///< kind of CPU: vendor, family, model, and the vector instructions that kernels use
  int numerics_epoch = 1;
  std::string machine;    ///< fingerprint of this machine; part of measure stages' keys only
  std::string once = {};  ///< of this planning alone; part of the keys of what must not be reused by another
};
Environment this_environment();

/// Expands the grid and computes every key. Reads files only to fingerprint them. @throws BadInput (data, model files).
Plan make_plan(const config::Experiment&, const config::PluginManifests&, const Environment&, data::FileHashes&);

}  // namespace assay::plan
