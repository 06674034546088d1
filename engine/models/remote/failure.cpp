#include "models/remote/failure.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace assay::models::remote {
namespace {

constexpr std::size_t kShown = 400;  // bytes of what a server says

struct Said {
  std::string code, type, message;
};

/// {"error": {"message", "type", "code"}}, {"error": "…"}, {"message": "…"}, {"detail": …}, or any text.
Said said(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  Said all;
  if (!json.is_object()) {
    all.message = body.substr(0, kShown);
    return all;
  }
  const Json& error = json.contains("error") ? json["error"] : json;
  const auto text = [&](const char* name) -> std::string {
    if (!error.is_object() || !error.contains(name) || error[name].is_null()) return "";
    return error[name].is_string() ? error[name].get<std::string>() : error[name].dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  all = {text("code"), text("type"), error.is_string() ? error.get<std::string>() : text("message")};
  if (all.message.empty()) all.message = text("detail");
  all.message.resize(std::min(all.message.size(), kShown));
  return all;
}

bool holds(const std::string& text, std::initializer_list<std::string_view> any) {
  std::string small = text;
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(any.begin(), any.end(), [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

}  // namespace

Failure failure_of(const HttpResponse& answer, const std::string& model) {
  using What = Failure::What;
  const Said error = said(answer.body);
  const std::string words = error.code + " " + error.type + " " + error.message;
  const std::string told = error.message.empty() ? fmt::format("status {}", answer.status) : fmt::format("status {}: {}", answer.status, error.message);
  switch (answer.status) {
    case 401:
    case 403:
      return {What::stop, fmt::format("the server refuses the key ({}); check api_key_env or api_key_file", told)};
    case 404:
      if (holds(words, {"model"})) return {What::stop, fmt::format("the server has no model '{}' ({})", model, told)};
      return {What::stop, fmt::format("the server has no such endpoint ({}); check base_url", told)};
    case 402:
      return {What::stop, fmt::format("the account cannot pay ({})", told)};
    case 413:
      return {What::refused, fmt::format("the request is too large for the server ({})", told)};
    case 429:
      if (holds(words, {"insufficient_quota", "billing"})) return {What::stop, fmt::format("the account's quota is spent ({})", told)};
      return {What::again, fmt::format("too many requests ({})", told), true, false};
    case 503:
    case 529:
      return {What::again, fmt::format("the server is overloaded ({})", told), true, true};
    case 408:
    case 409:
    case 425:
      return {What::again, fmt::format("the server asks to try again ({})", told), false, true};
    default:
      break;
  }
  if (answer.status >= 500) return {What::again, fmt::format("the server failed ({})", told), false, true};
  if (answer.status < 400) return {What::stop, fmt::format("the server answers with status {}, which is no answer; check base_url", answer.status)};
  if (holds(words, {"context_length_exceeded", "maximum context length", "prompt is too long", "context window", "exceeds the available context"})) {
    return {What::refused, fmt::format("the prompt is too long for the model ({}); see `prompt.fit`, and give the model a `context_length`", told)};
  }
  if (holds(error.code + " " + error.type, {"content_filter", "content_policy_violation"})) return {What::filtered, fmt::format("the provider's filter ({})", told)};
  if (holds(words, {"model_not_found"})) return {What::stop, fmt::format("the server has no model '{}' ({})", model, told)};
  return {What::invalid, fmt::format("the server refuses the request ({})", told)};
}

Failure failure_of(const TransportError& error) {
  using Kind = TransportError::Kind;
  switch (error.kind) {
    case Kind::tls:
      return {Failure::What::stop, error.what()};
    case Kind::too_large:
      return {Failure::What::refused, error.what()};
    case Kind::timeout:
      return {Failure::What::again, error.what(), true, true};
    case Kind::connect:
    case Kind::broken:
      break;
  }
  return {Failure::What::again, error.what(), false, true};
}

std::string without_key(std::string text, const std::string& key) {
  if (key.empty()) return text;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) text.replace(at, key.size(), "[key]");
  return text;
}

}  // namespace assay::models::remote
