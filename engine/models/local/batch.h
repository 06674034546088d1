#pragma once
#include <assay/sdk/language_model.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/local/prefix_cache.h"
#include "models/local/sampler.h"
#include "models/local/transformer.h"
#include "text/stream_decoder.h"
#include "text/tokenizer.h"

namespace assay::models {

/// A request whose text has become tokens.
struct TokenRequest {
  sdk::RequestId id = 0;
  sdk::Request request;
  std::vector<std::int32_t> prompt;
  std::vector<std::vector<std::int32_t>> choices;  ///< ScoreChoices: a continuation each
};

/// Told of a sample's text as it is written. What might become part of a stop string is held back until it does not.
using TextListener = std::function<void(sdk::RequestId, std::size_t sample, std::string_view text)>;

/// Continuous batching: requests are taken up as others finish, each step runs one token of every open sample. What
/// prompts share runs once. Not thread-safe.
class Batch {
 public:
  Batch(Transformer& transformer, const text::Tokenizer& tokenizer, int size, std::int64_t cache_bytes,
        bool share_prefixes);
  ~Batch();

  void add(TokenRequest request) { waiting_.push_back(std::move(request)); }
  [[nodiscard]] bool idle() const noexcept { return waiting_.empty() && open_.empty(); }

  void listen(TextListener listener) { listener_ = std::move(listener); }

  /// Does the next piece of work and appends what finished by it.
  void step(std::vector<sdk::Finished>& finished);

  [[nodiscard]] std::int64_t computed_tokens() const noexcept { return computed_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Asked;   // a Generate request with samples still open
  struct Sample;  // one continuation that is being written

  void admit(std::vector<sdk::Finished>& finished);
  void decode(std::vector<sdk::Finished>& finished);
  void run(std::span<const Span> spans, std::vector<float>& hidden);
  void score(const TokenRequest& request, std::span<const float> hidden, Clock::time_point begun,
             std::vector<sdk::Finished>& finished);
  void take_token(Sample& sample, std::span<float> logits);
  void retire(std::vector<sdk::Finished>& finished);
  void tell(Sample& sample);

  Transformer& transformer_;
  const text::Tokenizer& tokenizer_;
  std::int64_t size_;
  std::int64_t cache_bytes_;
  bool share_prefixes_;
  PrefixCache prefixes_;
  std::deque<TokenRequest> waiting_;
  std::vector<std::unique_ptr<Sample>> open_;
  std::int64_t computed_ = 0;
  TextListener listener_;
  std::vector<float> hidden_, logits_, raw_;
  std::vector<Span> spans_;  // of a step
};

}  // namespace assay::models
