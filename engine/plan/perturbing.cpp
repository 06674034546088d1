#include "plan/perturbing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/file_parameters.h"
#include "data/prompt_file.h"
#include "plan/grid.h"

namespace assay::plan {
namespace {

/// Whether examples may stand in the prompt: a strategy that adapts and composes chose some, others may do anything.
bool shows_examples(const std::vector<config::StrategySetting>& strategy, const config::PluginManifests& plugins) {
  return std::any_of(strategy.begin(), strategy.end(), [&](const config::StrategySetting& part) {
    const auto& manifest = manifest_of(plugins, "strategy", part.name);
    return manifest.drives || (manifest.composes && (manifest.adapts || !manifest.builtin));
  });
}

/// Of a Perturbation or its job: whether the seed decides in it.
template <class How>
bool draws(const How& how) {
  return how.typos > 0 || how.choices == "shuffled" || how.shots == "shuffled";
}

bool changes_input(const config::Perturbation& how) {
  return how.typos > 0 || !how.whitespace.empty() || !how.letter_case.empty();
}

/// What one setting of a list brings along of its own.
struct Own {
  std::vector<std::string> prompts;  ///< files
  bool reads_fields = false;         ///< in Jinja texts among its parameters
  bool instruction = false;
};

Own own_of(const std::vector<config::StrategySetting>& strategy, const config::PluginManifests& plugins,
           const Identities& identities) {
  Own own;
  for (const config::StrategySetting& part : strategy) {
    const auto& manifest = manifest_of(plugins, "strategy", part.name);
    const Json params = identities.job_params(manifest, part.params);
    for (const auto& [place, format] : config::file_parameters(params, manifest.params)) {
      if (format == "prompt-file") own.prompts.push_back(params[place].get<std::string>());
    }
    for (const auto& [place, unused] : config::parameters_of(params, manifest.params, {"jinja"})) {
      own.reads_fields = own.reads_fields || data::jinja_variables(params[place].get<std::string>()).contains("fields");
    }
    // Where there is none by default, one that is given takes the place of the dataset's; else it stands beside it.
    const bool optional = manifest.params.value("/properties/instruction/default"_json_pointer, Json()) == Json("");
    own.instruction = own.instruction || (optional && params.value("instruction", Json("")) != Json(""));
  }
  return own;
}

/// Every setting of a cell's strategies that may be asked with.
std::vector<std::vector<config::StrategySetting>> settings_of(const Cell& cell) {
  if (cell.trials.empty()) return {cell.strategy};
  std::vector<std::vector<config::StrategySetting>> all;
  for (const Trial& trial : cell.trials) all.push_back(trial.strategy);
  return all;
}

bool reads_fields(const std::vector<std::string>& files) {
  return std::any_of(files.begin(), files.end(),
                     [](const std::string& file) { return data::prompt_variables(file).contains("fields"); });
}

}  // namespace

config::Perturbation reaching(config::Perturbation how, const std::vector<config::StrategySetting>& strategy,
                              const config::DatasetSpec& dataset, const config::PluginManifests& plugins) {
  if (dataset.choices.size() < 2) how.choices.clear();
  if (!shows_examples(strategy, plugins)) how.shots.clear();
  const bool nothing = how.instruction.empty() && how.template_file.empty() && how.choices.empty() &&
                       how.shots.empty() && !changes_input(how);
  return nothing ? config::Perturbation{} : how;
}

bool is_random(const config::Perturbation& how) { return draws(how); }

std::optional<PerturbJob> perturb_job(const config::Perturbation& how, std::uint64_t seed) {
  if (!changes_input(how) && how.choices.empty() && how.shots.empty()) return std::nullopt;
  return PerturbJob{how.choices, how.shots, how.whitespace, how.letter_case, how.typos, is_random(how) ? seed : 0};
}

Json identity_of(const PerturbJob& perturb) {
  Json identity = Json::object();
  for (const auto& [name, value] : {std::pair{"choices", &perturb.choices},
                                    {"shots", &perturb.shots},
                                    {"whitespace", &perturb.whitespace},
                                    {"case", &perturb.letter_case}}) {
    if (!value->empty()) identity[name] = *value;
  }
  if (perturb.typos > 0) identity["typos"] = perturb.typos;
  if (draws(perturb)) identity["seed"] = perturb.seed;
  return identity;
}

std::vector<std::string> perturbing_warnings(const config::Experiment& experiment,
                                             const config::PluginManifests& plugins, const Identities& identities,
                                             const std::vector<Cell>& cells) {
  std::vector<std::string> warnings;
  std::set<std::string> seen;
  const auto warn = [&](const Cell& cell, const config::Perturbation& how, const std::string& why) {
    std::string text =
        fmt::format("perturb: the variant '{}' leaves {} as it is in part: {}", how.name, cell.strategy_label, why);
    if (seen.insert(text).second) warnings.push_back(std::move(text));
  };
  for (const Cell& cell : cells) {
    if (experiment.perturb.empty()) break;
    for (const auto& strategy : settings_of(cell)) {
      const Own own = own_of(strategy, plugins, identities);
      for (const config::Perturbation& how : experiment.perturb) {
        const auto& common = how.template_file.empty() ? experiment.prompt.template_file : how.template_file;
        std::vector<std::string> prompts = own.prompts;
        if (prompts.empty() && !common.empty()) prompts.push_back(identities.prompt_path(common).string());
        if (changes_input(how) && (own.reads_fields || reads_fields(prompts))) {
          warn(cell, how, "its prompt reads the row's `fields`, and only `input` is changed");
        }
        if (!how.template_file.empty() && !own.prompts.empty()) warn(cell, how, "it brings its own prompt file");
        if (!how.instruction.empty() && own.instruction) warn(cell, how, "it brings its own instruction");
      }
    }
  }
  return warnings;
}

}  // namespace assay::plan
