#include "models/remote/sse.h"

#include <utility>

namespace assay::models::remote {

std::vector<ServerEvent> EventReader::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool lf_of_crlf = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (lf_of_crlf) continue;
    if (c != '\n' && c != '\r') {
      partial_ += c;
      continue;
    }
    std::string_view whole = partial_;
    if (!std::exchange(began_, true) && whole.starts_with("\xEF\xBB\xBF")) whole.remove_prefix(3);
    line(whole);
    partial_.clear();
  }
  return std::exchange(events_, {});
}

void EventReader::line(std::string_view text) {
  if (text.empty()) {
    if (has_data_) events_.push_back(next_);
    next_.name = "message";
    next_.data.clear();
    next_.id.clear();
    has_data_ = false;
    return;
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view field = text.substr(0, colon);
  std::string_view value = colon == text.size() ? std::string_view() : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) next_.data += '\n';
    next_.data += value;
    has_data_ = true;
  } else if (field == "event") {
    next_.name = value;
  } else if (field == "id") {
    next_.id = value;
  }
}

}  // namespace assay::models::remote
