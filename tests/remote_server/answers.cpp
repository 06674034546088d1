#include "remote_server/answers.h"

#include <algorithm>

namespace assay::test {
namespace {

constexpr std::int64_t kCreated = 1'700'000'000;  // the same in every run

std::int64_t tokens_of(const std::string& text) { return static_cast<std::int64_t>(text.size() / 4 + 1); }

/// Words and what is between them, as "tokens" whose offsets count letters.
std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> all;
  for (const char c : text) {
    if (all.empty() || c == ' ' || c == '\n') all.emplace_back();
    all.back() += c;
  }
  return all;
}

std::string text_for(const std::string& prompt, std::uint64_t draw, const Json& body,
                     const std::vector<std::string>& words) {
  const std::uint64_t hash = hash_of(prompt + std::to_string(draw));
  std::string text = words.empty() ? "héllo wörld " + std::to_string(hash % 100000) : words[hash % words.size()];
  std::vector<std::string> stops;
  for (const char* name : {"stop", "stop_sequences"}) {
    if (body.contains(name))
      stops =
          body[name].is_string() ? std::vector<std::string>{body[name]} : body[name].get<std::vector<std::string>>();
  }
  for (const std::string& stop : stops) text.resize(std::min(text.size(), text.find(stop)));
  return text;
}

ApiAnswer scored(const Json& body) {
  Json choices = Json::array();
  std::int64_t tokens = 0;
  const Json prompts = body["prompt"].is_array() ? body["prompt"] : Json::array({body["prompt"]});
  for (const Json& prompt : prompts) {
    Json values = Json::array(), offsets = Json::array(), shown = Json::array();
    std::size_t at = 0;
    for (const std::string& piece : pieces(prompt)) {
      values.push_back(
          at == 0 ? Json()
                  : Json(-static_cast<double>(hash_of(prompt.get<std::string>().substr(0, at) + piece) % 1000) / 100));
      offsets.push_back(at);
      shown.push_back(piece);
      at += static_cast<std::size_t>(std::count_if(
          piece.begin(), piece.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    }
    tokens += static_cast<std::int64_t>(shown.size());
    choices.push_back({{"index", choices.size()},
                       {"text", prompt},
                       {"finish_reason", "length"},
                       {"logprobs", {{"tokens", shown}, {"token_logprobs", values}, {"text_offset", offsets}}}});
  }
  std::reverse(choices.begin(), choices.end());  // order is told by `index`
  return {200,
          {{"id", "cmpl-1"},
           {"object", "text_completion"},
           {"created", kCreated},
           {"model", body["model"]},
           {"choices", choices},
           {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}},
          ""};
}

std::string event(const Json& json) { return "data: " + json.dump() + "\n\n"; }

ApiAnswer drawn(const std::string& prompt, const Json& body, bool chat, const std::vector<std::string>& words,
                const std::string& fingerprint) {
  const double temperature = body.value("temperature", 1.0);
  Written written;
  written.prompt_tokens = tokens_of(prompt);
  written.cached_tokens = 1;
  for (int i = 0; i < body.value("n", 1); ++i) {
    const std::uint64_t draw =
        temperature > 0 ? body.value("seed", std::uint64_t{0}) * 131 + static_cast<std::uint64_t>(i) + 1 : 0;
    written.texts.push_back(text_for(prompt, draw, body, words));
    written.finish_reasons.emplace_back("stop");
    written.completion_tokens += tokens_of(written.texts.back());
  }
  if (body["model"].get<std::string>().starts_with("thinks"))
    written.reasoning_tokens = 2 * written.completion_tokens, written.completion_tokens *= 3;
  return written_answer(body, chat, written, fingerprint);
}

ApiAnswer message(const Json& body, const std::vector<std::string>& words) {
  const std::string text = text_for(body["messages"].dump() + body.value("system", ""), 0, body, words);
  const std::int64_t prompt = tokens_of(body["messages"].dump());
  const Json usage = {{"input_tokens", prompt},
                      {"cache_creation_input_tokens", 2},
                      {"cache_read_input_tokens", 3},
                      {"output_tokens", tokens_of(text)}};
  const Json whole = {{"id", "msg_1"},
                      {"type", "message"},
                      {"role", "assistant"},
                      {"model", body["model"]},
                      {"stop_reason", "end_turn"},
                      {"stop_sequence", nullptr},
                      {"usage", usage},
                      {"content", {{{"type", "text"}, {"text", text}}}}};
  std::string events;
  const auto say = [&](const Json& json) {
    events += "event: " + json["type"].get<std::string>() + "\n" + event(json);
  };
  Json start = whole;
  start["content"] = Json::array();
  start["stop_reason"] = nullptr;
  start["usage"]["output_tokens"] = 1;
  say({{"type", "message_start"}, {"message", start}});
  say({{"type", "ping"}});
  say({{"type", "content_block_start"}, {"index", 0}, {"content_block", {{"type", "text"}, {"text", ""}}}});
  for (const std::string& piece : pieces(text))
    say({{"type", "content_block_delta"}, {"index", 0}, {"delta", {{"type", "text_delta"}, {"text", piece}}}});
  say({{"type", "content_block_stop"}, {"index", 0}});
  say({{"type", "message_delta"},
       {"delta", {{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}},
       {"usage", {{"output_tokens", tokens_of(text)}}}});
  say({{"type", "message_stop"}});
  return {200, whole, body.value("stream", false) ? events : ""};
}

Json listed_model(const std::string& name) {
  return {{"id", name}, {"object", "model"}, {"created", kCreated}, {"owned_by", "tests"}};
}

}  // namespace

std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return (hash ^ (hash >> 29U)) * 0x94D049BB133111EBU >> 8U;
}

ApiAnswer written_answer(const Json& body, bool chat, const Written& written, const std::string& fingerprint) {
  Json choices = Json::array();
  std::string events;
  const Json head = {{"id", "cmpl-1"},
                     {"object", chat ? "chat.completion" : "text_completion"},
                     {"created", kCreated},
                     {"model", body["model"]},
                     {"system_fingerprint", fingerprint}};
  Json piece_head = head;
  if (chat) piece_head["object"] = "chat.completion.chunk";
  for (std::size_t i = 0; i < written.texts.size(); ++i) {
    const std::string& text = written.texts[i];
    Json choice = {{"index", i}, {"finish_reason", written.finish_reasons[i]}};
    if (chat) {
      choice["message"] = {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}};
    } else {
      choice["text"] = text;
    }
    if (body.contains("logprobs"))
      choice["logprobs"] =
          chat ? Json{{"content", {{{"token", text}, {"logprob", -0.5}}}}} : Json{{"token_logprobs", {-0.5}}};
    choices.push_back(choice);
    std::size_t number = 0;
    if (chat) {
      Json first = piece_head;
      first["choices"] = {
          {{"index", i}, {"delta", {{"role", "assistant"}, {"content", ""}}}, {"finish_reason", nullptr}}};
      events += event(first);
    }
    for (const std::string& piece : pieces(text)) {
      Json chunk = piece_head;
      chunk["choices"] = {{{"index", i}, {"finish_reason", nullptr}}};
      chunk["choices"][0][chat ? "delta" : "text"] = chat ? Json{{"content", piece}} : Json(piece);
      events += "id: " + std::to_string(i) + "-" + std::to_string(number++) + "\n" + event(chunk);
    }
    Json last = piece_head;
    last["choices"] = {{{"index", i}, {"finish_reason", written.finish_reasons[i]}}};
    last["choices"][0][chat ? "delta" : "text"] = chat ? Json::object() : Json("");
    events += event(last);
  }
  const Json usage = {{"prompt_tokens", written.prompt_tokens},
                      {"completion_tokens", written.completion_tokens},
                      {"total_tokens", written.prompt_tokens + written.completion_tokens},
                      {"prompt_tokens_details", {{"cached_tokens", written.cached_tokens}}},
                      {"completion_tokens_details", {{"reasoning_tokens", written.reasoning_tokens}}}};
  Json whole = head;
  whole["choices"] = choices;
  whole["usage"] = usage;
  Json counted = piece_head;
  counted["choices"] = Json::array();
  counted["usage"] = usage;
  events += event(counted) + "data: [DONE]\n\n";
  return {200, whole, body.value("stream", false) ? events : ""};
}

ApiAnswer models_answer(const std::string& path, const std::vector<std::string>& models) {
  const std::string name = path.substr(std::min(path.size(), std::string("/v1/models/").size()));
  Json listed = Json::array();
  for (const std::string& model : models) {
    if (model == "!" && !name.empty()) return {404, {{"error", {{"message", "Not found: " + path}}}}, ""};
    const bool hidden = model.starts_with('.') || model == "!";
    if (!hidden) listed.push_back(listed_model(model));
    if (!name.empty() && name == model.substr(hidden ? 1 : 0)) return {200, listed_model(name), ""};
  }
  if (name.empty()) return {200, {{"object", "list"}, {"data", listed}}, ""};
  return {404, {{"error", {{"message", "The model '" + name + "' does not exist"}, {"code", "model_not_found"}}}}, ""};
}

ApiAnswer api_answer(const std::string& path, const Json& body, const std::vector<std::string>& words,
                     const std::string& fingerprint) {
  if (path == "/v1/chat/completions") return drawn(body["messages"].dump(), body, true, words, fingerprint);
  if (path == "/v1/completions" && body.value("echo", false)) return scored(body);
  if (path == "/v1/completions") return drawn(body["prompt"].get<std::string>(), body, false, words, fingerprint);
  if (path == "/v1/messages") return message(body, words);
  if (path == "/v1/embeddings") {
    const auto text = body["input"].get<std::string>();
    return {200,
            {{"object", "list"},
             {"data",
              {{{"object", "embedding"},
                {"index", 0},
                {"embedding", {0.5, static_cast<double>(hash_of(text) % 100) / 100}}}}},
             {"model", body["model"]},
             {"usage", {{"prompt_tokens", tokens_of(text)}, {"total_tokens", tokens_of(text)}}}},
            ""};
  }
  return {404, {{"error", {{"message", "unknown path"}}}}, ""};
}

}  // namespace assay::test
