#pragma once
#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "assay/sdk/error.h"
#include "assay/torch/fine_tuning.h"

namespace assay::sdk {

/// Whether `pattern` names `module`: its last part or parts ("q_proj", "self_attn.q_proj"), its whole name, or a regular
/// expression (ECMAScript) over the whole name.
/// @throws BadInput when the pattern is no regular expression.
inline bool names_module(const std::string& pattern, const std::string& module) {
  if (module == pattern || module.ends_with("." + pattern)) return true;
  try {
    return std::regex_match(module, std::regex(pattern));
  } catch (const std::regex_error& error) {
    throw BadInput("'" + pattern + "' is neither the end of a module's name nor a regular expression: " + error.what());
  }
}

/// The linear modules that any of the patterns names, in the order of use; "all-linear" names all.
/// @throws BadInput for a pattern that names none, with the names that there are.
inline std::vector<LinearModule> choose_modules(const TrainableModel& model, const std::vector<std::string>& patterns,
                                                const std::string& parameter) {
  std::vector<LinearModule> chosen;
  std::set<std::string> unused(patterns.begin(), patterns.end()), known;
  for (const LinearModule& module : model.linear_modules()) {
    known.insert(module.name.substr(module.name.rfind('.') + 1));
    bool wanted = false;
    for (const std::string& pattern : patterns) {
      if (pattern != "all-linear" && !names_module(pattern, module.name)) continue;
      unused.erase(pattern);
      wanted = true;
    }
    if (wanted) chosen.push_back(module);
  }
  if (unused.empty()) return chosen;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  throw BadInput(parameter + " names '" + *unused.begin() + "', which this model does not have; it has " + names);
}

}  // namespace assay::sdk
