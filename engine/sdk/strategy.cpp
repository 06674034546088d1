#include <assay/sdk/error.h>
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

Request AdaptContext::question(const Input&) {
  throw UnsupportedModel("no question can be put here: declare `asks_in_adapt` in the strategy's manifest");
}

std::optional<Attempt> AdaptContext::attempt(const Json&, std::span<const Example* const>) {
  throw UnsupportedModel("no rows can be asked about here: declare `tries` in the strategy's manifest");
}

std::int64_t AdaptContext::tokens_spent() const { return 0; }

std::string Strategy::lesson(const Example& example, const PromptContext&) const { return example.target; }

Request Strategy::question(const Exchange& exchange, const PromptDraft& draft, const PromptContext&) const {
  return exchange.ask(exchange, draft);
}

Answer Strategy::answer(const Exchange& exchange, const Completion& completion, const PromptContext&) const {
  return exchange.read(exchange, completion);
}

std::optional<ConversationData> Strategy::conversations() const { return std::nullopt; }

}  // namespace assay::sdk
