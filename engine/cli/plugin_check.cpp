#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "cli/experiment_input.h"
#include "cli/installation.h"
#include "config/file_parameters.h"
#include "conformance/conformance.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using conformance::Finding;
using conformance::Outcome;

const char* word(Outcome outcome) {
  return outcome == Outcome::passed ? "pass" : outcome == Outcome::failed ? "FAIL" : "skip";
}

Json to_json(const Finding& finding) {
  return {{"check", finding.check}, {"outcome", word(finding.outcome)}, {"detail", finding.detail}};
}

void print(const Finding& finding) {
  std::cout << fmt::format("{}  {}{}\n", word(finding.outcome), finding.check,
                           finding.detail.empty() ? "" : ": " + finding.detail)
            << std::flush;
}

/// What --params says, its files made absolute by the working directory.
Json params_of(const Arguments& arguments, const fs::path& library) {
  if (!arguments.has("params")) return Json::object();
  Json params = Json::parse(arguments.get<std::string>("params"), nullptr, false);
  if (!params.is_object()) throw BadInput("--params: it is no JSON object, for instance {\"words\": 3}");
  const Json manifest = host::read_manifest(library);
  for (const auto& [place, format] : config::file_parameters(params, manifest.value("params", Json::object()))) {
    const auto written = params[place].get<std::string>();
    if (format != "prompt-file" || !config::is_prompt_reference(written))
      params[place] = fs::absolute(written).string();
  }
  return params;
}

fs::path model_of(const Arguments& arguments) {
  if (!arguments.has("model")) return fs::exists(example_model()) ? example_model() : fs::path();
  const fs::path model = arguments.get<std::string>("model");
  if (!fs::exists(model / "config.json"))
    throw BadInput("--model " + model.string() + ": there is no config.json; name a Hugging Face folder");
  return fs::absolute(model);
}

}  // namespace

int plugin_check_command(const std::vector<std::string>& args) {
  Arguments arguments({"plugin check", "assay plugin check FILE [OPTIONS]",
                       "Loads a plugin in child processes and asks it what the engine relies on: that the manifest is "
                       "true, that the same\n"
                       "seed gives the same answers whatever the order and the batch, that nothing is left behind for "
                       "later cells, that a\n"
                       "stop is honoured, that a metric's value does not depend on how its rows came. docs/plugins.md "
                       "explains each check.\n"
                       "What trains is tried on a small model.",
                       "assay plugin check build/plugins/my_metric.so --params '{\"words\": 3}'",
                       "0 all passed   1 something failed   2 bad input"});
  arguments.positional("FILE", "a plugin's library, a .so file");
  namespace po = boost::program_options;
  arguments.add()("params", po::value<std::string>()->value_name("JSON"),
                  "parameters to check it with, beside its defaults");
  arguments.add()("model", po::value<std::string>()->value_name("DIR"),
                  "a Hugging Face folder that training is tried on; default: the one that comes with assay");
  arguments.add()("seconds", po::value<double>()->default_value(60)->value_name("N"), "that one check may take");
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const fs::path file = arguments.get<std::string>("FILE");
  if (!fs::is_regular_file(file)) throw BadInput(file.string() + ": there is no such file");
  const auto seconds = arguments.get<double>("seconds");
  if (!(seconds > 0)) throw BadInput("--seconds: it must be more than 0");

  const bool json = arguments.has("json");
  const auto findings = conformance::check(
      {file, params_of(arguments, file), model_of(arguments), plan::this_environment().libtorch_version, seconds},
      [&](const Finding& finding) {
        if (!json) print(finding);
      });
  const auto count = [&](Outcome outcome) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return finding.outcome == outcome; });
  };
  if (json) {
    Json all = Json::array();
    for (const Finding& finding : findings) all.push_back(to_json(finding));
    std::cout << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    std::cout << fmt::format("{}: {} passed, {} failed, {} skipped\n", file.filename().string(), count(Outcome::passed),
                             count(Outcome::failed), count(Outcome::skipped));
  }
  return count(Outcome::failed) > 0 ? some_failed : all_done;
}

}  // namespace assay::cli
