#include "models/remote/failure.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string_view>

namespace assay::models::remote {
namespace {

constexpr std::size_t kShown = 400;  // bytes of what a server says
constexpr std::size_t kShortestKey =
    8;  // a shorter one (EMPTY, none, ollama) is a word for a server that asks for no key

struct Said {
  std::string code, type, message;
  bool moderated = false;  ///< the input was flagged (OpenRouter: 403 with the reasons)
};

/// {"error": {"message", "type", "code"}}, {"error": "…"}, {"message": "…"}, {"detail": …}, a list of one of these, or any text.
Said said(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_array() && json.size() == 1) json = Json(json[0]);
  Said all;
  if (!json.is_object()) {
    all.message = body.substr(0, kShown);
    return all;
  }
  const Json& error = json.contains("error") && !json["error"].is_null() ? json["error"] : json;
  const auto text = [&](const char* name) -> std::string {
    if (!error.is_object() || !error.contains(name) || error[name].is_null()) return "";
    return error[name].is_string() ? error[name].get<std::string>()
                                   : error[name].dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  all = {text("code"), text("type"), error.is_string() ? error.get<std::string>() : text("message")};
  if (all.message.empty()) all.message = text("detail");
  if (error.is_object() && error.contains("metadata") && error["metadata"].is_object()) {
    const Json& more = error["metadata"];
    all.moderated = more.contains("reasons") || more.contains("flagged_input");
    if (more.contains("raw") && more["raw"].is_string())
      all.message += ": " + more["raw"].get<std::string>();  // of the server behind a gateway
  }
  all.message.resize(std::min(all.message.size(), kShown));
  return all;
}

bool holds(const std::string& text, std::initializer_list<std::string_view> any) {
  std::string small = text;
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(any.begin(), any.end(),
                     [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

bool spent_words(const std::string& words) {
  return holds(words, {"insufficient_quota", "exceeded your current quota", "billing_hard_limit", "billing_not_active",
                       "credit balance", "insufficient balance"});
}

/// As OpenAI, Anthropic, vLLM, llama.cpp, LM Studio, Groq, Gemini and text-generation-inference say it.
bool too_long_words(const std::string& words) {
  return holds(words, {"context_length_exceeded", "context length", "prompt is too long", "context window",
                       "context size", "context limit", "maximum model length", "exceeds the maximum number of tokens",
                       "`inputs` tokens + `max_new_tokens`"});
}

Failure by_status(const HttpResponse& answer, const std::string& model) {
  using What = Failure::What;
  const Said error = said(answer.body);
  const std::string words = error.code + " " + error.type + " " + error.message;
  const std::string told = error.message.empty() ? fmt::format("status {}", answer.status)
                                                 : fmt::format("status {}: {}", answer.status, error.message);
  switch (answer.status) {
    case 403:
      if (error.moderated) return {What::filtered, fmt::format("the provider's filter ({})", told)};
      [[fallthrough]];
    case 401:
      return {What::stop, fmt::format("the server refuses the key ({}); check api_key_env or api_key_file", told)};
    case 404:
      if (holds(words, {"model", "deployment"}))
        return {What::stop, fmt::format("the server has no model '{}' ({})", model, told)};
      return {What::stop,
              fmt::format("the server has no such endpoint ({}); check base_url, which mostly ends in /v1", told)};
    case 402:
      return {What::stop, fmt::format("the account cannot pay ({})", told)};
    case 413:
      return {What::refused, fmt::format("the request is too large for the server ({})", told)};
    case 429:
      // Not by "billing" alone: limits of a minute name the page where more can be had.
      if (spent_words(words)) return {What::stop, fmt::format("the account's quota is spent ({})", told)};
      return {What::again, fmt::format("too many requests ({})", told), true, false};
    case 498:  // Groq: no capacity
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
  if (answer.status < 400) {  // a redirection is not followed: the key is for this server alone
    const auto place = answer.headers.find("location");
    const std::string where =
        place == answer.headers.end() ? "" : fmt::format(" but the address {}", place->second.substr(0, kShown));
    return {What::stop, fmt::format("the server answers with status {}, which is no answer{}; check base_url",
                                    answer.status, where)};
  }
  if (too_long_words(words)) {
    return {What::refused,
            fmt::format(
                "the prompt is too long for the model ({}); see `prompt.fit`, and give the model a `context_length`",
                told)};
  }
  if (holds(error.code + " " + error.type, {"content_filter", "content_policy_violation"}))
    return {What::filtered, fmt::format("the provider's filter ({})", told)};
  if (holds(words, {"model_not_found"}))
    return {What::stop, fmt::format("the server has no model '{}' ({})", model, told)};
  if (spent_words(words)) return {What::stop, fmt::format("the account cannot pay ({})", told)};
  const char* fix = holds(words, {"max_completion_tokens"}) ? "; give the model `max_tokens_as: max_completion_tokens`"
                    : holds(words, {"`temperature`", "'temperature'", "temperature: extra"})
                        ? "; give a model that takes no temperature `lacks: [temperature]`"
                        : "";
  return {What::invalid, fmt::format("the server refuses the request ({}){}", told, fix)};
}

/// The status that an error would have come with.
int status_in(const Json& told) {
  const Json& error = told.contains("error") ? told["error"] : told;
  const Json code = error.is_object() && error.contains("code") ? error["code"] : Json();
  const int status = code.is_number_integer() ? code.get<int>()
                     : code.is_string()       ? std::atoi(code.get_ref<const std::string&>().c_str())
                                              : 0;
  if (status >= 400 && status < 600) return status;
  static const std::map<std::string, int> types{
      {"invalid_request_error", 400}, {"authentication_error", 401}, {"billing_error", 402},
      {"permission_error", 403},      {"not_found_error", 404},      {"request_too_large", 413},
      {"rate_limit_error", 429},      {"insufficient_quota", 429},   {"overloaded_error", 529}};
  const auto known = types.find(
      error.is_object() && error.contains("type") && error["type"].is_string() ? error["type"].get<std::string>() : "");
  return known == types.end() ? 500 : known->second;
}

}  // namespace

Failure failure_of(const HttpResponse& answer, const std::string& model) {
  Failure failure = by_status(answer, model);
  // The word of the server itself, as OpenAI's and Anthropic's clients keep it.
  const auto again = answer.headers.find("x-should-retry");
  if (again == answer.headers.end()) return failure;
  if (again->second == "false" && failure.what == Failure::What::again) failure.what = Failure::What::refused;
  if (again->second == "true" && failure.what == Failure::What::invalid) failure.what = Failure::What::again;
  return failure;
}

Failure failure_of(const Json& told, const std::string& model) {
  return failure_of(HttpResponse{status_in(told), {}, told.dump(-1, ' ', false, Json::error_handler_t::replace)},
                    model);
}

bool tells_error(const Json& json) {
  if (!json.is_object()) return false;
  const Json error = json.value("error", Json());
  if (error.is_string() ? !error.get_ref<const std::string&>().empty() : error.is_structured() && !error.empty())
    return true;
  return json.contains("object") && json["object"] == "error";  // as vLLM wrote it
}

Failure failure_of(const TransportError& error) {
  using Kind = TransportError::Kind;
  switch (error.kind) {
    case Kind::tls:
    case Kind::refused:
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

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  constexpr std::string_view mark = "[key]";
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortestKey) continue;
    // Looked for behind the mark: a key may be a part of it.
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + mark.size()))
      text.replace(at, secret.size(), mark);
  }
  return text;
}

}  // namespace assay::models::remote
