#include "models/remote/settings.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace assay::models::remote {
namespace {

std::string key_from_file(const std::string& name, const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) throw BadInput(fmt::format("model '{}': its key's file {} cannot be read", name, file));
  if ((about.st_mode & 077U) != 0) {
    throw BadInput(fmt::format("model '{}': others may read the file of its key; run: chmod 600 {}", name, file));
  }
  std::ifstream in(file);
  std::string key;
  if (!(in >> key)) throw BadInput(fmt::format("model '{}': the file {} holds no key", name, file));
  return key;
}

std::string key_of(const RemoteSettings& settings, const Json& options) {
  if (options.contains("api_key_file")) return key_from_file(settings.name, options["api_key_file"]);
  const std::string variable = options.value("api_key_env", settings.source == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
  const char* value = std::getenv(variable.c_str());
  if (value != nullptr && *value != '\0') return value;
  if (parse_url(settings.base_url).is_loopback()) return "";  // servers on this machine mostly want none
  throw BadInput(fmt::format("model '{0}': its key is read from the environment variable {1}, which is not set; set it before running, or name another "
                             "by `api_key_env`",
                             settings.name, variable));
}

}  // namespace

bool RemoteSettings::accepts_word(const std::string& word) const { return std::find(accepts.begin(), accepts.end(), word) != accepts.end(); }

std::string RemoteSettings::identity() const { return Json{source, base_url, model, api, embedding_model}.dump(); }

RemoteSettings remote_settings(const std::string& name, const std::string& source, const Json& options, bool with_key) {
  RemoteSettings s;
  s.name = name;
  s.source = source;
  s.model = options.at("model");
  s.base_url = options.value("base_url", source == "anthropic" ? "https://api.anthropic.com/v1" : "https://api.openai.com/v1");
  s.api = options.value("api", "chat");
  s.embedding_model = options.value("embedding_model", "");
  s.max_tokens_as = options.value("max_tokens_as", "max_tokens");
  s.accepts = options.value("accepts", std::vector<std::string>());
  s.stream = options.value("stream", false);
  s.context_length = options.value("context_length", std::int64_t{0});
  s.record = options.value("record", "");
  const Json limits = options.value("limits", Json::object());
  s.pace.requests_per_minute = limits.value("requests_per_minute", 0.0);
  s.pace.tokens_per_minute = limits.value("tokens_per_minute", 0.0);
  s.pace.concurrency = limits.value("concurrency", std::size_t{64});
  const Json retries = options.value("retries", Json::object());
  s.retries.attempts = retries.value("attempts", s.retries.attempts);
  s.retries.first_seconds = retries.value("first_wait", s.retries.first_seconds);
  s.retries.longest_seconds = retries.value("longest_wait", s.retries.longest_seconds);
  const Json timeouts = options.value("timeouts", Json::object());
  s.http.connect_seconds = timeouts.value("connect", s.http.connect_seconds);
  s.http.read_seconds = timeouts.value("read", s.http.read_seconds);
  s.http.total_seconds = timeouts.value("total", s.http.total_seconds);
  s.http.most_bytes = static_cast<std::size_t>(options.value("max_answer_mb", 64)) << 20U;
  s.http.ca_file = options.value("ca_file", "");
  if (options.contains("token_price")) {
    const Json& price = options["token_price"];
    s.price = TokenPrice{price.at("input"), price.at("cached_input"), price.at("output")};
  }
  const Url url = parse_url(s.base_url);
  if (!url.tls && !url.is_loopback() && !options.value("allow_insecure", false)) {
    throw BadInput(fmt::format("model '{}': {} is plain http to another machine, where anyone on the way reads key and prompts; use https, or say "
                               "`allow_insecure: true`",
                               name, s.base_url));
  }
  if (with_key) s.key = key_of(s, options);
  return s;
}

}  // namespace assay::models::remote
