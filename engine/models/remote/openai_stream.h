#pragma once
#include <map>
#include <string>

#include "models/remote/dialect.h"

namespace assay::models::remote {

/// Chunks of /chat/completions and /completions. A chunk of an id that was there already is one that came twice.
class OpenAiStream final : public AnswerStream {
 public:
  void take(const ServerEvent&) override;
  [[nodiscard]] bool has_text() const override { return has_text_; }
  Json whole() override;

 private:
  struct Choice {
    std::string content, finish_reason;
    Json log_probabilities = Json::array();
  };
  void take_choice(const Json&);

  std::map<std::int64_t, Choice> choices_;
  Json head_ = Json::object();  ///< model, fingerprint, usage
  std::string last_id_;
  bool has_text_ = false, ended_ = false;
};

}  // namespace assay::models::remote
