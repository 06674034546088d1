#include <assay/sdk/strategy.h>

namespace assay::sdk {

std::optional<Json> Strategy::adapt(std::span<const Example>, std::span<const Example>, AdaptContext&) {
  return std::nullopt;
}

std::vector<Request> Strategy::consult(const Input&, const PromptContext&) const { return {}; }

void Strategy::compose(const Input&, PromptDraft&, const PromptContext&) const {}

Step Strategy::next(const Exchange& exchange, const PromptContext&) const {
  if (exchange.so_far.empty()) return std::vector<Request>{exchange.ask(exchange, exchange.draft)};
  return exchange.read(exchange, exchange.so_far.front());
}

std::optional<ConversationData> Strategy::conversations() const { return std::nullopt; }

}  // namespace assay::sdk
