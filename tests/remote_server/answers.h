#pragma once
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::test {

/// A request's answer in full, and in pieces as it is streamed; {"status", "body"}.
struct ApiAnswer {
  int status = 200;
  Json body;
  std::string events;  ///< text/event-stream; empty: it is not streamed
};

/// By OpenAI's and Anthropic's published APIs. `words`: an answer is one of these; empty: a text made from the prompt.
ApiAnswer api_answer(const std::string& path, const Json& body, const std::vector<std::string>& words, const std::string& fingerprint);

std::uint64_t hash_of(const std::string& text);

}  // namespace assay::test
