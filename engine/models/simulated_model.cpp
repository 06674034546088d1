#include "models/simulated_model.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <thread>
#include <utility>

#include "models/estimated_tokens.h"

namespace assay::models {
namespace {

constexpr std::size_t kEmbeddingWidth = 64;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::uint64_t hash(std::string_view text) {  // FNV-1a, so that answers do not change with the standard library
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<std::string_view> result;
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    result.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string conversation(std::span<const sdk::Message> messages, bool add_generation_prompt) {
  std::string text;
  for (const sdk::Message& message : messages) text += fmt::format("{}: {}\n", message.role, message.content);
  if (add_generation_prompt) text += "assistant:";
  return text;
}

std::string prompt_text(const sdk::Prompt& prompt) {
  return prompt.text.empty() ? conversation(prompt.messages, true) : prompt.text;
}

std::int64_t count_shots(const sdk::Prompt& prompt) {
  if (!prompt.messages.empty()) {
    return std::count_if(prompt.messages.begin(), prompt.messages.end(),
                         [](const sdk::Message& message) { return message.role == "assistant"; });
  }
  const auto all = words(prompt.text);
  return all.empty() ? 0 : std::count(all.begin(), all.end(), all.back()) - 1;
}

std::string cut_at_stop(std::string text, const std::vector<std::string>& stops) {
  std::size_t end = text.size();
  for (const std::string& stop : stops) {
    if (!stop.empty()) end = std::min(end, text.find(stop));
  }
  return text.substr(0, end);
}

/// A bag of hashed words of unit length: texts that share words lie close.
std::vector<float> embed(std::string_view text) {
  std::vector<float> vector(kEmbeddingWidth, 0.0F);
  for (const std::string_view word : words(text)) {
    const std::uint64_t h = hash(word);
    vector[h % kEmbeddingWidth] += (h >> 32) % 2 == 0 ? 1.0F : -1.0F;
  }
  float squares = 0;
  for (const float x : vector) squares += x * x;
  if (squares > 0) {
    for (float& x : vector) x /= std::sqrt(squares);
  }
  return vector;
}

}  // namespace

SimulatedSettings SimulatedSettings::parse(const Json& options) {
  SimulatedSettings settings;
  const auto number = [](const std::string& key, const Json& value, double low, double high) {
    if (!value.is_number() || value.get<double>() < low || value.get<double>() > high) {
      throw BadInput(
          fmt::format("simulated model: '{}' must be a number from {} to {}, not {}", key, low, high, value.dump()));
    }
    return value.get<double>();
  };
  for (const auto& [key, value] : options.items()) {
    if (key == "accuracy") {
      settings.accuracy = number(key, value, 0, 1);
    } else if (key == "shots_gain") {
      settings.shots_gain = number(key, value, -1, 1);
    } else if (key == "latency_ms") {
      settings.latency_ms = number(key, value, 0, 1e6);
    } else if (key == "completion_tokens") {
      settings.completion_tokens = static_cast<std::int64_t>(number(key, value, 0, 1e6));
    } else if (key == "context_length") {
      settings.context_length = static_cast<std::int64_t>(number(key, value, 1, 1e9));
    } else {
      throw BadInput(
          fmt::format("simulated model: unknown key '{}'; known are accuracy, completion_tokens, "
                      "context_length, latency_ms, shots_gain",
                      key));
    }
  }
  return settings;
}

SimulatedModel::SimulatedModel(std::string name, SimulatedSettings settings,
                               std::map<std::string, SimulatedAnswer> answers)
    : settings_(settings), answers_(std::move(answers)) {
  info_.name = std::move(name);
  info_.context_length = settings_.context_length;
  info_.has_chat_template = true;
}

std::int64_t SimulatedModel::count_tokens(const sdk::Prompt& prompt) const {
  return estimated_tokens(prompt_text(prompt));
}

std::string SimulatedModel::render_chat(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  return conversation(messages, add_generation_prompt);
}

sdk::Completion SimulatedModel::answer(const sdk::Request& request) const {
  sdk::Completion completion;
  completion.usage.estimated = true;
  if (const auto* wanted = std::get_if<sdk::Embed>(&request.what)) {
    completion.embedding = embed(wanted->text);
    completion.usage.prompt_tokens = estimated_tokens(wanted->text);
    return completion;
  }
  const auto* generate = std::get_if<sdk::Generate>(&request.what);
  const auto* score = std::get_if<sdk::ScoreChoices>(&request.what);
  const sdk::Prompt& prompt = generate != nullptr ? generate->prompt : score->prompt;
  completion.usage.prompt_tokens = count_tokens(prompt);
  if (completion.usage.prompt_tokens > settings_.context_length) {
    completion.error = fmt::format("the prompt has about {} tokens and the model's context {}",
                                   completion.usage.prompt_tokens, settings_.context_length);
    return completion;
  }
  const auto known = answers_.find(request.example_id);
  if (known == answers_.end()) {
    completion.error = fmt::format("the simulated model was given no answer for example '{}'", request.example_id);
    return completion;
  }
  const SimulatedAnswer& key = known->second;
  const double chance =
      std::clamp(settings_.accuracy + settings_.shots_gain * static_cast<double>(count_shots(prompt)), 0.0, 1.0);
  const std::uint64_t owner = hash(request.example_id) ^ request.draw.request;
  const std::uint64_t asked = hash(prompt_text(prompt));
  const auto draw = [&](std::uint64_t sample) {
    return sdk::Random(request.draw.seed ^ asked, "simulated", owner, sample);
  };

  if (score != nullptr) {
    sdk::Random random = draw(0);
    const bool right = random.uniform() < chance;
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < score->choices.size(); ++i) {
      if ((trimmed(score->choices[i]) == trimmed(key.target)) == right) candidates.push_back(i);
    }
    if (score->choices.empty()) {
      completion.error = "there are no choices to score";
      return completion;
    }
    completion.choice = candidates.empty() ? 0 : candidates[random.below(candidates.size())];
    for (std::size_t i = 0; i < score->choices.size(); ++i) {
      completion.choice_scores.push_back(i == completion.choice ? -0.1 - 0.4 * random.uniform()
                                                                : -1.0 - 4.0 * random.uniform());
    }
    completion.usage.completion_tokens = settings_.completion_tokens > 0
                                             ? settings_.completion_tokens
                                             : estimated_tokens(score->choices[completion.choice]);
    return completion;
  }
  for (int i = 0; i < generate->samples; ++i) {
    sdk::Random random = draw(generate->settings.temperature > 0 ? static_cast<std::uint64_t>(i) : 0);
    std::string text = key.target;
    if (random.uniform() >= chance) {
      std::vector<std::string> others;
      for (const std::string& choice : key.choices) {
        if (trimmed(choice) != trimmed(key.target)) others.push_back(choice);
      }
      text = others.empty() ? fmt::format("not {}", random.below(1000)) : others[random.below(others.size())];
    }
    sdk::Sample sample;
    sample.text = cut_at_stop(std::move(text), generate->settings.stop);
    sample.finish_reason = "stop";
    const std::int64_t tokens = settings_.completion_tokens > 0
                                    ? settings_.completion_tokens
                                    : std::max<std::int64_t>(1, estimated_tokens(sample.text));
    completion.usage.completion_tokens += tokens;
    if (generate->log_probabilities) {
      for (std::int64_t t = 0; t < tokens; ++t) sample.log_probabilities.push_back(-random.uniform());
    }
    completion.samples.push_back(std::move(sample));
  }
  return completion;
}

std::vector<sdk::RequestId> SimulatedModel::submit(std::vector<sdk::Request> requests) {
  std::vector<sdk::RequestId> ids;
  const double now = settings_.latency_ms > 0 ? seconds_now() : 0;
  for (const sdk::Request& request : requests) {
    Pending pending{now, {next_++, answer(request)}};
    if (settings_.latency_ms > 0) {
      sdk::Random random(request.draw.seed, "latency", hash(request.example_id), request.draw.request);
      pending.finished.completion.milliseconds = settings_.latency_ms * (0.5 + random.uniform());
      pending.due += pending.finished.completion.milliseconds / 1000;
    }
    ids.push_back(pending.finished.id);
    pending_.push_back(std::move(pending));
  }
  return ids;
}

std::vector<sdk::Finished> SimulatedModel::collect() {
  std::vector<sdk::Finished> finished;
  if (pending_.empty()) return finished;
  double now = 0;
  if (settings_.latency_ms > 0) {
    const auto first =
        std::min_element(pending_.begin(), pending_.end(), [](const auto& a, const auto& b) { return a.due < b.due; });
    const double wait = first->due - seconds_now();
    if (wait > 0) std::this_thread::sleep_for(std::chrono::duration<double>(wait));
    now = std::max(first->due, seconds_now());
  }
  std::deque<Pending> later;
  for (Pending& pending : pending_) {
    if (pending.due <= now) {
      finished.push_back(std::move(pending.finished));
    } else {
      later.push_back(std::move(pending));
    }
  }
  pending_ = std::move(later);
  return finished;
}

}  // namespace assay::models
