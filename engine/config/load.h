#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "assay/sdk/error.h"
#include "config/experiment.h"

namespace assay::config {

/// What validation needs to know of a plugin; read from its library without loading it (host::PluginCatalog makes them).
struct PluginManifest {
  std::string name, kind /* strategy | metric */, version, summary;
  std::filesystem::path library;
  bool builtin = false;
  int sdk = 0;
  std::string abi, torch;
  bool adapts = false, trains = false, composes = false, drives = false, reads = false, consults = false,
       random = false, needs_train = false, needs_validation = false, needs_choices = false, asks_in_adapt = false,
       tries = false, reads_no_rows = false, measures = false, throughput = false, asks = false, prices = false;
  std::vector<std::string> sites;
  Json params;  ///< JSON Schema; `"format": "path"` marks a file, "prompt-file" a Jinja file, "documents" a
                ///< document set (whose fields the parameters `text` and `id` name), all relative to the experiment
  Json random_if = true, asks_if = true;  ///< JSON Schemas over parameters

  /// Whether what this setting leaves depends on the seed; whether it asks the model in `adapt`, in `consult`.
  [[nodiscard]] bool is_random(const Json& setting) const;
  [[nodiscard]] bool asks_in_adapt_of(const Json& setting) const;
  [[nodiscard]] bool consults_of(const Json& setting) const;

  [[nodiscard]] bool reads_training_rows() const {
    return kind == "strategy" && (needs_train || (adapts && !reads_no_rows));
  }
  /// Whether `train_with_prompt` among its parameters is the engine's: training prompts are those that the list asks with.
  [[nodiscard]] bool takes_train_with_prompt() const {
    return trains && !params.value("/properties/train_with_prompt"_json_pointer, Json()).is_object();
  }
  /// Whether `train_size` among its parameters is the engine's: how many training rows it may use.
  [[nodiscard]] bool takes_train_size() const {
    return reads_training_rows() && !params.value("/properties/train_size"_json_pointer, Json()).is_object();
  }
};
using PluginManifests = std::vector<PluginManifest>;

/// Several problems of one file at once; what() lists them, one a line, each beginning with file:line:column.
class InvalidExperiment : public BadInput {
 public:
  explicit InvalidExperiment(std::vector<std::string> problems);
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  std::vector<std::string> problems_;
};

/// Reads only what must be known before plugins are found: the `plugins:` folders. @throws InvalidExperiment
std::vector<std::filesystem::path> plugin_folders(const std::filesystem::path& file,
                                                  std::span<const std::string> overrides = {});

/// Reads, overrides (`--set a.b=value`, the value parsed as YAML) and validates an experiment against
/// schemas/experiment.schema.json and the plugins' parameter schemas, then fills in defaults.
/// Checks too that named files exist, names are known (nearest known name in the message), at most one driver stands in
/// a list, sites do not clash, a trained strategy has a trainable model and a training split.
/// What only the data can tell (templates' syntax and fields, rows) is checked by plan::make_plan.
/// @throws InvalidExperiment with every problem found.
Experiment load(const std::filesystem::path& file, const PluginManifests& plugins,
                std::span<const std::string> overrides, const std::filesystem::path& schema_file);

}  // namespace assay::config
