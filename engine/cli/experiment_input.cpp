#include "cli/experiment_input.h"

#include <iostream>

#include "cli/installation.h"
#include "config/cell_pattern.h"

namespace assay::cli {
namespace fs = std::filesystem;
namespace po = boost::program_options;

void add_experiment_options(Arguments& arguments) {
  arguments.positional("FILE", "the experiment, a YAML file (see schemas/experiment.schema.json)");
  arguments.add()("set", po::value<std::vector<std::string>>()->value_name("PATH=VALUE"),
                  "override one value of the experiment, for instance matrix.seed=[1,2]; may be repeated");
  arguments.add()(
      "only", po::value<std::vector<std::string>>()->value_name("PATTERN"),
      "only cells that match: key=value, several joined by commas, the keys model, dataset, strategy, seed, cell "
      "and parameters' names; or a strategy alone; may be repeated: any of them");
  arguments.add()("skip", po::value<std::vector<std::string>>()->value_name("PATTERN"),
                  "no cells that match; may be repeated");
  arguments.add()("plugin-dir", po::value<std::vector<std::string>>()->value_name("DIR"),
                  "search this folder for plugins too; may be repeated");
}

void add_results_option(Arguments& arguments) {
  arguments.add()("results", po::value<std::string>()->default_value("results")->value_name("DIR"),
                  "where results are kept and looked up");
}

void add_json_option(Arguments& arguments) { arguments.add()("json", "print JSON instead of text"); }

namespace {

config::PluginManifest manifest_of(const host::FoundPlugin& found) {
  const Json& m = found.manifest;
  config::PluginManifest manifest;
  manifest.name = m.at("name");
  manifest.kind = m.at("kind");
  manifest.version = m.at("version");
  manifest.summary = m.at("summary");
  manifest.library = found.library;
  manifest.builtin = found.builtin;
  manifest.sdk = m.at("sdk");
  manifest.abi = m.at("abi");
  manifest.torch = m.at("torch");
  for (const auto& [key, flag] :
       std::initializer_list<std::pair<const char*, bool*>>{{"adapts", &manifest.adapts},
                                                            {"trains", &manifest.trains},
                                                            {"composes", &manifest.composes},
                                                            {"drives", &manifest.drives},
                                                            {"consults", &manifest.consults},
                                                            {"reads", &manifest.reads},
                                                            {"reads_no_rows", &manifest.reads_no_rows},
                                                            {"needs_validation", &manifest.needs_validation},
                                                            {"needs_choices", &manifest.needs_choices},
                                                            {"tries", &manifest.tries},
                                                            {"random", &manifest.random},
                                                            {"needs_train", &manifest.needs_train},
                                                            {"asks_in_adapt", &manifest.asks_in_adapt},
                                                            {"measures", &manifest.measures},
                                                            {"throughput", &manifest.throughput},
                                                            {"asks", &manifest.asks},
                                                            {"prices", &manifest.prices}}) {
    *flag = m.at(key).get<bool>();
  }
  std::string site;
  for (const char c : m.at("sites").get<std::string>() + ",") {
    if (c == ',') {
      if (!site.empty()) manifest.sites.push_back(site);
      site.clear();
    } else if (c != ' ') {
      site += c;
    }
  }
  manifest.params = m.at("params");
  manifest.random_if = m.at("random_if");
  manifest.asks_if = m.at("asks_if");
  return manifest;
}

}  // namespace

config::PluginManifests find_manifests(const Arguments& arguments, const std::vector<fs::path>& experiment_folders) {
  std::vector<fs::path> flags;
  for (const std::string& folder : arguments.list("plugin-dir")) {
    if (!fs::is_directory(folder)) throw BadInput("--plugin-dir " + folder + ": there is no such folder");
    flags.push_back(fs::absolute(folder));
  }
  const auto catalog = host::find_plugins(host::plugin_folders(flags, experiment_folders),
                                          host::installed_plugin_folder(), plan::this_environment().libtorch_version);
  for (const std::string& problem : catalog.problems) std::cerr << "warning: " << problem << "\n";
  config::PluginManifests manifests;
  for (const auto& found : catalog.plugins) manifests.push_back(manifest_of(found));
  return manifests;
}

LoadedExperiment load_experiment(const Arguments& arguments) {
  const fs::path file = arguments.get<std::string>("FILE");
  if (!fs::is_regular_file(file)) throw BadInput(file.string() + ": there is no such file");
  LoadedExperiment loaded;
  loaded.plugins = find_manifests(arguments, config::plugin_folders(file));
  const auto overrides = arguments.list("set");
  loaded.experiment = config::load(file, loaded.plugins, overrides, schema_folder() / "experiment.schema.json");
  loaded.experiment.prompt_folders.push_back(prompt_folder());
  for (const std::string& text : arguments.list("only"))
    loaded.experiment.selection.only.push_back(config::read_pattern(text, "--only"));
  for (const std::string& text : arguments.list("skip"))
    loaded.experiment.selection.skip.push_back(config::read_pattern(text, "--skip"));
  return loaded;
}

fs::path results_folder(const Arguments& arguments) { return arguments.get<std::string>("results"); }

store::Store open_store(const Arguments& arguments) {
  const fs::path folder = results_folder(arguments);
  if (!fs::exists(folder / "assay.sqlite")) {
    throw BadInput(folder.string() +
                   ": no results are here; 'assay run FILE' makes them, --results DIR names another folder");
  }
  auto opened = store::Store::open(folder);
  for (const std::string& warning : opened.warnings()) std::cerr << "warning: " << warning << "\n";
  return opened;
}

plan::Plan make_plan(const LoadedExperiment& loaded, const fs::path& results) {
  data::FileHashes hashes(fs::is_directory(results) ? results / "file-hashes.json" : fs::path());
  plan::Plan plan = plan::make_plan(loaded.experiment, loaded.plugins, plan::this_environment(), hashes);
  for (const std::string& warning : plan.warnings) std::cerr << "warning: " << warning << "\n";
  return plan;
}

}  // namespace assay::cli
