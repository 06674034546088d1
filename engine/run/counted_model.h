#pragma once
#include <utility>

#include "run/stage.h"

namespace assay::run {

/// A model whose answers are charged to the stage that asks.
class CountedModel final : public sdk::LanguageModel {
 public:
  CountedModel(sdk::LanguageModel& model, StageWork& work) : model_(model), work_(work) {}

  [[nodiscard]] const sdk::ModelInfo& info() const override { return model_.info(); }
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override {
    return model_.count_tokens(prompt);
  }
  [[nodiscard]] std::int64_t tokens_needed(const sdk::Request& request) const override {
    return model_.tokens_needed(request);
  }
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override {
    return model_.render_chat(messages, add_generation_prompt);
  }
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override {
    return model_.submit(std::move(requests));
  }
  std::vector<sdk::Finished> collect() override {
    std::vector<sdk::Finished> finished = model_.collect();
    for (const sdk::Finished& one : finished) work_.add_usage(one.completion.usage);
    return finished;
  }

 private:
  sdk::LanguageModel& model_;
  StageWork& work_;
};

}  // namespace assay::run
