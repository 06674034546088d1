#include <fmt/format.h>

#include <boost/dll/shared_library.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unordered_map>

#include "assay/sdk/error.h"
#include "cli/command.h"
#include "cli/installation.h"
#include "config/nearest.h"
#include "config/yaml.h"
#include "models/model_config.h"
#include "pretrain/corpus.h"
#include "text/bpe_trainer.h"
#include "text/tokenizer.h"
#include "train/backend.h"

namespace assay::cli {
namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

volatile std::sig_atomic_t stop_requested = 0;

/// Documents that the vocabulary is learnt on lie far beyond those that training reaches.
constexpr std::uint64_t kVocabularyDocuments = std::uint64_t{1} << 52;

/// Turns documents into tokens, each stretch alone, with the stretch's weight on each of its tokens.
class TokenisedCorpus final : public train::DocumentSource {
 public:
  TokenisedCorpus(const synth::Corpus& corpus, const text::Tokenizer& tokenizer)
      : corpus_(corpus), tokenizer_(tokenizer) {}

  train::WeightedTokens document(std::uint64_t index) override {
    train::WeightedTokens document;
    for (const synth::Span& span : corpus_.document(index)) {
      const auto ids = tokenizer_.encode(span.text, false);
      document.tokens.insert(document.tokens.end(), ids.begin(), ids.end());
      document.weights.insert(document.weights.end(), ids.size(), span.weight);
    }
    return document;
  }

 private:
  const synth::Corpus& corpus_;
  const text::Tokenizer& tokenizer_;
};

/// Calls `each` for " word" and "\n", the pieces that merges may not cross.
template <class F>
void for_each_word(std::string_view text, F each) {
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start + 1;
    if (text[start] != '\n') {
      while (end < text.size() && text[end] != ' ' && text[end] != '\n') ++end;
    }
    each(text.substr(start, end - start));
    start = end;
  }
}

/// Learns the vocabulary on words that recur; the corpus' invented labels are rarer and stay in pieces.
Json learn_tokenizer(const synth::Corpus& corpus, std::size_t vocabulary, std::uint64_t documents, std::int64_t least) {
  std::unordered_map<std::string, std::int64_t> counts;
  for (std::uint64_t d = 0; d < documents; ++d) {
    for_each_word(synth::text_of(corpus.document(kVocabularyDocuments + d)),
                  [&](std::string_view word) { ++counts[std::string(word)]; });
  }
  text::BpeTrainerOptions options;
  options.vocabulary_size = vocabulary;
  text::BpeTrainer trainer(options);
  for (std::uint64_t d = 0; d < documents; ++d) {
    std::string kept;
    for_each_word(synth::text_of(corpus.document(kVocabularyDocuments + d)), [&](std::string_view word) {
      if (counts[std::string(word)] >= least) kept += word;
    });
    trainer.add(kept);
  }
  return trainer.train();
}

/// As transformers reads it. The chat template writes a conversation in the corpus' form: instructions and answers are
/// lines, a question ends with an arrow.
Json tokenizer_config(std::int64_t context) {
  return {{"tokenizer_class", "PreTrainedTokenizerFast"},
          {"bos_token", "<eos>"},
          {"eos_token", "<eos>"},
          {"pad_token", "<eos>"},
          {"model_max_length", context},
          {"clean_up_tokenization_spaces", false},
          {"add_bos_token", true},
          {"chat_template",
           "{{- bos_token -}}{%- for message in messages -%}{%- if message['role'] == 'user' -%}{{ ' ' + "
           "message['content'] + ' =>' }}"
           "{%- else -%}{{ ' ' + message['content'] + '\\n' }}{%- endif -%}{%- endfor -%}"}};
}

void write_json(const fs::path& path, const Json& json) {
  std::ofstream file(path);
  file << json.dump(1) << "\n";
  if (!file.flush()) throw Error("cannot write " + path.string() + ": is the disk full?");
}

models::ModelConfig model_config(const Json& model, std::int64_t context, const text::Tokenizer& tokenizer) {
  models::ModelConfig config;
  config.vocab_size = static_cast<std::int64_t>((tokenizer.vocabulary_size() + 63) / 64 * 64);
  config.hidden_size = model.at("hidden_size");
  config.intermediate_size = model.at("intermediate_size");
  config.num_layers = model.at("layers");
  config.num_heads = model.at("heads");
  config.num_kv_heads = model.value("kv_heads", config.num_heads);
  config.head_dim = config.hidden_size / config.num_heads;
  config.max_position_embeddings = context;
  config.norm_epsilon = 1e-5;
  config.rope_theta = 10000;
  config.tie_word_embeddings = true;
  const auto eos = *tokenizer.eos();
  config.bos_token_ids = {eos};
  config.eos_token_ids = {eos};
  return config;
}

/// Every key of `found` must be one of `known`. @throws BadInput with its place
void check_keys(const config::Node& found, const std::vector<std::string>& known) {
  for (const auto& entry : found.entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      throw BadInput(
          fmt::format("{}: unknown key '{}'{}", entry.at.text(), entry.key, config::suggestion(entry.key, known)));
    }
  }
}

/// Reads a specification; `training` is checked by the trainer, which knows its settings.
Json read_specification(const fs::path& file) {
  const config::Node root = config::read_yaml(file);
  check_keys(root, {"name", "tokenizer", "model", "corpus", "training"});
  const std::map<std::string, std::vector<std::string>> sections{
      {"tokenizer", {"vocabulary_size", "documents", "minimum_word_count"}},
      {"model", {"hidden_size", "intermediate_size", "layers", "heads", "kv_heads"}},
      {"corpus", {"seed", "mixture", "max_words"}},
      {"training", {}}};
  for (const auto& [name, known] : sections) {
    const auto* section = root.find(name);
    if (section == nullptr || !section->value.is_map())
      throw BadInput(file.string() + ": the section '" + name + ":' is missing");
    if (!known.empty()) check_keys(section->value, known);
  }
  return config::to_json(root);
}

}  // namespace

int pretrain_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"pretrain", "assay pretrain SPEC [OPTIONS]",
       "Trains a small base model from scratch: learns a tokenizer on the generated corpus, trains, and leaves a\n"
       "Hugging Face folder (bf16). Stopped by Ctrl-C or killed, the same command goes on from its last checkpoint,\n"
       "and comes to the same weights.",
       "assay pretrain experiments/pretrain/nano.yaml --out /tmp/nano"});
  arguments.positional("SPEC", "the specification, a YAML file such as experiments/pretrain/nano.yaml");
  arguments.add()("out", po::value<std::string>()->value_name("DIR"),
                  "the folder to write; default: ../models/NAME beside SPEC's folder");
  arguments.add()("words", po::value<std::string>()->value_name("DIR"), "word lists; default: words/ beside SPEC");
  arguments.add()("tokens", po::value<std::int64_t>()->value_name("N"),
                  "train on so many tokens instead of training.tokens");
  if (!arguments.parse(args)) return all_done;

  const fs::path file = arguments.get<std::string>("SPEC");
  Json spec = read_specification(file);
  if (arguments.has("tokens")) spec["training"]["tokens"] = arguments.get<std::int64_t>("tokens");
  const fs::path out = arguments.has("out")
                           ? fs::path(arguments.get<std::string>("out"))
                           : file.parent_path().parent_path() / "models" / spec.at("name").get<std::string>();
  const fs::path words =
      arguments.has("words") ? fs::path(arguments.get<std::string>("words")) : file.parent_path() / "words";
  const boost::dll::shared_library library(torch_backend().string());
  auto& backend = *library.get<train::BackendFunction>(train::kBackendSymbol)();
  const auto settings = backend.pretrain_settings(spec["training"]);

  synth::CorpusOptions options;
  options.seed = spec["corpus"].value("seed", std::uint64_t{0});
  options.mixture = spec["corpus"].value("mixture", options.mixture);
  options.max_words = spec["corpus"].value("max_words", options.max_words);
  const synth::Corpus corpus(words, options);
  fs::create_directories(out);
  if (!fs::exists(out / "tokenizer.json")) {
    const Json& wanted = spec["tokenizer"];
    std::cout << "learning the vocabulary\n" << std::flush;
    write_json(out / "tokenizer.json", learn_tokenizer(corpus, wanted.at("vocabulary_size"), wanted.at("documents"),
                                                       wanted.at("minimum_word_count")));
    write_json(out / "tokenizer_config.json", tokenizer_config(settings.context));
  }
  const auto tokenizer = text::Tokenizer::from_folder(out);
  TokenisedCorpus source(corpus, tokenizer);
  const auto model = model_config(spec["model"], settings.context, tokenizer);

  std::signal(SIGINT, [](int) { stop_requested = 1; });
  std::signal(SIGTERM, [](int) { stop_requested = 1; });
  const auto report = backend.pretrain(
      model, source, *tokenizer.eos(), settings, out,
      {[](const Json& line) { std::cout << line.dump() << "\n"
                                        << std::flush; }, [] { return stop_requested != 0; }});
  if (report.stopped) {
    std::cout << "stopped at a checkpoint; run the same command again to go on\n";
    return interrupted;
  }
  std::cout << fmt::format("{}: {} tokens in {} steps, held-out loss {:.4f}, on answers {:.4f}\n", out.string(),
                           report.tokens, report.steps, report.loss, report.answer_loss);
  return all_done;
}

}  // namespace assay::cli
