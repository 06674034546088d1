#include "text/post_processor.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

namespace assay::text {

PostProcessor::PostProcessor(const Json& description) { add(description); }

void PostProcessor::add(const Json& description) {
  if (description.is_null()) return;
  const auto type = description.at("type").get<std::string>();
  if (type == "ByteLevel") return;  // moves offsets only
  if (type == "Sequence") {
    for (const Json& part : description.at("processors")) add(part);
  } else if (type == "TemplateProcessing") {
    std::vector<TokenId> before, after;
    bool text_seen = false;
    for (const Json& part : description.at("single")) {
      if (part.contains("Sequence")) {
        text_seen = true;
        continue;
      }
      const auto name = part.at("SpecialToken").at("id").get<std::string>();
      for (const Json& id : description.at("special_tokens").at(name).at("ids"))
        (text_seen ? after : before).push_back(id.get<TokenId>());
    }
    before_.insert(before_.begin(), before.begin(), before.end());
    after_.insert(after_.end(), after.begin(), after.end());
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    before_.insert(before_.begin(), description.at("cls").at(1).get<TokenId>());
    after_.push_back(description.at("sep").at(1).get<TokenId>());
  } else {
    throw BadInput(fmt::format("tokenizer.json: a post-processor of type '{}' is not known", type));
  }
}

void PostProcessor::apply(std::vector<TokenId>& ids) const {
  ids.insert(ids.begin(), before_.begin(), before_.end());
  ids.insert(ids.end(), after_.begin(), after_.end());
}

}  // namespace assay::text
