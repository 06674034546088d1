#include "text/tokenizer_config.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace assay::text {
namespace {

constexpr const char* roles[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                 "pad_token", "cls_token", "mask_token"};

std::string content_of(const Json& token) {
  if (token.is_string()) return token.get<std::string>();
  return token.is_object() ? token.value("content", "") : std::string();
}

Json special_token(const std::string& content) {
  return {{"content", content}, {"special", true}, {"normalized", false}};
}

bool holds(const Json& added_tokens, const std::string& content) {
  return std::ranges::any_of(added_tokens, [&](const Json& token) { return token.value("content", "") == content; });
}

/// The tokens of `added_tokens_decoder`, with their ids and in the order of these.
std::vector<Json> decoder_tokens(const Json& config) {
  std::vector<Json> tokens;
  const Json listed = config.value("added_tokens_decoder", Json::object());
  for (const auto& [id, token] : listed.items()) {
    TokenId number = -1;
    if (std::from_chars(id.data(), id.data() + id.size(), number).ptr != id.data() + id.size() || !token.is_object())
      throw BadInput(
          fmt::format("tokenizer_config.json: added_tokens_decoder has '{}' where an id and a token should be", id));
    tokens.push_back(token);
    tokens.back()["id"] = number;
  }
  std::ranges::sort(tokens, {}, [](const Json& token) { return token.at("id").get<TokenId>(); });
  return tokens;
}

/// A post-processor that puts the tokens with these roles before and after a text.
Json begin_and_end(const TokenModel& model, const Json& description, const Json& config, bool begin, bool end) {
  Json single = Json::array(), ids = Json::object();
  const auto add = [&](const char* role) {
    const std::string content = content_of(config.value(role, Json()));
    Json id = model.id(content) ? Json(*model.id(content)) : Json();
    for (const Json& token : description.at("added_tokens"))
      if (id.is_null() && token.value("content", "") == content) id = token.value("id", Json());
    if (content.empty() || id.is_null()) return;
    single.push_back({{"SpecialToken", {{"id", content}}}});
    ids[content] = {{"ids", Json::array({id})}};
  };
  if (begin) add("bos_token");
  single.push_back({{"Sequence", {{"id", "A"}}}});
  if (end) add("eos_token");
  return {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", ids}};
}

bool flag(const Json& config, const char* name, bool otherwise) {
  const auto found = config.find(name);
  return found != config.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::string class_of(const Json& config) {
  const auto found = config.find("tokenizer_class");
  return found != config.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Json describe(const SentencePieceModel& model, Json& config, const Json& added_tokens) {
  const auto assign = [&](const char* role, const std::string& piece) {
    if (!piece.empty() && !config.contains(role)) config[role] = piece;
  };
  assign("bos_token", model.bos());
  assign("eos_token", model.eos());
  assign("pad_token", model.pad());
  assign("unk_token", model.unknown_token().value_or(""));

  Json added = Json::array();
  for (const Json& token : decoder_tokens(config)) added.push_back(token);
  std::vector<std::pair<TokenId, std::string>> older;
  for (const auto& [content, id] : added_tokens.items()) older.emplace_back(id.get<TokenId>(), content);
  std::ranges::sort(older);
  for (const auto& [id, content] : older)
    if (!holds(added, content)) added.push_back({{"id", id}, {"content", content}, {"normalized", false}});
  for (const std::string& piece : model.special_pieces())
    if (!holds(added, piece)) added.push_back(special_token(piece));

  Json steps = Json::array({{{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
                            {{"type", "ByteFallback"}},
                            {{"type", "Fuse"}}});
  if (model.adds_prefix()) steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  Json description = {{"added_tokens", added}, {"decoder", {{"type", "Sequence"}, {"decoders", steps}}}};
  const bool t5 = class_of(config).starts_with("T5");
  description["post_processor"] =
      begin_and_end(model, description, config, flag(config, "add_bos_token", !t5), flag(config, "add_eos_token", t5));
  return description;
}

void follow_config(Json& description, const TokenModel& model, const Json& config) {
  Json& added = description["added_tokens"];
  if (added.is_null()) added = Json::array();
  for (const Json& token : decoder_tokens(config))
    if (!holds(added, content_of(token))) added.push_back(token);
  for (const char* role : roles) {
    const std::string content = content_of(config.value(role, Json()));
    if (model.id(content) && !holds(added, content)) added.push_back(special_token(content));
  }

  Json pre_tokenizer = description.value("pre_tokenizer", Json());
  if (pre_tokenizer.is_object() && pre_tokenizer.value("type", "") == "ByteLevel" &&
      config.contains("add_prefix_space")) {
    pre_tokenizer["add_prefix_space"] = flag(config, "add_prefix_space", pre_tokenizer.value("add_prefix_space", true));
    description["pre_tokenizer"] = pre_tokenizer;
  }
  const std::string name = class_of(config);
  const bool asks = config.contains("add_bos_token") || config.contains("add_eos_token");
  if (asks && (name.starts_with("Llama") || name.starts_with("CodeLlama") || name.starts_with("Gemma")))
    description["post_processor"] = begin_and_end(model, description, config, flag(config, "add_bos_token", true),
                                                  flag(config, "add_eos_token", false));
}

}  // namespace assay::text
