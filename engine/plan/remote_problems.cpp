#include "plan/remote_problems.h"

#include <fmt/core.h>

#include <algorithm>

namespace assay::plan {
namespace {

/// Whether what is sent to this plain http address may leave the machine.
bool leaves_machine(const std::string& url) {
  const std::string place = url.substr(url.find("://") + 3);
  return !place.starts_with("localhost") && !place.starts_with("127.") && !place.starts_with("[::1]");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> remote_problems(const config::Experiment& experiment, const config::ModelSpec& model) {
  std::vector<std::pair<std::string, std::string>> problems;
  const sdk::GenerationSettings& how = experiment.generation;
  const bool anthropic = model.source == "anthropic";
  const std::string api = anthropic ? "Anthropic's API" : "OpenAI's API";
  const auto accepts = model.options.value("accepts", std::vector<std::string>());
  const auto refuse = [&](const std::string& word, bool set, const std::string& why = "") {
    if (!set || std::find(accepts.begin(), accepts.end(), word) != accepts.end()) return;
    const std::string other = anthropic ? "" : ", or list it in the model's `accepts` where the server knows it";
    problems.emplace_back("generation." + word, why.empty() ? fmt::format("model '{}': {} has no `{}`; leave it out{}", model.name, api, word, other)
                                                            : fmt::format("model '{}': {}", model.name, why));
  };
  refuse("min_p", how.min_p != 0);
  refuse("repetition_penalty", how.repetition_penalty != 1);
  if (anthropic) {
    refuse("frequency_penalty", how.frequency_penalty != 0);
    refuse("presence_penalty", how.presence_penalty != 0);
    refuse("logit_bias", !how.logit_bias.empty());
    refuse("temperature", how.temperature > 1, "Anthropic's API takes a `temperature` from 0 to 1");
  } else {
    refuse("top_k", how.top_k != 0);
    refuse("temperature", how.temperature > 2, "OpenAI's API takes a `temperature` from 0 to 2");
    refuse("stop", how.stop.size() > 4, "OpenAI's API takes at most 4 texts of `stop`");
  }
  const auto url = model.options.value("base_url", "");
  if (url.starts_with("http://") && leaves_machine(url) && !model.options.value("allow_insecure", false)) {
    problems.emplace_back("models." + model.name + ".base_url",
                          fmt::format("model '{}': {} is plain http to another machine, where anyone on the way reads key and prompts; use https, or say "
                                      "`allow_insecure: true`",
                                      model.name, url));
  }
  return problems;
}

}  // namespace assay::plan
