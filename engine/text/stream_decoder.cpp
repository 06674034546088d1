#include "text/stream_decoder.h"

namespace assay::text {

std::string StreamDecoder::add(TokenId id) {
  window_.push_back(id);
  return pending(false);
}

std::string StreamDecoder::finish() {
  std::string rest = pending(true);
  window_.clear();
  context_ = 0;
  return rest;
}

std::string StreamDecoder::pending(bool all) {
  const std::span<const TokenId> window(window_);
  const std::string given = tokenizer_.decode(window.first(context_), skip_special_tokens_);
  const std::string now = tokenizer_.decode(window, skip_special_tokens_);
  if (now.size() <= given.size() || (!all && now.ends_with("\xEF\xBF\xBD"))) return {};
  std::string fresh = now.substr(given.size());
  // Tokens without text of their own (a skipped bos) give no context, so the cut waits until something was given out.
  if (!given.empty()) window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(context_));
  context_ = window_.size();
  return fresh;
}

}  // namespace assay::text
