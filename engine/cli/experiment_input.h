#pragma once
#include <boost/program_options.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/load.h"
#include "host/catalog.h"
#include "plan/plan.h"
#include "store/store.h"

namespace assay::cli {

/// What the commands that take an experiment have in common: FILE, --set, --only, --skip, --plugin-dir.
void add_experiment_options(Arguments&);

/// --results DIR, default results/.
void add_results_option(Arguments&);

/// --json.
void add_json_option(Arguments&);

struct LoadedExperiment {
  config::Experiment experiment;
  config::PluginManifests plugins;
};

/// Finds plugins (problems go to stderr, a line each) and loads the experiment named by FILE. @throws BadInput
LoadedExperiment load_experiment(const Arguments&);

/// Manifests of `folders` and the installed plugins; problems go to stderr.
config::PluginManifests find_manifests(const Arguments&, const std::vector<std::filesystem::path>& experiment_folders);

/// The results folder that `--results` names.
std::filesystem::path results_folder(const Arguments&);

/// Opens the store there and says its warnings on stderr.
store::Store open_store(const Arguments&);

/// Plans with file hashes remembered in the results folder, if it is there already: planning writes nothing new. Says
/// the plan's warnings on stderr.
plan::Plan make_plan(const LoadedExperiment&, const std::filesystem::path& results);

}  // namespace assay::cli
