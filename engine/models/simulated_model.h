#pragma once
#include <assay/sdk/language_model.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace assay::models {

/// `source: simulated`: a model without weights that rehearses an experiment.
struct SimulatedSettings {
  double accuracy = 0.7;               ///< probability of the right answer
  double shots_gain = 0.0;             ///< added to it for each worked example in the prompt, up to 1
  double latency_ms = 0.0;             ///< mean; drawn uniformly between half and one and a half of it
  std::int64_t completion_tokens = 0;  ///< reported a completion; 0 = estimated from the answer's words
  std::int64_t context_length = 1'000'000;

  /// @throws BadInput for an unknown key or a value out of range.
  static SimulatedSettings parse(const Json& options);
};

/// What is right for one example. The engine hands this over beside the requests, which carry no target.
struct SimulatedAnswer {
  std::string target;
  std::vector<std::string> choices;  ///< what a wrong answer is drawn from; empty for free text
};

/// Whether an answer is right depends on (draw seed, example id, prompt, request, and sample where temperature > 0)
/// alone. Tokens are estimated as four for three words. Shots are counted as the earlier occurrences of the prompt's
/// last word, which a template writes before each answer, or as the assistant's earlier turns.
class SimulatedModel final : public sdk::LanguageModel {
 public:
  SimulatedModel(std::string name, SimulatedSettings settings, std::map<std::string, SimulatedAnswer> answers);

  [[nodiscard]] const sdk::ModelInfo& info() const override { return info_; }
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override;
  /// "role: content" a line.
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override;
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;

 private:
  struct Pending {
    double due;  ///< seconds of the steady clock
    sdk::Finished finished;
  };
  sdk::Completion answer(const sdk::Request& request) const;

  SimulatedSettings settings_;
  std::map<std::string, SimulatedAnswer> answers_;
  sdk::ModelInfo info_;
  std::deque<Pending> pending_;
  sdk::RequestId next_ = 1;
};

}  // namespace assay::models
