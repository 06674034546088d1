#include "plan/prompt_use.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/prompt_library.h"
#include "plan/grid.h"

namespace assay::plan {
namespace {

/// What the parts of a list may put into a draft.
class Parts {
 public:
  Parts(const std::vector<config::StrategySetting>& parts, const config::PluginManifests& plugins) {
    for (const auto& part : parts) {
      const auto& manifest = manifest_of(plugins, "strategy", part.name);
      shows_ = shows_ || (manifest.composes && manifest.adapts);
      opaque_ = opaque_ || manifest.drives || (manifest.composes && !manifest.builtin);
      params_.push_back(&part.params);
    }
  }

  [[nodiscard]] bool give(const std::string& name) const {
    if (name == "shots" || name == "passages") return shows_ || opaque_;
    if (opaque_) return true;
    return std::any_of(params_.begin(), params_.end(), [&](const Json* params) {
      if (name == "instruction" || name == "system") return params->value(name, Json("")) != Json("");
      return params->value("variables", Json::object()).contains(name);
    });
  }

 private:
  bool shows_ = false;   ///< shots or passages, of which adapting left which
  bool opaque_ = false;  ///< may give anything
  std::vector<const Json*> params_;
};

}  // namespace

std::vector<std::string> missing_variables(const data::FrontMatter& prompt,
                                           const std::vector<config::StrategySetting>& parts,
                                           const config::PluginManifests& plugins, const config::DatasetSpec& dataset) {
  const Parts given(parts, plugins);
  std::vector<std::string> problems;
  for (const data::PromptVariable& variable : prompt.variables) {
    const std::string& name = variable.name;
    if (!variable.required || name == "input" || name == "fields" || given.give(name)) continue;
    std::string how = "give it to the strategy: zero_shot: {variables: {" + name + ": …}}";
    if (name == "choices") {
      if (!dataset.choices.empty()) continue;
      how = "the dataset has no `choices`";
    } else if (name == "instruction") {
      if (!dataset.instruction.empty()) continue;
      how = "the dataset has no `instruction`";
    } else if (data::engine_variables().contains(name)) {
      how = "no strategy of the list gives it";
    }
    problems.push_back(fmt::format("the prompt {} requires '{}' on the dataset '{}': {}", prompt.reference(), name,
                                   dataset.name, how));
  }
  return problems;
}

}  // namespace assay::plan
