#pragma once
#include <assay/sdk/language_model.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/adapter_weights.h"
#include "models/local/chat_template.h"
#include "text/tokenizer.h"

namespace assay::models {

struct LocalModelOptions {
  /// `auto` and `f32` compute in float with the weights as they are stored; `bf16` rounds weights and inputs of products
  /// to bfloat16; `int8` holds weights as whole numbers with a scale a column. Sums are float in each case.
  std::string dtype = "auto";
  /// `auto` takes the best device that this build can run on, which is the CPU: there is no other yet.
  std::string device = "auto";
  int threads = 1;             ///< a constant of the plan; results do not depend on it
  int batch = 64;              ///< sequences worked on at once; results do not depend on it
  bool share_prefixes = true;  ///< compute what prompts begin with alike once; results do not depend on it
  std::int64_t cache_bytes = std::int64_t{512}
                             << 20;  ///< what keys and values of a batch may take; one sequence always fits
};

/// A Hugging Face folder as a language model, in this process and without libtorch.
///
/// The same request gives the same bytes whatever is asked beside it, before it, or at which batch size. Beginnings that
/// prompts share are computed once and shared (`Work` counts); Usage does not show that, as it would then depend on the
/// order of work: cached_prompt_tokens stays 0.
///
/// What requests come to:
/// - Generate ends at an end-of-sequence token or before a stop string (finish_reason "stop"), after max_tokens or where
///   the context is full ("length"). completion_tokens counts what was drawn, the last one included. Log-probabilities
///   are the model's own, before penalties and temperature.
/// - ScoreChoices reads each choice as the tokens that it adds to the prompt; completion_tokens are those of the best.
/// - Embed is the mean of the final hidden states (after the last norm) over the text's tokens, special ones included, or
///   the last token's.
/// - A prompt of plain text gets the tokenizer's special tokens, one that was rendered from a conversation none: its
///   template writes them.
/// A request that does not fit the context fails alone, with Completion::error; nothing is ever cut.
class LocalModel final : public sdk::LanguageModel {
 public:
  /// Loads the folder; `adapter` (null for none) is merged into the weights that it touches: inference with it is then
  /// as fast as without. @throws BadInput when the files or the adapter cannot be used.
  explicit LocalModel(const std::filesystem::path& folder, const LocalModelOptions& options = {},
                      const AdapterWeights* adapter = nullptr);
  ~LocalModel() override;

  [[nodiscard]] const sdk::ModelInfo& info() const override;
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override;
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override;
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;
  [[nodiscard]] std::int64_t tokens_needed(const sdk::Request& request) const override;

  /// Has `listener` told of each sample's text as it is written, while `collect` waits; all of it is told by the time the
  /// request finishes.
  void listen(std::function<void(sdk::RequestId, std::size_t sample, std::string_view text)> listener);

  [[nodiscard]] const text::Tokenizer& tokenizer() const;

  /// Null where info().has_chat_template is false.
  [[nodiscard]] const ChatTemplate* chat_template() const;

  /// The tokens of `prompt` as the model sees it.
  [[nodiscard]] std::vector<std::int32_t> tokens(const sdk::Prompt& prompt) const;

  /// Logits of the position after `tokens`, the whole vocabulary. REQUIRES no request to be outstanding.
  /// @throws UnsupportedModel when the tokens are none or do not fit the context.
  [[nodiscard]] std::vector<float> logits(std::span<const std::int32_t> tokens);

  /// The mean of -log p(tokens[t + 1] | tokens[0..t]) in nats; what transformers returns as loss. REQUIRES two tokens or
  /// more and no request to be outstanding.
  [[nodiscard]] double mean_cross_entropy(std::span<const std::int32_t> tokens);

  /// What rounding the weights to `dtype: int8` cost: the root of the mean squared error over that of the weights; else 0.
  [[nodiscard]] double rounding_error() const;

  /// Counts since the model was loaded.
  struct Work {
    std::int64_t prompt_tokens = 0;    ///< asked about
    std::int64_t computed_tokens = 0;  ///< run through the model, choices and output included
  };
  [[nodiscard]] Work work() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace assay::models
