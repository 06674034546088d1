#include "models/turn_end.h"

namespace assay::models {

std::vector<std::string> turn_end(const sdk::LanguageModel& model) {
  return turn_end([&](std::span<const sdk::Message> messages) { return model.render_chat(messages, false); });
}

std::vector<std::string> turn_end(const std::function<std::string(std::span<const sdk::Message>)>& render) {
  const std::string mark = "answer";
  const std::vector<sdk::Message> messages{{"user", "question"}, {"assistant", mark}};
  const std::string turn = render(messages);
  const auto end = turn.rfind(mark);
  if (end == std::string::npos) return {};
  const std::string after = turn.substr(end + mark.size());
  const std::string breaks = after.substr(0, after.find_first_not_of(" \t\r\n"));
  return breaks.find('\n') == std::string::npos ? std::vector<std::string>{} : std::vector<std::string>{breaks};
}

}  // namespace assay::models
