#pragma once
#include <set>
#include <string>
#include <vector>

#include "config/experiment.h"
#include "plan/plan.h"

namespace assay::cli {

/// The remote models that stages of the plan ask, but those of which `done` has the keys.
std::set<std::string> asked_remotely(const config::Experiment&, const plan::Plan&,
                                     const std::vector<std::string>& done = {});

/// Keys of these models that cannot be read here, a line each with the place in the experiment that names them.
std::vector<std::string> key_problems(const config::Experiment&, const std::set<std::string>& models);

/// What the servers of these models say before anything is asked that costs money; one server is asked once.
struct ServerCheck {
  std::vector<std::string> problems;  ///< keys that are refused, models that are not known: a line each, with its place
  std::vector<std::string> notes;     ///< where nothing can be known
};
/// Their keys can be read.
ServerCheck check_servers(const config::Experiment&, const std::set<std::string>& models);

}  // namespace assay::cli
