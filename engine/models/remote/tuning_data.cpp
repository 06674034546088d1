#include "models/remote/tuning_data.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "assay/sdk/json.h"
#include "models/estimated_tokens.h"

namespace assay::models::remote {
namespace {

constexpr std::size_t kMostBytes = 512U << 20U;
constexpr std::array<std::string_view, 4> kRoles{"system", "developer", "user", "assistant"};

/// Tokens of an example, by the beginning of the model's name (the fine-tuning guide's table of limits); longer ones are cut at their
/// end, which is where the answer stands.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kWindows{
    {{"gpt-4o", 65'536}, {"gpt-4.1", 65'536}, {"gpt-4-0613", 8'192}, {"gpt-3.5-turbo", 16'385}}};

std::int64_t window_of(std::string_view model) {
  const auto found =
      std::find_if(kWindows.begin(), kWindows.end(), [&](const auto& one) { return model.starts_with(one.first); });
  return found == kWindows.end() ? 0 : found->second;
}

Json turn(const std::string& role, const std::string& content) { return {{"role", role}, {"content", content}}; }

/// Why the example cannot be learned; empty where it can.
std::string problem_of(const TuningExample& example, TuningMethod method) {
  for (const sdk::Message& message : example.messages) {
    if (std::find(kRoles.begin(), kRoles.end(), message.role) == kRoles.end()) {
      return fmt::format("the role '{}' is none of system, developer, user and assistant", message.role);
    }
  }
  if (example.messages.empty()) return "there is no question";
  if (example.messages.back().role == "assistant")
    return "the question ends with the assistant's turn, and so must the example with its answer";
  if (example.answer.empty()) return "its answer is empty";
  if (method != TuningMethod::dpo) return "";
  if (example.rejected.empty()) return "the answer that dpo is to reject is empty; see the parameter `rejected`";
  if (example.rejected == example.answer)
    return "what dpo is to reject is the answer itself; see the parameter `rejected`";
  return "";
}

Json line_of(const TuningExample& example, TuningMethod method) {
  Json messages = Json::array();
  for (const sdk::Message& message : example.messages) messages.push_back(turn(message.role, message.content));
  const Json answer = turn("assistant", example.answer);
  if (method == TuningMethod::dpo) {
    return {{"input", {{"messages", std::move(messages)}}},
            {"preferred_output", Json::array({answer})},
            {"non_preferred_output", Json::array({turn("assistant", example.rejected)})}};
  }
  messages.push_back(answer);
  return {{"messages", std::move(messages)}};
}

}  // namespace

TuningFile tuning_file(std::span<const TuningExample> examples, TuningMethod method, const std::string& model,
                       const std::string& what) {
  if (what == "training" && examples.size() < kLeastTuningExamples) {
    throw BadInput(fmt::format("a fine-tuning job needs at least {} training rows, and there are {}",
                               kLeastTuningExamples, examples.size()));
  }
  const std::int64_t window = window_of(model);
  TuningFile file;
  for (const TuningExample& example : examples) {
    const auto refuse = [&](const std::string& why) {
      throw BadInput(fmt::format("{} row {}: {}", what, example.id, why));
    };
    if (const std::string problem = problem_of(example, method); !problem.empty()) refuse(problem);
    std::int64_t tokens = estimated_tokens(example.answer) + estimated_tokens(example.rejected);
    for (const sdk::Message& message : example.messages) tokens += estimated_tokens(message.content);
    if (window > 0 && tokens > window) {
      refuse(fmt::format(
          "it has about {} tokens, and '{}' is trained on {} at most, the rest being cut: shorten it or leave it out",
          tokens, model, window));
    }
    try {
      file.content += line_of(example, method).dump() + '\n';
    } catch (const Json::exception&) {
      refuse("it is no UTF-8");
    }
    file.tokens += tokens;
    ++file.examples;
    if (file.content.size() > kMostBytes)
      throw BadInput(
          fmt::format("the file of {} rows is larger than 512 MB, the most that a server takes; use fewer rows", what));
  }
  return file;
}

}  // namespace assay::models::remote
