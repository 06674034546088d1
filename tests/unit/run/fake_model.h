#pragma once
#include <fmt/core.h>

#include <functional>
#include <string>
#include <vector>

#include "assay/sdk/language_model.h"

namespace assay::testing {

/// Answers every request by `reply`, the last one first; keeps what it was asked, batch by batch.
class FakeModel final : public sdk::LanguageModel {
 public:
  std::vector<std::vector<sdk::Request>> batches;
  std::function<sdk::Completion(const sdk::Request&)> reply = [](const sdk::Request& request) {
    sdk::Completion completion;
    if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
      for (std::size_t i = 0; i < score->choices.size(); ++i)
        completion.choice_scores.push_back(-1.0 - static_cast<double>(i));
    } else {
      completion.samples = {{" answer to " + request.example_id + " ", "stop", {}}};
    }
    completion.usage.prompt_tokens = 10;
    completion.usage.completion_tokens = 2;
    return completion;
  };
  sdk::ModelInfo about;

  [[nodiscard]] const sdk::ModelInfo& info() const override { return about; }
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override {
    return static_cast<std::int64_t>(prompt.text.size());
  }
  /// "<role>content" and `turn_end` a message; what opens the assistant's turn is "<assistant>".
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override {
    std::string text;
    for (const sdk::Message& message : messages)
      text += fmt::format("<{}>{}{}", message.role, message.content, turn_end);
    return add_generation_prompt ? text + generation_prompt : text;
  }
  std::string turn_end = "\n";
  std::string generation_prompt = "<assistant>";

  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override {
    std::vector<sdk::RequestId> ids;
    for (const sdk::Request& request : requests) {
      ids.push_back(next_++);
      finished_.push_back({ids.back(), reply(request)});
    }
    batches.push_back(std::move(requests));
    return ids;
  }
  std::vector<sdk::Finished> collect() override {
    if (finished_.empty()) return {};
    std::vector<sdk::Finished> one{std::move(finished_.back())};
    finished_.pop_back();
    return one;
  }

 private:
  sdk::RequestId next_ = 1;
  std::vector<sdk::Finished> finished_;
};

}  // namespace assay::testing
