#include "models/remote/openai_stream.h"

#include "models/remote/failure.h"

namespace assay::models::remote {

void OpenAiStream::take(const ServerEvent& event) {
  if (!event.id.empty() && event.id == last_id_) {
    if (event.data != last_data_) ids_number_chunks_ = false;
    if (ids_number_chunks_) return;
  }
  last_id_ = event.id;
  last_data_ = event.data;
  if (event.data == "[DONE]") {
    ended_ = true;
    return;
  }
  const Json chunk = Json::parse(event.data, nullptr, false);
  if (!chunk.is_object()) throw Malformed("a piece of the streamed answer is no JSON");
  if (tells_error(chunk)) throw ErrorInAnswer(chunk);
  for (const char* name : {"model", "system_fingerprint", "usage"}) {
    if (chunk.contains(name) && !chunk[name].is_null()) head_[name] = chunk[name];
  }
  if (!chunk.contains("choices") || !chunk["choices"].is_array()) return;
  for (const Json& choice : chunk["choices"]) take_choice(choice);
}

void OpenAiStream::take_choice(const Json& piece) {
  if (tells_error(piece)) throw ErrorInAnswer(piece);
  Choice& choice = choices_[count_in(piece, "index")];
  if (!choice.finish_reason.empty()) return;  // the last chunk once more
  const Json delta = piece.value("delta", Json::object());
  const std::string text =
      text_of(delta.is_object() && delta.contains("content") ? delta["content"] : piece.value("text", Json()));
  choice.content += text;
  has_text_ = has_text_ || !text.empty();
  if (delta.is_object() && delta.contains("refusal") && delta["refusal"].is_string())
    choice.refusal += delta["refusal"].get<std::string>();
  const Json probabilities = piece.value("logprobs", Json());
  const auto append = [&](Json& list, const char* name) {
    if (!probabilities.is_object() || !probabilities.contains(name) || !probabilities[name].is_array()) return;
    list.insert(list.end(), probabilities[name].begin(), probabilities[name].end());
  };
  append(choice.log_probabilities, "content");
  append(choice.plain_probabilities, "token_logprobs");
  if (piece.contains("finish_reason") && piece["finish_reason"].is_string())
    choice.finish_reason = piece["finish_reason"];
}

Json OpenAiStream::whole() {
  Json answer = head_;
  answer["choices"] = Json::array();
  for (const auto& [index, choice] : choices_) {
    if (choice.finish_reason.empty() && !ended_) throw Malformed("the streamed answer ends before it is whole");
    const Json chat = choice.log_probabilities, plain = choice.plain_probabilities;
    answer["choices"].push_back(
        {{"index", index},
         {"finish_reason", choice.finish_reason.empty() ? "stop" : choice.finish_reason},
         {"text", choice.content},
         {"message", {{"content", choice.content}, {"refusal", choice.refusal}}},
         {"logprobs", plain.empty() ? Json{{"content", chat}} : Json{{"token_logprobs", plain}}}});
  }
  if (choices_.empty()) throw Malformed("the streamed answer ends before it is whole");
  return answer;
}

}  // namespace assay::models::remote
