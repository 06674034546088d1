#include "run/learning_texts.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "text/tokenizer.h"

namespace assay::run {
namespace {

/// How many tokens of a text end before the byte `end`: those that its beginning has in common with it.
std::size_t tokens_before(const text::Tokenizer& tokenizer, const std::string& text, std::size_t end, const std::vector<std::int32_t>& ids) {
  if (end >= text.size()) return ids.size();
  const std::vector<std::int32_t> beginning = tokenizer.encode(text.substr(0, end), false);
  return static_cast<std::size_t>(std::mismatch(beginning.begin(), beginning.end(), ids.begin(), ids.end()).second - ids.begin());
}

TooLong too_long_of(const Json& params) {
  const std::string word = params.value("too_long", "error");
  return word == "cut" ? TooLong::cut : word == "leave_out" ? TooLong::leave_out : TooLong::error;
}

}  // namespace

std::vector<train::TrainingExample> row_texts(const std::vector<sdk::Example>& examples, const models::LocalModel& model,
                                              const Prompter& prompter, const std::string& instruction) {
  // Ids are those of inference: the prompt as the model sees it, then the continuation encoded by itself.
  std::vector<train::TrainingExample> result;
  for (const sdk::Example& example : examples) {
    sdk::PromptDraft draft;
    draft.instruction = instruction;
    draft.input = example.input.text;
    const sdk::Prompt prompt = prompter.render(draft, example.input);
    const std::vector<std::int32_t> answer =
        model.tokenizer().encode(prompter.continuation(draft, prompt, example.target, example.input), false);
    train::TrainingExample one;
    one.tokens = model.tokens(prompt);
    one.loss_weights.assign(one.tokens.size(), 0.0F);
    one.tokens.insert(one.tokens.end(), answer.begin(), answer.end());
    one.loss_weights.resize(one.tokens.size(), 1.0F);
    if (const auto window = model.info().context_length; window > 0 && static_cast<std::int64_t>(one.tokens.size()) > window) {
      throw BadInput(fmt::format("training example {} has {} tokens but the window of model '{}' has {}; shorten the prompt "
                                 "or leave the example out",
                                 example.input.id, one.tokens.size(), model.info().name, window));
    }
    result.push_back(std::move(one));
  }
  return result;
}

std::vector<train::TrainingExample> conversation_texts(const data::Conversation& conversation, const models::ChatTemplate& chat,
                                                       const text::Tokenizer& tokenizer, std::int64_t window, TooLong too_long) {
  std::vector<models::MarkedText> texts;
  try {
    texts = chat.learnt_texts(conversation.messages, conversation.learnt);
  } catch (const UnsupportedModel&) {
    throw;
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", conversation.where, error.what()));
  }
  std::vector<train::TrainingExample> result;
  for (const models::MarkedText& text : texts) {
    train::TrainingExample one;
    one.tokens = tokenizer.encode(text.text, false);
    one.loss_weights.assign(one.tokens.size(), 0.0F);
    std::size_t fits = 0;
    for (const models::TextSpan& turn : text.learnt) {
      const std::size_t begin = tokens_before(tokenizer, text.text, turn.begin, one.tokens);
      const std::size_t end = tokens_before(tokenizer, text.text, turn.end, one.tokens);
      if (window > 0 && static_cast<std::int64_t>(end) > window) break;
      std::fill(one.loss_weights.begin() + static_cast<std::ptrdiff_t>(begin), one.loss_weights.begin() + static_cast<std::ptrdiff_t>(end), 1.0F);
      if (end > begin) fits = end;
    }
    if (window > 0 && static_cast<std::int64_t>(one.tokens.size()) > window) {
      if (too_long == TooLong::error) {
        throw BadInput(fmt::format("{}: this conversation has {} tokens but the model's window has {}; shorten it, or say `too_long: cut` or "
                                   "`too_long: leave_out`",
                                   conversation.where, one.tokens.size(), window));
      }
      if (too_long == TooLong::leave_out) continue;
      one.tokens.resize(fits);
      one.loss_weights.resize(fits);
    }
    if (fits > 0) result.push_back(std::move(one));
  }
  return result;
}

std::vector<train::TrainingExample> mixed(std::span<const WeightedTexts> sets, std::uint64_t seed) {
  std::vector<train::TrainingExample> all;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const auto& [texts, weight] = sets[s];
    if (texts.empty() || weight <= 0) continue;
    const auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(weight * static_cast<double>(texts.size()))));
    for (std::size_t whole = 0; whole < wanted / texts.size(); ++whole) all.insert(all.end(), texts.begin(), texts.end());
    std::vector<std::size_t> order(texts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    sdk::Random(seed, "mixture", s).shuffle(std::span<std::size_t>(order));
    order.resize(wanted % texts.size());
    std::sort(order.begin(), order.end());
    for (const std::size_t i : order) all.push_back(texts[i]);
  }
  return all;
}

std::vector<train::TrainingExample> conversation_mixture(const Json& params, std::vector<train::TrainingExample> rows,
                                                         const models::LocalModel& model, std::uint64_t seed,
                                                         const std::function<void(const std::string&)>& log) {
  std::vector<WeightedTexts> sets;
  const TooLong too_long = too_long_of(params);
  for (const Json& source : params.at("conversations")) {
    const std::filesystem::path file = source.at("path").get<std::string>();
    WeightedTexts set{{}, source.value("weight", 1.0)};
    const std::vector<data::Conversation> conversations = data::read_conversations(file);
    for (const data::Conversation& conversation : conversations) {
      for (train::TrainingExample& text :
           conversation_texts(conversation, model.chat_template(), model.tokenizer(), model.info().context_length, too_long)) {
        set.texts.push_back(std::move(text));
      }
    }
    log(fmt::format("{}: {} conversations make {} texts that fit the window", file.filename().string(), conversations.size(), set.texts.size()));
    if (set.texts.empty()) {
      throw BadInput(fmt::format("{}: none of its {} conversations fits the model's window of {} tokens", file.filename().string(),
                                 conversations.size(), model.info().context_length));
    }
    sets.push_back(std::move(set));
  }
  sets.push_back({std::move(rows), params.value("rows_weight", 0.0)});
  return mixed(sets, seed);
}

}  // namespace assay::run
