#include "plan/remote_problems.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "text/unicode.h"

namespace assay::plan {
namespace {

/// Whether what is sent to this plain http address may leave the machine.
bool leaves_machine(const std::string& url) {
  const std::string place = url.substr(url.find("://") + 3);
  if (place.starts_with("[::1]")) return false;
  const std::string host = place.substr(0, place.find_first_of(":/?#"));
  // A name may begin like an address of this machine.
  return host != "localhost" &&
         (!host.starts_with("127.") || host.find_first_not_of("0123456789.") != std::string::npos);
}

/// Whether what goes by this name is mostly a key: api-key and X-Auth-Token, and not x-portkey-provider.
bool names_secret(const std::string& name) {
  constexpr std::array<std::string_view, 13> secrets = {
      "auth",     "authentication", "authorization", "key",    "apikey",    "token", "secret",
      "password", "credential",     "credentials",   "cookie", "signature", "sig"};
  std::string low = text::to_lower(name);
  std::replace(low.begin(), low.end(), '_', '-');
  std::istringstream words(low);
  for (std::string word; std::getline(words, word, '-');) {
    if (std::find(secrets.begin(), secrets.end(), word) != secrets.end()) return true;
  }
  return false;
}

/// Header fields that say how a request is sent (RFC 9110, RFC 9112), which the client decides.
bool is_of_client(const std::string& header) {
  constexpr std::array<std::string_view, 10> fields = {
      "accept-encoding",   "connection", "content-encoding", "content-length", "content-type", "expect", "host", "te",
      "transfer-encoding", "upgrade"};
  return std::find(fields.begin(), fields.end(), text::to_lower(header)) != fields.end();
}

/// Fields of a request for text that the engine writes, from the experiment and the prompt.
bool is_of_engine(const std::string& field) {
  // clang-format off
  constexpr std::array<std::string_view, 22> fields = {
      "model", "messages", "prompt", "system", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k",
      "min_p", "repetition_penalty", "stop", "frequency_penalty", "presence_penalty", "stop_sequences", "logit_bias",
      "seed", "n", "echo", "logprobs", "stream", "stream_options"};
  // clang-format on
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

using Problems = std::vector<std::pair<std::string, std::string>>;

void check_headers(const config::ModelSpec& model, Problems& problems) {
  const Json told = model.options.value("headers", Json::object()),
             secret = model.options.value("headers_env", Json::object());
  const auto add = [&](const char* word, const std::string& header, const std::string& problem) {
    problems.emplace_back(fmt::format("models.{}.{}.{}", model.name, word, header),
                          fmt::format("model '{}': {}", model.name, problem));
  };
  for (const auto* headers : {&told, &secret}) {
    for (const auto& [header, text] : headers->items()) {
      if (is_of_client(header))
        add(headers == &told ? "headers" : "headers_env", header,
            fmt::format("{} is decided by the client; leave it out", header));
    }
  }
  for (const auto& [header, text] : told.items()) {
    if (names_secret(header)) {
      add("headers", header,
          fmt::format("{} mostly holds a key, and what stands here is written to the store; name an environment "
                      "variable: `headers_env: {{{}: VARIABLE}}`",
                      header, header));
    }
    const bool twice = std::any_of(
        secret.items().begin(), secret.items().end(),
        [&, low = text::to_lower(header)](const auto& other) { return text::to_lower(other.key()) == low; });
    if (twice) add("headers", header, fmt::format("{} stands under `headers_env` too; leave one out", header));
  }
}

/// A base_url is written to the store, and so is what stands behind its question mark.
void check_query(const config::ModelSpec& model, const std::string& url, Problems& problems) {
  for (std::size_t at = url.find('?'); at != std::string::npos && at < url.find('#'); at = url.find('&', at + 1)) {
    const std::string name = url.substr(at + 1, url.find_first_of("=&#", at + 1) - at - 1);
    if (!names_secret(name)) continue;
    problems.emplace_back("models." + model.name + ".base_url",
                          fmt::format("model '{}': '{}' mostly holds a key, and an address is written to the store; "
                                      "give the key by `api_key_env` or, as a header of "
                                      "another name, by `headers_env`",
                                      model.name, name));
  }
}

void check_extra_body(const config::ModelSpec& model, Problems& problems) {
  const Json fields = model.options.value("extra_body", Json::object());
  for (const auto& [field, value] : fields.items()) {
    if (!is_of_engine(field)) continue;
    problems.emplace_back(fmt::format("models.{}.extra_body.{}", model.name, field),
                          fmt::format("model '{}': `{}` is written from the experiment's own words (`generation`, "
                                      "`model`, the prompt); leave it out here",
                                      model.name, field));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> remote_problems(const config::Experiment& experiment,
                                                                 const config::ModelSpec& model) {
  std::vector<std::pair<std::string, std::string>> problems;
  const sdk::GenerationSettings& how = experiment.generation;
  const bool anthropic = model.source == "anthropic";
  const std::string api = anthropic ? "Anthropic's API" : "OpenAI's API";
  const auto accepts = model.options.value("accepts", std::vector<std::string>());
  const auto refuse = [&](const std::string& word, bool set, const std::string& why = "") {
    if (!set || std::find(accepts.begin(), accepts.end(), word) != accepts.end()) return;
    const std::string other = anthropic ? "" : ", or list it in the model's `accepts` where the server knows it";
    problems.emplace_back("generation." + word, why.empty() ? fmt::format("model '{}': {} has no `{}`; leave it out{}",
                                                                          model.name, api, word, other)
                                                            : fmt::format("model '{}': {}", model.name, why));
  };
  refuse("min_p", how.min_p != 0);
  refuse("repetition_penalty", how.repetition_penalty != 1);
  if (anthropic) {
    refuse("frequency_penalty", how.frequency_penalty != 0);
    refuse("presence_penalty", how.presence_penalty != 0);
    refuse("logit_bias", !how.logit_bias.empty());
    refuse("temperature", how.temperature > 1, "Anthropic's API takes a `temperature` from 0 to 1");
    const auto lacks = model.options.value("lacks", std::vector<std::string>());
    const bool draws_its_way = std::find(lacks.begin(), lacks.end(), "temperature") != lacks.end();
    refuse("top_p", draws_its_way && how.top_p != 1,
           "a model that takes no temperature takes no `top_p`; leave it out");
    refuse("top_k", draws_its_way && how.top_k != 0,
           "a model that takes no temperature takes no `top_k`; leave it out");
  } else {
    refuse("top_k", how.top_k != 0);
    refuse("temperature", how.temperature > 2, "OpenAI's API takes a `temperature` from 0 to 2");
    refuse("stop", how.stop.size() > 4, "OpenAI's API takes at most 4 texts of `stop`");
  }
  const auto url = model.options.value("base_url", "");
  if (url.starts_with("http://") && leaves_machine(url) && !model.options.value("allow_insecure", false)) {
    problems.emplace_back("models." + model.name + ".base_url",
                          fmt::format("model '{}': {} is plain http to another machine, where anyone on the way reads "
                                      "key and prompts; use https, or say "
                                      "`allow_insecure: true`",
                                      model.name, url));
  }
  check_query(model, url, problems);
  check_headers(model, problems);
  check_extra_body(model, problems);
  return problems;
}

}  // namespace assay::plan
