#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/sdk/error.h"
#include "assay/sdk/json.h"
#include "models/remote/allowance.h"
#include "models/remote/backoff.h"
#include "models/remote/http_client.h"
#include "models/remote/pacer.h"

namespace assay::models::remote {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The environment variable of a header is not set, or holds what no header holds.
class BadHeader : public BadInput {
 public:
  using BadInput::BadInput;
};

/// A remote model as an experiment describes it, its key in hand. Never written anywhere as a whole.
struct RemoteSettings {
  std::string name;    ///< under `models:`
  std::string source;  ///< openai | anthropic
  std::string model;   ///< at the server
  std::string base_url;
  std::string api = "chat";                  ///< openai: chat | completions
  std::string embedding_model;               ///< openai; empty: it embeds nothing
  std::string max_tokens_as = "max_tokens";  ///< openai: what the server calls it
  std::vector<std::string> accepts;          ///< generation words beyond the published API that the server knows
  std::vector<std::string>
      lacks;  ///< words of the published API that the server or the model does not take: temperature; openai: n, seed, stream_options
  std::string key;                   ///< empty: none is sent
  Headers headers;                   ///< sent with every request, in the place of the API's own of the same name
  Headers secret_headers;            ///< likewise, out of the environment
  Json extra_body = Json::object();  ///< fields of every request for text, beyond those that `generation` gives
  bool stream = false;               ///< the time to the first token is taken
  std::int64_t context_length = 0;
  std::string record;  ///< a file that exchanges are added to; empty: none
  Pacer::Settings pace;
  RetrySettings retries;
  CircuitSettings circuit;
  HttpOptions http;
  std::optional<TokenPrice> price;

  [[nodiscard]] bool accepts_word(const std::string& word) const;
  [[nodiscard]] bool lacks_word(const std::string& word) const;
  /// The API's `own` headers, and the model's before them.
  [[nodiscard]] Headers with_headers(Headers own) const;
  /// What is to be struck out of all that is written: the key, and word by word the secret headers; the longest first.
  [[nodiscard]] std::vector<std::string> secrets() const;
  /// What its answers depend on; a part of their keys. No key, no limits.
  [[nodiscard]] std::string identity() const;
};

/// Of a model's options, defaults filled in. Reads the key unless `with_key` is false: then it can be shown what would be
/// asked, and not asked. @throws BadHeader for one of `headers_env`; BadInput where the key is not there, or where others
/// may read its file
RemoteSettings remote_settings(const std::string& name, const std::string& source, const Json& options,
                               bool with_key = true);

}  // namespace assay::models::remote
