#include "models/remote/openai_stream.h"

#include <fmt/core.h>

namespace assay::models::remote {

void OpenAiStream::take(const ServerEvent& event) {
  if (!event.id.empty() && event.id == last_id_) return;
  last_id_ = event.id;
  if (event.data == "[DONE]") {
    ended_ = true;
    return;
  }
  const Json chunk = Json::parse(event.data, nullptr, false);
  if (!chunk.is_object()) throw Malformed("a piece of the streamed answer is no JSON");
  if (chunk.contains("error") && !chunk["error"].is_null()) {
    throw Malformed(fmt::format("the server failed while it was answering: {}", chunk["error"].dump(-1, ' ', false, Json::error_handler_t::replace)));
  }
  for (const char* name : {"model", "system_fingerprint", "usage"}) {
    if (chunk.contains(name) && !chunk[name].is_null()) head_[name] = chunk[name];
  }
  if (!chunk.contains("choices") || !chunk["choices"].is_array()) return;
  for (const Json& choice : chunk["choices"]) take_choice(choice);
}

void OpenAiStream::take_choice(const Json& piece) {
  Choice& choice = choices_[count_in(piece, "index")];
  if (!choice.finish_reason.empty()) return;  // the last chunk once more
  const Json delta = piece.value("delta", Json::object());
  for (const Json* holder : {&delta, &piece}) {
    const char* name = holder == &delta ? "content" : "text";
    if (!holder->is_object() || !holder->contains(name) || !(*holder)[name].is_string()) continue;
    choice.content += (*holder)[name].get<std::string>();
    has_text_ = has_text_ || !(*holder)[name].get_ref<const std::string&>().empty();
  }
  if (piece.contains("logprobs") && piece["logprobs"].is_object() && piece["logprobs"].contains("content") && piece["logprobs"]["content"].is_array()) {
    for (const Json& token : piece["logprobs"]["content"]) choice.log_probabilities.push_back(token);
  }
  if (piece.contains("finish_reason") && piece["finish_reason"].is_string()) choice.finish_reason = piece["finish_reason"];
}

Json OpenAiStream::whole() {
  Json answer = head_;
  answer["choices"] = Json::array();
  for (const auto& [index, choice] : choices_) {
    if (choice.finish_reason.empty()) throw Malformed("the streamed answer ends before it is whole");
    answer["choices"].push_back({{"index", index}, {"finish_reason", choice.finish_reason}, {"text", choice.content},
                                 {"message", {{"content", choice.content}}}, {"logprobs", {{"content", choice.log_probabilities}}}});
  }
  if (choices_.empty() || !ended_) throw Malformed("the streamed answer ends before it is whole");
  return answer;
}

}  // namespace assay::models::remote
