#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "cli/experiment_input.h"
#include "models/remote/fine_tuning_job.h"

namespace assay::cli {
namespace {

namespace remote = models::remote;

/// Servers to look at, and what of it is an experiment's.
struct Place {
  std::vector<remote::RemoteSettings> servers;
  std::map<std::string, std::string> stages;  ///< of the experiment: key → label
  bool is_experiment = false;
};

bool is_address(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

Place place_of(const Arguments& arguments) {
  Place place;
  if (const auto where = arguments.get<std::string>("FILE"); is_address(where)) {
    Json options = {{"model", ""}, {"base_url", where}, {"allow_insecure", arguments.has("allow-insecure")}};
    for (const char* name : {"api-key-env", "api-key-file", "ca-file"}) {
      std::string key = name;
      std::replace(key.begin(), key.end(), '-', '_');
      if (arguments.has(name)) options[key] = arguments.get<std::string>(name);
    }
    place.servers.push_back(remote::remote_settings(where, "openai", options));
    return place;
  }
  place.is_experiment = true;
  const LoadedExperiment loaded = load_experiment(arguments);
  const plan::Plan plan = make_plan(loaded, results_folder(arguments));
  for (const config::ModelSpec& model : loaded.experiment.models) {
    bool trains = false;
    for (const plan::Stage& stage : plan.stages) {
      if (!stage.trains || stage.model != model.name || model.source != "openai") continue;
      place.stages[stage.key] = stage.label;
      trains = true;
    }
    if (!trains) continue;
    auto settings = remote::remote_settings(model.name, model.source, model.options);
    const bool known = std::any_of(place.servers.begin(), place.servers.end(),
                                   [&](const auto& other) { return other.base_url == settings.base_url; });
    if (!known) place.servers.push_back(std::move(settings));
  }
  if (place.servers.empty())
    throw BadInput(
        "no cell of this experiment is trained by a fine-tuning job; see 'assay plugins describe openai_fine_tune'");
  return place;
}

/// The label of the experiment's stage whose job it is; empty where it is none's.
std::string label_of(const Place& place, const remote::TuningJob& job) {
  for (const auto& [key, label] : place.stages) {
    if (remote::is_of_stage(job, key, remote::tuning_suffix("", key))) return label;
  }
  return "";
}

int list(const Place& place, bool all, bool as_json) {
  Json rows = Json::array();
  for (const remote::RemoteSettings& server : place.servers) {
    remote::FineTuningApi api(server);
    for (const remote::TuningJob& job : api.jobs()) {
      const std::string label = label_of(place, job);
      if (place.is_experiment && !all && label.empty()) continue;
      rows.push_back({{"job", job.id},
                      {"status", job.status},
                      {"model", job.model},
                      {"tuned_model", job.tuned_model},
                      {"created", job.created},
                      {"trained_tokens", job.trained_tokens ? Json(*job.trained_tokens) : Json()},
                      {"error", job.error},
                      {"stage", label},
                      {"base_url", server.base_url}});
    }
  }
  if (as_json) {
    std::cout << rows.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return all_done;
  }
  if (rows.empty()) std::cout << "no fine-tuning jobs\n";
  for (const Json& row : rows) {
    const auto text = [&](const char* name) { return row.at(name).get<std::string>(); };
    const auto created = row.at("created").get<std::int64_t>();
    std::cout << fmt::format("{}  {:<16}  {}  {}{}{}\n", text("job"), text("status"),
                             created > 0
                                 ? fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(static_cast<std::time_t>(created)))
                                 : "time not told",
                             text("model"), text("tuned_model").empty() ? "" : " → " + text("tuned_model"),
                             text("stage").empty() ? "" : "  · " + text("stage"));
    if (!text("error").empty()) std::cout << "    " << text("error") << "\n";
  }
  return all_done;
}

/// The server that knows the job. @throws BadInput where none does
const remote::RemoteSettings& server_of(const Place& place, const std::string& id) {
  for (const remote::RemoteSettings& server : place.servers) {
    try {
      static_cast<void>(remote::FineTuningApi(server).job(id));
      return server;
    } catch (const remote::Refused& error) {
      if (error.status != 404) throw;
    }
  }
  throw BadInput(fmt::format("no job '{}' is known there; 'assay jobs list' tells those that are", id));
}

int follow(const Place& place, const std::string& id) {
  remote::FineTuningApi api(server_of(place, id));
  const remote::TuningJob job = remote::follow_job(
      api, id, [](const remote::TuningEvent& event) { std::cout << event.message << std::endl; },
      [](const remote::TuningJob& now) { std::cout << now.id << " is " << now.status << std::endl; });
  try {
    for (const remote::TuningCheckpoint& one : api.checkpoints(id))
      std::cout << fmt::format("checkpoint at step {}: {}\n", one.step, one.model);
  } catch (const remote::Refused& error) {  // servers that speak a part of the API keep none
    if (error.status != 404) throw;
  }
  if (job.status != "succeeded")
    throw Error(fmt::format("the job {} {}{}", id, job.status == "failed" ? "failed: " : "was cancelled", job.error));
  std::cout << fmt::format("{} made {}\n", id, job.tuned_model);
  return all_done;
}

int cancel(const Place& place, const std::string& id) {
  const remote::TuningJob job = remote::FineTuningApi(server_of(place, id)).cancel(id);
  std::cout << fmt::format("{} is {}\n", job.id, job.status);
  return all_done;
}

}  // namespace

int jobs_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"jobs", "assay jobs ACTION FILE|ADDRESS [JOB] [OPTIONS]",
       "Fine-tuning jobs at a provider: 'list' those that an experiment's openai_fine_tune made, or all at a server's\n"
       "address; 'follow' one to its end, event by event; 'cancel' one. Keys are read as the experiment's models say, "
       "for an\n"
       "address from OPENAI_API_KEY.",
       "assay jobs list experiment.yaml\nassay jobs follow experiment.yaml ftjob-abc123\nassay jobs cancel "
       "https://api.openai.com/v1 ftjob-abc123"});
  namespace po = boost::program_options;
  arguments.positional("ACTION", "list, follow or cancel");
  add_experiment_options(arguments);
  arguments.positional("JOB", "the job's id: follow, cancel", false);
  arguments.add()("all", "list: those of others as well");
  arguments.add()("api-key-env", po::value<std::string>()->value_name("NAME"),
                  "of an address: the environment variable that holds the key");
  arguments.add()("api-key-file", po::value<std::string>()->value_name("FILE"),
                  "of an address: a file that holds the key, of mode 600");
  arguments.add()("ca-file", po::value<std::string>()->value_name("FILE"),
                  "of an address: certificates of its authority, PEM");
  arguments.add()("allow-insecure", "of an address: plain http to another machine is allowed");
  add_results_option(arguments);
  add_json_option(arguments);
  if (!arguments.parse(args)) return all_done;
  const auto action = arguments.get<std::string>("ACTION");
  if (action != "list" && action != "follow" && action != "cancel")
    throw BadInput(fmt::format("'{}' is nothing that can be done with jobs: list, follow, cancel", action));
  if (action != "list" && !arguments.has("JOB"))
    throw BadInput(fmt::format("'assay jobs {}' wants a job's id; 'assay jobs list' tells them", action));
  const Place place = place_of(arguments);
  if (action == "list") return list(place, arguments.has("all"), arguments.has("json"));
  const auto id = arguments.get<std::string>("JOB");
  return action == "follow" ? follow(place, id) : cancel(place, id);
}

}  // namespace assay::cli
