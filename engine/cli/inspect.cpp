#include <fmt/format.h>

#include <iostream>

#include "assay/sdk/error.h"
#include "cli/model_input.h"
#include "models/model_weights.h"

namespace assay::cli {
namespace {

Json special_tokens(const text::Tokenizer& tokenizer) {
  Json roles = Json::object();
  const auto add = [&](const char* role, const std::optional<text::TokenId>& id) {
    if (id) roles[role] = {{"id", *id}, {"token", tokenizer.token(*id)}};
  };
  add("bos", tokenizer.bos());
  add("eos", tokenizer.eos());
  add("pad", tokenizer.pad());
  add("unk", tokenizer.unk());
  return roles;
}

Json describe(const std::filesystem::path& folder) {
  const auto config = models::ModelConfig::read(folder);
  const auto weights = models::ModelWeights::open(folder, config);
  const auto tokenizer = text::Tokenizer::from_folder(folder);
  Json files = Json::array();
  std::uintmax_t bytes = 0;
  for (const auto& file : weights.files()) {
    const auto size = std::filesystem::file_size(file);
    files.push_back({{"file", file.filename().string()}, {"bytes", size}});
    bytes += size;
  }
  const auto chat = tokenizer.chat_template();
  return {{"architecture", config.model_type},
          {"parameters", config.parameter_count()},
          {"layers", config.num_layers},
          {"hidden_size", config.hidden_size},
          {"heads", config.num_heads},
          {"kv_heads", config.num_kv_heads},
          {"head_dim", config.head_dim},
          {"intermediate_size", config.intermediate_size},
          {"context_length", config.max_position_embeddings},
          {"vocabulary", config.vocab_size},
          {"tokenizer_vocabulary", tokenizer.vocabulary_size()},
          {"stored_dtype", config.stored_dtype},
          {"weight_files", files},
          {"weight_bytes", bytes},
          {"special_tokens", special_tokens(tokenizer)},
          {"eos_token_ids", config.eos_token_ids},
          {"chat_template", chat ? Json(*chat) : Json()}};
}

void print(const Json& about) {
  for (const char* key :
       {"architecture", "parameters", "layers", "hidden_size", "heads", "kv_heads", "head_dim", "intermediate_size",
        "context_length", "vocabulary", "tokenizer_vocabulary", "stored_dtype", "weight_bytes"}) {
    const Json& value = about.at(key);
    std::cout << fmt::format("{:<22}{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  for (const Json& file : about.at("weight_files")) {
    std::cout << fmt::format("{:<22}{} ({} bytes)\n", "weight_file", file.at("file").get<std::string>(),
                             file.at("bytes").get<std::uintmax_t>());
  }
  for (const auto& [role, token] : about.at("special_tokens").items()) {
    std::cout << fmt::format("{:<22}{} ({})\n", role, token.at("token").get<std::string>(), token.at("id").get<int>());
  }
  if (about.contains("int8_error")) {
    std::cout << fmt::format("{:<22}{:.3f} % of the weights' root mean square\n", "int8_error",
                             100 * about.at("int8_error").get<double>());
  }
  std::cout << fmt::format("{:<22}{}\n", "eos_token_ids", about.at("eos_token_ids").dump());
  if (about.at("chat_template").is_null()) {
    std::cout << fmt::format("{:<22}none: conversations become plain text\n", "chat_template");
  } else {
    std::cout << "chat_template\n" << about.at("chat_template").get<std::string>() << "\n";
  }
}

}  // namespace

int inspect_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"inspect", "assay inspect MODEL [--int8] [--json]",
       "Shows what a model folder holds: architecture, parameters, bytes, special tokens, chat template. Checks that\n"
       "every weight is there in its shape and holds numbers. --int8 adds what `dtype: int8` costs: the root mean "
       "square\n"
       "of what rounding does to the weights, as a share of theirs.",
       "assay inspect experiments/models/nano"});
  arguments.positional("MODEL", "a Hugging Face folder");
  arguments.add()("int8", "also round the weights to int8 and tell the error");
  arguments.add()("json", "print JSON instead of text");
  if (!arguments.parse(args)) return all_done;
  Json about = describe(model_folder(arguments));
  if (arguments.has("int8")) {
    models::LocalModelOptions options;
    options.dtype = "int8";
    about["int8_error"] = models::LocalModel(model_folder(arguments), options).rounding_error();
  }
  if (arguments.has("json")) {
    std::cout << about.dump(2) << "\n";
  } else {
    print(about);
  }
  return all_done;
}

}  // namespace assay::cli
