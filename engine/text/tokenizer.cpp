#include "text/tokenizer.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unordered_set>

#include "text/added_tokens.h"
#include "text/decoder.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/sentence_piece_model.h"
#include "text/token_model.h"
#include "text/tokenizer_config.h"
#include "text/unicode.h"

namespace assay::text {

struct Tokenizer::State {
  Json config;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::unique_ptr<const TokenModel> model;
  const SentencePieceModel* unprefixed = nullptr;  // puts its prefix before the whole text only
  PostProcessor post_processor;
  Decoder decoder;
  AddedTokenFinder raw_tokens;         // looked for in the text as given
  AddedTokenFinder normalized_tokens;  // looked for after normalisation
  StringMap<TokenId> added;
  std::unordered_set<TokenId> special;
  std::vector<std::string> spelling;  // by id
  std::vector<bool> spelled;
  std::unordered_map<TokenId, std::string> decoded_as;  // what the decoder gets where it is not the spelling
  std::size_t most_tokens = 0;
  TokenId next_id = 0;
  std::optional<TokenId> bos, eos, pad, unk;
  std::optional<std::string> chat_template;

  State(const Json& description, Json tokenizer_config, std::unique_ptr<const TokenModel> token_model)
      : config(std::move(tokenizer_config)),
        normalizer(description.value("normalizer", Json())),
        pre_tokenizer(description.value("pre_tokenizer", Json())),
        model(std::move(token_model)),
        post_processor(description.value("post_processor", Json())),
        decoder(description.value("decoder", Json())) {
    if (const auto* pieces = dynamic_cast<const SentencePieceModel*>(model.get()))
      if (!config.value("legacy", true)) unprefixed = pieces;
    const Json added_tokens = description.value("added_tokens", Json::array());
    next_id = static_cast<TokenId>(model->vocabulary().size());
    most_tokens = model->vocabulary().size() + added_tokens.size();
    for (const auto& [token, id] : model->vocabulary()) spell(token, id);
    for (const Json& entry : added_tokens) add(AddedToken::from_json(entry));
    if (const auto gap = std::find(spelled.begin(), spelled.end(), false); gap != spelled.end())
      throw BadInput(
          fmt::format("tokenizer.json: the vocabulary has a gap: no token has the id {}, though ids go up to {}; "
                      "take this file anew from where the model was published",
                      gap - spelled.begin(), spelled.size() - 1));
  }

  /// Gives the token the id that Hugging Face gives it: the model's own, else the next one after all that are known.
  void add(AddedToken token) {
    if (token.content.empty()) return;
    const TokenId declared = token.id;
    const auto known = id(token.content);
    token.id = known ? *known : next_id++;
    if (!known && declared >= 0 && declared != token.id)
      throw BadInput(fmt::format("tokenizer.json: added token '{}' claims the id {}, its place in the list makes it {}",
                                 token.content, declared, token.id));
    added[token.content] = token.id;
    if (token.special) special.insert(token.id);
    spell(token.content, token.id);
    if (!token.normalized) return raw_tokens.add(token, token.content);
    const std::string normalized = normalizer.apply({token.content, 0}).text;
    normalized_tokens.add(token, normalized);
    if (normalized != token.content) decoded_as[token.id] = normalized;
  }

  void spell(const std::string& token, TokenId id) {
    if (id < 0) throw BadInput(fmt::format("tokenizer.json: token '{}' has no valid id", token));
    const auto at = static_cast<std::size_t>(id);
    // Refused here, since an id far out would ask for memory without bound.
    if (at >= most_tokens)
      throw BadInput(
          fmt::format("tokenizer.json: the vocabulary has a gap: token '{}' has the id {}, and there are {} tokens; "
                      "take this file anew from where the model was published",
                      token, id, most_tokens));
    if (at >= spelling.size()) {
      spelling.resize(at + 1);
      spelled.resize(at + 1);
    }
    spelling[at] = token;
    spelled[at] = true;
  }

  std::optional<TokenId> id(std::string_view token) const {
    if (const auto found = added.find(token); found != added.end()) return found->second;
    return model->id(token);
  }

  std::optional<TokenId> role(const char* name) const {
    const auto found = config.find(name);
    if (found == config.end() || found->is_null()) return std::nullopt;
    return id(found->is_object() ? found->at("content").get<std::string>() : found->get<std::string>());
  }

  void read_config() {
    bos = role("bos_token");
    eos = role("eos_token");
    pad = role("pad_token");
    unk = role("unk_token");
    if (!unk && model->unknown_token()) unk = id(*model->unknown_token());
    const auto found = config.find("chat_template");
    if (found == config.end() || chat_template) return;
    if (found->is_string()) {
      chat_template = found->get<std::string>();
    } else if (found->is_array()) {
      for (const Json& named : *found)
        if (named.value("name", "") == "default") chat_template = named.at("template").get<std::string>();
    }
  }

  /// One stretch of text between added tokens, already normalised.
  void encode_words(std::string_view text, std::size_t origin, std::vector<TokenId>& ids) const {
    if (text.empty()) return;
    if (unprefixed != nullptr && origin == 0) return unprefixed->encode_inside(text, ids);
    Pieces pieces;
    pieces.list.push_back({text, origin});
    pre_tokenizer.apply(pieces);
    for (const Pieces::Piece& piece : pieces.list) model->encode(piece.text, pre_tokenizer.bytes_as_symbols(), ids);
  }

  void encode_stretch(std::string_view text, bool first, std::vector<TokenId>& ids) const {
    if (text.empty()) return;
    std::size_t origin = 0;
    if (first) next_code_point(text, origin);
    Normalized rewritten;
    if (!normalizer.empty()) {
      rewritten = normalizer.apply({std::string(text), origin});
      text = rewritten.text;
      origin = rewritten.origin;
    }
    around(normalized_tokens, text, ids, [&](Span part) {
      encode_words(text.substr(part.begin, part.size()),
                   origin > part.begin ? std::min(origin, part.end) - part.begin : 0, ids);
    });
  }

  template <typename Encode>
  static void around(const AddedTokenFinder& finder, std::string_view text, std::vector<TokenId>& ids, Encode encode) {
    std::size_t done = 0;
    for (const auto& found : finder.find(text)) {
      if (done < found.span.begin) encode(Span{done, found.span.begin});
      ids.push_back(found.id);
      done = found.span.end;
    }
    if (done < text.size()) encode(Span{done, text.size()});
  }
};

namespace {

Json parse(std::string_view text, std::string_view name) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: not valid JSON: {}", name, error.what()));
  }
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw BadInput(fmt::format("{}: cannot be read", path.string()));
  return std::move(text).str();
}

template <typename Build>
auto with_place(const std::string& place, Build build) {
  try {
    return build();
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: not a tokenizer that can be read: {}", place, error.what()));
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", place, error.what()));
  }
}

}  // namespace

Tokenizer Tokenizer::from_json(std::string_view tokenizer_json, std::string_view tokenizer_config_json) {
  return with_place("tokenizer", [&] {
    Json config = parse(tokenizer_config_json, "tokenizer_config.json");
    Json description = parse(tokenizer_json, "tokenizer.json");
    auto model = TokenModel::from_json(description.at("model"));
    follow_config(description, *model, config);
    auto state = std::make_shared<State>(description, std::move(config), std::move(model));
    state->read_config();
    return Tokenizer(state);
  });
}

Tokenizer Tokenizer::from_folder(const std::filesystem::path& folder) {
  const auto file = folder / "tokenizer.json", pieces = folder / "tokenizer.model";
  const bool has_json = std::filesystem::exists(file);
  if (!has_json && !std::filesystem::exists(pieces))
    throw BadInput(fmt::format("{}: the model folder has neither tokenizer.json nor tokenizer.model", folder.string()));
  return with_place(folder.string(), [&] {
    const auto optional_json = [&](const char* name) {
      const auto path = folder / name;
      return std::filesystem::exists(path) ? parse(read(path), name) : Json::object();
    };
    Json config = optional_json("tokenizer_config.json");
    const Json roles = optional_json("special_tokens_map.json");
    for (const auto& [role, token] : roles.items())
      if (!config.contains(role)) config[role] = token;
    Json description;
    std::unique_ptr<const TokenModel> model;
    if (has_json) {
      description = parse(read(file), "tokenizer.json");
      model = TokenModel::from_json(description.at("model"));
    } else {
      auto library = std::make_unique<SentencePieceModel>(pieces);
      description = describe(*library, config, optional_json("added_tokens.json"));
      model = std::move(library);
    }
    follow_config(description, *model, config);
    auto state = std::make_shared<State>(description, std::move(config), std::move(model));
    if (const auto path = folder / "chat_template.jinja"; std::filesystem::exists(path))
      state->chat_template = read(path);
    state->read_config();
    return Tokenizer(state);
  });
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool add_special_tokens) const {
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = to_valid_utf8(text);
    text = repaired;
  }
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 2);
  State::around(state_->raw_tokens, text, ids,
                [&](Span part) { state_->encode_stretch(text.substr(part.begin, part.size()), part.begin == 0, ids); });
  if (add_special_tokens) state_->post_processor.apply(ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const TokenId id : ids) {
    if (skip_special_tokens && is_special(id)) continue;
    const auto rewritten = state_->decoded_as.find(id);
    std::string spelled = rewritten == state_->decoded_as.end() ? token(id) : rewritten->second;
    if (!spelled.empty()) tokens.push_back(std::move(spelled));
  }
  return state_->decoder.decode(std::move(tokens));
}

std::size_t Tokenizer::vocabulary_size() const { return state_->spelling.size(); }
std::optional<TokenId> Tokenizer::id(std::string_view token) const { return state_->id(token); }

std::string Tokenizer::token(TokenId id) const {
  const auto at = static_cast<std::size_t>(id);
  return id >= 0 && at < state_->spelling.size() ? state_->spelling[at] : std::string();
}

bool Tokenizer::is_special(TokenId id) const { return state_->special.contains(id); }
std::optional<TokenId> Tokenizer::bos() const { return state_->bos; }
std::optional<TokenId> Tokenizer::eos() const { return state_->eos; }
std::optional<TokenId> Tokenizer::pad() const { return state_->pad; }
std::optional<TokenId> Tokenizer::unk() const { return state_->unk; }
std::optional<std::string> Tokenizer::chat_template() const { return state_->chat_template; }
const Json& Tokenizer::config() const { return state_->config; }

}  // namespace assay::text
