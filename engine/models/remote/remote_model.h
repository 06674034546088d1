#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/remote/dialect.h"
#include "models/remote/gateway.h"
#include "models/remote/reported.h"

namespace assay::models::remote {

/// What asking came to, beside the answers.
struct RemoteTotals {
  std::int64_t answered = 0;  ///< over the wire
  std::int64_t cached = 0;    ///< answered before, or asked by an equal request: not paid for again
  std::int64_t retries = 0;
  std::int64_t unsent = 0;  ///< for want of money
  std::int64_t reasoning_tokens = 0;
  std::int64_t filtered = 0;           ///< withheld by the provider's filter
  sdk::Usage paid, saved;              ///< of those answered, of those cached
  std::vector<double> first_token_ms;  ///< of streamed answers
  std::vector<std::string> notes;      ///< each once
  ReportedCounts reported;
};

/// A model behind HTTP. Conversations are sent as they are; the text that stands for one is only shown.
class RemoteModel final : public sdk::LanguageModel {
 public:
  /// Without a gateway it shows what it would ask, and asks nothing.
  RemoteModel(RemoteSettings, std::shared_ptr<Gateway>);
  ~RemoteModel() override;

  [[nodiscard]] const sdk::ModelInfo& info() const override { return info_; }
  /// Estimated: the server's tokenizer is not here.
  [[nodiscard]] std::int64_t count_tokens(const sdk::Prompt& prompt) const override;
  [[nodiscard]] std::string render_chat(std::span<const sdk::Message> messages,
                                        bool add_generation_prompt) const override;
  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;

  /// Since it was last asked.
  RemoteTotals take_totals();

 private:
  struct Inbox;
  /// A request with parts of it under way: each is one sample where the server draws no more at a time.
  struct Pending {
    std::vector<sdk::Completion> parts;
    std::size_t missing = 0;
  };
  void put(sdk::RequestId, std::size_t part, sdk::Request, std::vector<Ask>&);
  void count(const Outcome&);

  RemoteSettings settings_;
  std::shared_ptr<Gateway> gateway_;
  std::unique_ptr<Dialect> dialect_;
  std::shared_ptr<Inbox> inbox_;
  std::string identity_;
  sdk::ModelInfo info_;
  std::unordered_map<sdk::RequestId, Pending> pending_;
  std::vector<sdk::Finished> ready_;
  RemoteTotals totals_;
  sdk::RequestId next_ = 1;
};

}  // namespace assay::models::remote
