#pragma once
#include <map>
#include <string>

#include "models/remote/dialect.h"

namespace assay::models::remote {

/// Chunks of /chat/completions and /completions. A chunk of the last one's id is one that came twice, unless the server gives
/// all of them one id.
///
/// An answer is whole where `[DONE]` came, or, as some servers do without it, where every choice has its reason to end.
class OpenAiStream final : public AnswerStream {
 public:
  void take(const ServerEvent&) override;
  [[nodiscard]] bool has_text() const override { return has_text_; }
  Json whole() override;

 private:
  struct Choice {
    std::string content, refusal, finish_reason;
    Json log_probabilities = Json::array();    ///< of chat's tokens
    Json plain_probabilities = Json::array();  ///< of /completions' tokens
  };
  void take_choice(const Json&);

  std::map<std::int64_t, Choice> choices_;
  Json head_ = Json::object();  ///< model, fingerprint, usage
  std::string last_id_, last_data_;
  bool ids_number_chunks_ = true, has_text_ = false, ended_ = false;
};

}  // namespace assay::models::remote
