#pragma once
#include "assay/sdk/language_model.h"

namespace assay::run {

/// A model that asks another one, which outlives it, and is what that one is.
class ModelAround : public sdk::LanguageModel {
 public:
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

 protected:
  explicit ModelAround(sdk::LanguageModel& model) : model_(model) {}

  sdk::LanguageModel& model_;
};

}  // namespace assay::run
