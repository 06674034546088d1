#include "models/remote/settings.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace assay::models::remote {
namespace {

std::string key_from_file(const std::string& name, const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0)
    throw BadInput(fmt::format("model '{}': its key's file {} cannot be read", name, file));
  if ((about.st_mode & 077U) != 0) {
    throw BadInput(fmt::format("model '{}': others may read the file of its key; run: chmod 600 {}", name, file));
  }
  std::ifstream in(file);
  std::string key;  // its first word: an editor ends the line
  if (!(in >> key)) throw BadInput(fmt::format("model '{}': the file {} holds no key", name, file));
  return key;
}

/// What a variable holds, but for blanks around it: a line's end that came with a key would end the header that it is
/// sent in.
std::string text_of_variable(const std::string& variable) {
  constexpr const char* blank = " \t\r\n";
  const char* value = std::getenv(variable.c_str());
  std::string text = value == nullptr ? "" : value;
  text.erase(text.find_last_not_of(blank) + 1);
  text.erase(0, text.find_first_not_of(blank));
  return text;
}

std::string key_from_variable(const std::string& name, const std::string& variable) {
  std::string key = text_of_variable(variable);
  if (std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7F'; })) return key;
  throw BadInput(
      fmt::format("model '{}': the environment variable {} holds what no key holds: a blank, a control character or a "
                  "letter beyond ASCII",
                  name, variable));
}

std::string key_of(const RemoteSettings& settings, const Json& options) {
  if (options.contains("api_key_file")) return key_from_file(settings.name, options["api_key_file"]);
  const std::string variable =
      options.value("api_key_env", settings.source == "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY");
  const std::string key = key_from_variable(settings.name, variable);
  if (!key.empty()) return key;
  if (parse_url(settings.base_url).is_loopback()) return "";  // servers on this machine mostly want none
  throw BadInput(
      fmt::format("model '{0}': its key is read from the environment variable {1}, which is not set; set it before "
                  "running, or name another by `api_key_env`",
                  settings.name, variable));
}

/// A model's `headers_env`, each with what its variable holds.
Headers headers_from_variables(const std::string& name, const Json& options) {
  Headers headers;
  const Json told = options.value("headers_env", Json::object());
  for (const auto& [header, variable] : told.items()) {
    std::string value = text_of_variable(variable);
    if (value.empty()) {
      throw BadHeader(fmt::format(
          "model '{}': its header {} is read from the environment variable {}, which is not set; set it before running",
          name, header, variable.get<std::string>()));
    }
    if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < '\x7F'; })) {
      throw BadHeader(
          fmt::format("model '{}': the environment variable {} holds what no header holds: a control character or a "
                      "letter beyond ASCII",
                      name, variable.get<std::string>()));
    }
    headers.emplace_back(header, std::move(value));
  }
  return headers;
}

}  // namespace

Headers RemoteSettings::with_headers(Headers own) const {
  for (const Headers* ours : {&headers, &secret_headers}) {
    for (const auto& [name, value] : *ours) {
      const auto found = std::find_if(own.begin(), own.end(),
                                      [&](const auto& header) { return boost::beast::iequals(header.first, name); });
      if (found == own.end()) {
        own.emplace_back(name, value);
      } else {
        found->second = value;
      }
    }
  }
  return own;
}

std::vector<std::string> RemoteSettings::secrets() const {
  std::vector<std::string> secrets;
  if (!key.empty()) secrets.push_back(key);
  for (const auto& [name, value] : secret_headers) {  // a server may tell of a key without the "Bearer" before it
    std::istringstream words(value);
    std::copy(std::istream_iterator<std::string>(words), {}, std::back_inserter(secrets));
  }
  std::sort(secrets.begin(), secrets.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return secrets;
}

bool RemoteSettings::accepts_word(const std::string& word) const {
  return std::find(accepts.begin(), accepts.end(), word) != accepts.end();
}

bool RemoteSettings::lacks_word(const std::string& word) const {
  return std::find(lacks.begin(), lacks.end(), word) != lacks.end();
}

std::string RemoteSettings::identity() const {
  Json identity{source, base_url, model, api, embedding_model};
  // Where there are none, what was paid for before there were such words is still known.
  if (!headers.empty() || !extra_body.empty()) identity.insert(identity.end(), {Json(headers), extra_body});
  return identity.dump();
}

RemoteSettings remote_settings(const std::string& name, const std::string& source, const Json& options, bool with_key) {
  RemoteSettings s;
  s.name = name;
  s.source = source;
  s.model = options.at("model");
  s.base_url =
      options.value("base_url", source == "anthropic" ? "https://api.anthropic.com/v1" : "https://api.openai.com/v1");
  s.api = options.value("api", "chat");
  s.embedding_model = options.value("embedding_model", "");
  s.max_tokens_as = options.value("max_tokens_as", "max_tokens");
  s.accepts = options.value("accepts", std::vector<std::string>());
  s.lacks = options.value("lacks", std::vector<std::string>());
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
  s.retries.share = retries.value("share", s.retries.share);
  s.retries.free = retries.value("free", s.retries.free);
  const Json circuit = options.value("circuit_breaker", Json::object());
  s.circuit.failures = circuit.value("failures", s.circuit.failures);
  s.circuit.give_up_seconds = circuit.value("give_up", s.circuit.give_up_seconds);
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
    throw BadInput(
        fmt::format("model '{}': {} is plain http to another machine, where anyone on the way reads key and prompts; "
                    "use https, or say `allow_insecure: true`",
                    name, s.base_url));
  }
  s.extra_body = options.value("extra_body", Json::object());
  const Json headers = options.value("headers", Json::object());
  for (const auto& [header, text] : headers.items()) s.headers.emplace_back(header, text);
  if (!with_key) return s;
  s.secret_headers = headers_from_variables(name, options);
  // Where such a header stands in for the key, the variable that is read by default may hold another server's.
  if (s.secret_headers.empty() || options.contains("api_key_env") || options.contains("api_key_file")) {
    s.key = key_of(s, options);
  }
  return s;
}

}  // namespace assay::models::remote
