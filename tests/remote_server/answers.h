#pragma once
#include <cstdint>
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
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// What was written for a request of /v1/completions or /v1/chat/completions.
struct Written {
  std::vector<std::string> texts;  ///< one a sample
  std::vector<std::string> finish_reasons;
  std::int64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
};
ApiAnswer written_answer(const Json& body, bool chat, const Written& written, const std::string& fingerprint);

/// By OpenAI's and Anthropic's published APIs. A model whose name begins with "thinks" spends two thirds of its tokens on reasoning. `words`: an answer is one of these; empty: a text made from the prompt.
ApiAnswer api_answer(const std::string& path, const Json& body, const std::vector<std::string>& words,
                     const std::string& fingerprint);

/// Of /v1/models and /v1/models/NAME. A model whose name here begins with a dot is known without it and not listed.
/// One named "!" stands for none: nothing is known by its name but what is listed.
ApiAnswer models_answer(const std::string& path, const std::vector<std::string>& models);

std::uint64_t hash_of(const std::string& text);

}  // namespace assay::test
