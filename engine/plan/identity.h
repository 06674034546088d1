#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "config/experiment.h"
#include "config/load.h"
#include "data/conversations.h"
#include "data/dataset.h"
#include "data/prompt_library.h"
#include "plan/plan.h"

namespace assay::plan {

data::DatasetSource source_of(const config::DatasetSpec&);

/// The engine's own parameter among a strategy's: training rows used, 0 = all.
std::size_t train_size_of(const config::PluginManifest&, const Json& params);

/// Whether this setting's training prompts are those that the list asks with.
bool trains_with_prompt(const config::PluginManifest&, const Json& params);

/// What things are, in place of where they lie: the parts that stage keys are made of. Each is computed once a plan.
class Identities {
 public:
  Identities(const config::Experiment&, const config::PluginManifests&, const Environment&, data::FileHashes&);

  /// A local model: hashes of its configuration, weights, tokenizer and template files, and its dtype. A recorded
  /// one: hashes of its files and how they are read. A simulated or remote one: its options. @throws BadInput for a recording
  /// that cannot be read
  const Json& model(const config::ModelSpec&);

  /// @throws BadInput naming the row of a recording (an item of a recorded model's options) that cannot be read
  void check_recording(const Json& recording);

  /// Name and parameters; the version of a built-in plugin, the library's hash of others'. Parameters that name files
  /// are replaced by hashes of their contents. `train_size` shows in the rows' fingerprint, not here.
  /// What decides nothing of what comes out (`"x-decides": "nothing"` in the parameter's schema) is left out, and of an
  /// adapt stage (`adapting`) what only asking looks at ("asking").
  Json plugin(const config::PluginManifest&, const Json& params, bool adapting = false);

  /// Instruction, prompt file with what it includes, answer format; of a variant, its own instruction and file.
  Json prompt(const config::DatasetSpec&, const config::Perturbation& how = {});

  /// Where a prompt lies that is named by its file or by name@version. @throws BadInput where the library has none
  [[nodiscard]] std::filesystem::path prompt_path(const std::filesystem::path& written) const;

  /// The prompts that were read so far, sorted by name.
  [[nodiscard]] std::vector<PromptUse> prompts() const;

  /// Of a file's bytes. @throws BadInput when it cannot be read.
  std::string file(const std::filesystem::path& path) { return hashes_.hash(path); }

  /// `train_size` of the training rows, 0 = all. @throws BadInput where there are fewer
  const data::SplitSummary& rows(const config::DatasetSpec&, data::Split, std::size_t train_size = 0);

  /// The files of conversations that parameters name, one after the other. @throws BadInput naming the row that is none
  std::vector<data::ConversationSummary> conversations(const config::PluginManifest&, const Json& params);

  /// Reads the document sets that parameters name, by the fields that `text` and `id` beside them name. @throws BadInput
  void check_documents(const config::PluginManifest&, const Json& params);

  /// Parameters as a worker needs them: those that name files made absolute by the experiment's folder.
  [[nodiscard]] Json job_params(const config::PluginManifest&, const Json& params) const;

  /// What numbers depend on besides their inputs: kind of CPU, threads, numerics epoch; libtorch where it is used.
  [[nodiscard]] Json numerics(bool torch) const;

 private:
  std::string prompt_file(const std::filesystem::path&);
  std::string documents(const std::filesystem::path&);  ///< of the names and bytes of all its files

  const config::Experiment& experiment_;
  const config::PluginManifests& plugins_;
  const Environment& environment_;
  data::FileHashes& hashes_;
  std::map<std::string, Json> models_;
  std::map<std::string, std::string> prompt_files_, documents_;
  mutable std::optional<data::PromptLibrary> library_;  ///< read when a prompt is named by name@version
  std::set<std::string> checked_documents_;
  std::map<std::string, data::ConversationSummary> conversations_;
  std::map<std::tuple<std::string, int, std::size_t>, data::SplitSummary> rows_;
};

}  // namespace assay::plan
