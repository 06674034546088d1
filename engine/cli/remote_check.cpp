#include "cli/remote_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <tuple>
#include <unordered_set>

#include "assay/sdk/error.h"
#include "models/remote/listing.h"

namespace assay::cli {
namespace {

using models::remote::Listing;
using models::remote::RemoteSettings;

/// A problem at the first of these keys that the model has.
std::string placed(const config::Experiment& experiment, const config::ModelSpec& model,
                   std::initializer_list<const char*> keys, const std::string& problem) {
  const config::Position* at = &model.position;
  for (const char* key : keys) {
    const auto found = experiment.positions.find(fmt::format("models.{}.{}", model.name, key));
    if (found == experiment.positions.end()) continue;
    at = &found->second;
    break;
  }
  return at->line > 0 ? at->text() + ": " + problem : problem;
}

/// A model of the experiment, under one of the names that its server knows it by.
struct Wanted {
  const config::ModelSpec* model;
  const char* key;  ///< that holds the name: model, embedding_model
  std::string name;
};

struct Server {
  RemoteSettings settings;
  std::vector<Wanted> wanted;
};

/// By address, key and headers, in the order of the experiment.
std::vector<Server> servers_of(const config::Experiment& experiment, const std::set<std::string>& models) {
  std::vector<Server> servers;
  for (const config::ModelSpec& model : experiment.models) {
    if (!models.contains(model.name)) continue;
    RemoteSettings settings = models::remote::remote_settings(model.name, model.source, model.options);
    const auto same = [&](const Server& other) {
      return std::tie(other.settings.source, other.settings.base_url, other.settings.key, other.settings.headers,
                      other.settings.secret_headers) ==
             std::tie(settings.source, settings.base_url, settings.key, settings.headers, settings.secret_headers);
    };
    auto server = std::find_if(servers.begin(), servers.end(), same);
    if (server == servers.end()) server = servers.insert(servers.end(), {std::move(settings), {}});
    for (const char* key : {"model", "embedding_model"}) {
      if (const auto name = model.options.value(key, ""); !name.empty()) server->wanted.push_back({&model, key, name});
    }
  }
  return servers;
}

}  // namespace

std::set<std::string> asked_remotely(const config::Experiment& experiment, const plan::Plan& plan,
                                     const std::vector<std::string>& done) {
  std::set<std::string> remote, asked;
  for (const config::ModelSpec& model : experiment.models) {
    if (model.is_remote()) remote.insert(model.name);
  }
  const std::unordered_set<std::string> finished(done.begin(), done.end());
  for (const plan::Stage& stage : plan.stages) {
    if (remote.contains(stage.model) && !finished.contains(stage.key)) asked.insert(stage.model);
  }
  return asked;
}

std::vector<std::string> key_problems(const config::Experiment& experiment, const std::set<std::string>& models) {
  std::vector<std::string> problems;
  for (const config::ModelSpec& model : experiment.models) {
    if (!models.contains(model.name)) continue;
    try {
      static_cast<void>(models::remote::remote_settings(model.name, model.source, model.options));
    } catch (const models::remote::BadHeader& error) {
      problems.push_back(placed(experiment, model, {"headers_env"}, error.what()));
    } catch (const BadInput& error) {
      problems.push_back(placed(experiment, model, {"api_key_file", "api_key_env"}, error.what()));
    }
  }
  return problems;
}

ServerCheck check_servers(const config::Experiment& experiment, const std::set<std::string>& models) {
  ServerCheck check;
  for (const Server& server : servers_of(experiment, models)) {
    std::vector<std::string> names;
    for (const Wanted& one : server.wanted) names.push_back(one.name);
    const std::vector<Listing> found = models::remote::listed_models(server.settings, names);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Wanted& one = server.wanted[i];
      const std::string problem = fmt::format("model '{}': {}", one.model->name, found[i].reason);
      if (found[i].what == Listing::What::bad_key && std::string(one.key) == "model") {
        check.problems.push_back(
            placed(experiment, *one.model, {"api_key_file", "api_key_env", "headers_env"}, problem));
      } else if (found[i].what == Listing::What::unknown && one.model->options.value("listed", true)) {
        check.problems.push_back(
            placed(experiment, *one.model, {one.key},
                   problem + "; where the server answers to it all the same, say `listed: false`"));
      } else if (found[i].what == Listing::What::unlisted && one.model->options.value("listed", true)) {
        check.notes.push_back(problem + "; whether it answers to it shows at the first request");
      } else if (found[i].what == Listing::What::untold && std::string(one.key) == "model") {
        check.notes.push_back(problem + ": whether key and model are right shows at the first request");
      }
    }
  }
  return check;
}

}  // namespace assay::cli
