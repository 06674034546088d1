#include "models/local/local_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "models/local/batch.h"
#include "models/local/transformer.h"

namespace assay::models {
namespace {

ComputeType compute_type(const std::string& dtype) {
  if (dtype == "auto" || dtype == "f32") return ComputeType::stored;
  if (dtype == "bf16") return ComputeType::bf16;
  if (dtype == "int8") return ComputeType::int8;
  throw BadInput(fmt::format("dtype '{}' is not known; auto, f32, bf16 and int8 are", dtype));
}

void check_device(const std::string& device) {
  if (device == "auto" || device == "cpu") return;
  if (device == "cuda") {
    throw BadInput(
        "device 'cuda': this build of assay has no CUDA device: it runs local models on the CPU; use auto or cpu");
  }
  throw BadInput(fmt::format("device '{}' is not known; auto, cpu and cuda are", device));
}

/// The end of a prompt that decides how a continuation joins it.
std::string_view tail_of(std::string_view prompt) {
  constexpr std::size_t kLongest = 64;
  if (prompt.size() <= kLongest) return prompt;
  std::string_view tail = prompt.substr(prompt.size() - kLongest);
  const std::size_t blank = tail.find_first_of(" \n\t");
  if (blank != std::string_view::npos) return tail.substr(blank);
  while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0U) == 0x80U) tail.remove_prefix(1);
  return tail;
}

}  // namespace

struct LocalModel::Rep {
  Transformer transformer;
  text::Tokenizer tokenizer;
  sdk::ModelInfo info;
  std::optional<ChatTemplate> chat_template;
  Batch batch;
  sdk::RequestId next = 1;
  std::int64_t prompt_tokens = 0;
  std::vector<sdk::Finished> finished;  // those that failed before they were run

  Rep(const std::filesystem::path& folder, const LocalModelOptions& options, const AdapterWeights* adapter)
      : transformer(folder, ModelConfig::read(folder), adapter, compute_type(options.dtype), options.threads),
        tokenizer(text::Tokenizer::from_folder(folder)),
        batch(transformer, tokenizer, options.batch, options.cache_bytes, options.share_prefixes) {
    const ModelConfig& config = transformer.config();
    info.name = folder.filename().empty() ? folder.parent_path().filename().string() : folder.filename().string();
    info.context_length = transformer.context_length();
    info.parameters = config.parameter_count();
    chat_template = chat_template_of(folder, tokenizer);
    info.has_chat_template = chat_template.has_value();
    for (std::size_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
      const auto token = static_cast<text::TokenId>(id);
      if (tokenizer.is_special(token)) info.special_tokens.push_back(tokenizer.token(token));
    }
  }

  std::vector<std::int32_t> tokens(const LocalModel& model, const sdk::Prompt& prompt) const {
    if (prompt.messages.empty()) return tokenizer.encode(prompt.text, true);
    return tokenizer.encode(prompt.text.empty() ? model.render_chat(prompt.messages, true) : prompt.text, false);
  }

  /// The tokens that `continuation` adds after `prompt`.
  std::vector<std::int32_t> continuation(std::string_view prompt, const std::string& continuation) const {
    const std::string_view tail = tail_of(prompt);
    const auto before = tokenizer.encode(tail, false);
    auto whole = tokenizer.encode(std::string(tail) + continuation, false);
    if (whole.size() >= before.size() && std::equal(before.begin(), before.end(), whole.begin())) {
      return {whole.begin() + static_cast<std::ptrdiff_t>(before.size()), whole.end()};
    }
    // The prompt's last token would have become another one; the prompt stays what it is.
    return tokenizer.encode(continuation, false);
  }

  /// The continuations that the choices are.
  std::vector<std::vector<std::int32_t>> choices(const LocalModel& model, const sdk::ScoreChoices& score) const {
    const bool rendered = !score.prompt.text.empty() || score.prompt.messages.empty();
    const std::string text = rendered ? score.prompt.text : model.render_chat(score.prompt.messages, true);
    std::vector<std::vector<std::int32_t>> all;
    for (const std::string& choice : score.choices) all.push_back(continuation(text, choice));
    return all;
  }

  /// Positions that scoring runs through the model after the prompt: a choice's last token is not read.
  static std::size_t longest_of(const std::vector<std::vector<std::int32_t>>& choices) {
    std::size_t longest = 0;
    for (const auto& choice : choices) longest = std::max(longest, choice.empty() ? 0 : choice.size() - 1);
    return longest;
  }

  /// Why the request cannot be run, empty when it can.
  std::string fault(const TokenRequest& request) const {
    const ModelConfig& config = transformer.config();
    if (request.prompt.empty()) return "the prompt is empty and this tokenizer begins a text with no token of its own";
    for (const std::int32_t token : request.prompt) {
      if (token < 0 || token >= config.vocab_size) {
        return fmt::format("the tokenizer gave token {} and the model has {}: their files do not belong together",
                           token, config.vocab_size);
      }
    }
    for (const auto& choice : request.choices) {
      if (choice.empty()) return "a choice is empty: it adds no token to the prompt";
      for (const std::int32_t token : choice) {
        if (token < 0 || token >= config.vocab_size)
          return fmt::format("the tokenizer gave token {} for a choice", token);
      }
    }
    const std::size_t longest = longest_of(request.choices);
    const auto length = static_cast<std::int64_t>(request.prompt.size() + longest);
    const std::int64_t context = transformer.context_length();
    if (length > context) {
      return fmt::format("the prompt has {} tokens{} and the model's context {}: shorten it (fewer shots or passages)",
                         request.prompt.size(), longest > 0 ? fmt::format(", {} with its longest choice", length) : "",
                         context);
    }
    const auto* generate = std::get_if<sdk::Generate>(&request.request.what);
    if (generate != nullptr) {
      if (length == context) {
        return fmt::format("the prompt has {} tokens, which fills the model's context: nothing can be written", length);
      }
      const sdk::GenerationSettings& settings = generate->settings;
      if (generate->samples < 1 || settings.max_tokens < 1) return "samples and max_tokens must be 1 or more";
      if (settings.temperature < 0 || settings.top_p <= 0 || settings.top_p > 1 || settings.top_k < 0 ||
          settings.min_p < 0 || settings.min_p > 1 || settings.repetition_penalty <= 0) {
        return "a generation setting is out of range: temperature >= 0, 0 < top_p <= 1, top_k >= 0, 0 <= min_p <= 1, "
               "repetition_penalty > 0";
      }
    }
    if (std::holds_alternative<sdk::ScoreChoices>(request.request.what) && request.choices.empty()) {
      return "there are no choices to score";
    }
    return {};
  }

  void check(std::span<const std::int32_t> ids, std::size_t least) const {
    const ModelConfig& config = transformer.config();
    if (ids.size() < least || static_cast<std::int64_t>(ids.size()) > transformer.context_length()) {
      throw UnsupportedModel(fmt::format("{} tokens were given where the model takes {} to {}", ids.size(), least,
                                         transformer.context_length()));
    }
    for (const std::int32_t id : ids) {
      if (id < 0 || id >= config.vocab_size) {
        throw UnsupportedModel(fmt::format("there is no token {}; the model has {}", id, config.vocab_size));
      }
    }
  }
};

LocalModel::LocalModel(const std::filesystem::path& folder, const LocalModelOptions& options,
                       const AdapterWeights* adapter)
    : rep_((check_device(options.device), std::make_unique<Rep>(folder, options, adapter))) {}

LocalModel::~LocalModel() = default;

const sdk::ModelInfo& LocalModel::info() const { return rep_->info; }
const text::Tokenizer& LocalModel::tokenizer() const { return rep_->tokenizer; }

std::int64_t LocalModel::count_tokens(const sdk::Prompt& prompt) const {
  return static_cast<std::int64_t>(tokens(prompt).size());
}

std::int64_t LocalModel::tokens_needed(const sdk::Request& request) const {
  if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
    return count_tokens(score->prompt) + static_cast<std::int64_t>(Rep::longest_of(rep_->choices(*this, *score)));
  }
  if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
    return count_tokens(generate->prompt) + generate->settings.max_tokens;
  }
  return count_tokens({std::get<sdk::Embed>(request.what).text, {}});
}

std::vector<std::int32_t> LocalModel::tokens(const sdk::Prompt& prompt) const { return rep_->tokens(*this, prompt); }

std::string LocalModel::render_chat(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  if (!rep_->chat_template)
    throw UnsupportedModel(fmt::format("{}: the model has no chat template; give it plain text", rep_->info.name));
  return rep_->chat_template->render(messages, add_generation_prompt);
}

const ChatTemplate* LocalModel::chat_template() const { return rep_->chat_template ? &*rep_->chat_template : nullptr; }

std::vector<sdk::RequestId> LocalModel::submit(std::vector<sdk::Request> requests) {
  std::vector<sdk::RequestId> ids;
  for (sdk::Request& request : requests) {
    TokenRequest tokens;
    tokens.id = rep_->next++;
    ids.push_back(tokens.id);
    std::string fault;
    try {
      if (const auto* embed = std::get_if<sdk::Embed>(&request.what)) {
        tokens.prompt = rep_->tokenizer.encode(embed->text, true);
      } else if (const auto* generate = std::get_if<sdk::Generate>(&request.what)) {
        tokens.prompt = rep_->tokens(*this, generate->prompt);
      } else {
        const auto& score = std::get<sdk::ScoreChoices>(request.what);
        tokens.prompt = rep_->tokens(*this, score.prompt);
        tokens.choices = rep_->choices(*this, score);
      }
      tokens.request = std::move(request);
      fault = rep_->fault(tokens);
    } catch (const UnsupportedModel& error) {
      fault = error.what();
    }
    if (!fault.empty()) {
      sdk::Completion completion;
      completion.error = std::move(fault);
      rep_->finished.push_back({ids.back(), std::move(completion)});
      continue;
    }
    rep_->prompt_tokens += static_cast<std::int64_t>(tokens.prompt.size());
    rep_->batch.add(std::move(tokens));
  }
  return ids;
}

void LocalModel::listen(std::function<void(sdk::RequestId, std::size_t, std::string_view)> listener) {
  rep_->batch.listen(std::move(listener));
}

std::vector<sdk::Finished> LocalModel::collect() {
  std::vector<sdk::Finished> finished = std::exchange(rep_->finished, {});
  while (finished.empty() && !rep_->batch.idle()) rep_->batch.step(finished);
  return finished;
}

std::vector<float> LocalModel::logits(std::span<const std::int32_t> ids) {
  rep_->check(ids, 1);
  const auto run = rep_->transformer.pool().make(nullptr, 0, static_cast<std::int64_t>(ids.size()));
  const Span span{run.get(), ids, 1};
  std::vector<float> hidden, logits;
  rep_->transformer.forward({&span, 1}, hidden);
  rep_->transformer.logits(hidden, logits);
  logits.resize(static_cast<std::size_t>(rep_->transformer.config().vocab_size));
  return logits;
}

double LocalModel::mean_cross_entropy(std::span<const std::int32_t> ids) {
  rep_->check(ids, 2);
  const ModelConfig& config = rep_->transformer.config();
  const std::size_t count = ids.size() - 1;
  const auto run = rep_->transformer.pool().make(nullptr, 0, static_cast<std::int64_t>(count));
  const Span span{run.get(), ids.first(count), static_cast<std::int64_t>(count)};
  std::vector<float> hidden, logits;
  rep_->transformer.forward({&span, 1}, hidden);
  const auto width = static_cast<std::size_t>(config.hidden_size);
  double sum = 0;
  for (std::size_t t = 0; t < count; ++t) {
    rep_->transformer.logits(std::span(hidden).subspan(t * width, width), logits);
    sum += kernels().log_sum_exp(logits.data(), config.vocab_size) -
           static_cast<double>(logits[static_cast<std::size_t>(ids[t + 1])]);
  }
  return sum / static_cast<double>(count);
}

double LocalModel::rounding_error() const { return rep_->transformer.rounding_error(); }

LocalModel::Work LocalModel::work() const { return {rep_->prompt_tokens, rep_->batch.computed_tokens()}; }

}  // namespace assay::models
