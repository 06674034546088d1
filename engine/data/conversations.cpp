#include "data/conversations.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include "data/rows.h"

namespace assay::data {
namespace {

/// A message's text: a string, or OpenAI's list of parts.
std::string content_of(const OrderedJson& content, const std::string& where) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) throw BadInput(fmt::format("{}: a message's content must be a text, found {}", where, content.type_name()));
  for (const OrderedJson& part : content) {
    if (!part.is_object() || part.value("type", "") != "text" || !part.contains("text") || !part["text"].is_string()) {
      throw BadInput(fmt::format("{}: a message holds a part that is no text; only texts can be learnt", where));
    }
    text += part["text"].get<std::string>();
  }
  return text;
}

std::string text_field(const OrderedJson& row, const std::string& key, const std::string& where) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "";
  if (!found->is_string()) throw BadInput(fmt::format("{}: '{}' must be a text, found {}", where, key, found->type_name()));
  return found->get<std::string>();
}

std::string role_of(const OrderedJson& message, const char* key, const std::map<std::string, std::string>& roles, const std::string& where) {
  const std::string written = message.is_object() ? text_field(message, key, where) : "";
  const auto role = roles.find(written);
  if (role == roles.end()) {
    std::string known;
    for (const auto& [name, meaning] : roles) known += (known.empty() ? "" : ", ") + name;
    throw BadInput(fmt::format("{}: a message's '{}' is '{}'; known: {}", where, key, written, known));
  }
  return role->second;
}

class Builder {
 public:
  explicit Builder(std::string where) { result_.where = std::move(where); }

  void add(const std::string& role, std::string content, bool learnt = true) {
    result_.messages.push_back({role, std::move(content)});
    result_.learnt.push_back(learnt && role == "assistant");
  }

  Conversation take() {
    if (std::find(result_.learnt.begin(), result_.learnt.end(), true) == result_.learnt.end()) {
      throw BadInput(fmt::format("{}: this conversation has no turn of the assistant to learn from", result_.where));
    }
    return std::move(result_);
  }

 private:
  Conversation result_;
};

const OrderedJson& list_in(const OrderedJson& row, const char* key, OrderedJson& parsed, const std::string& where) {
  const OrderedJson* list = &row[key];
  if (list->is_string()) {  // CSV holds lists as JSON text
    parsed = OrderedJson::parse(list->get<std::string>(), nullptr, false);
    list = &parsed;
  }
  if (!list->is_array()) throw BadInput(fmt::format("{}: '{}' must be a list of messages", where, key));
  return *list;
}

Conversation conversation(const OrderedJson& row, const std::string& where) {
  Builder builder(where);
  OrderedJson parsed;
  if (row.is_object() && row.contains("messages")) {
    static const std::map<std::string, std::string> kRoles{
        {"system", "system"}, {"developer", "system"}, {"user", "user"}, {"assistant", "assistant"}, {"tool", "tool"}};
    for (const OrderedJson& message : list_in(row, "messages", parsed, where)) {
      const std::string role = role_of(message, "role", kRoles, where);
      const auto content = message.find("content");
      const auto weight = message.find("weight");
      builder.add(role, content_of(content == message.end() ? OrderedJson() : *content, where),
                  weight == message.end() || !weight->is_number() || weight->get<double>() != 0);
    }
  } else if (row.is_object() && row.contains("conversations")) {
    static const std::map<std::string, std::string> kRoles{
        {"system", "system"}, {"human", "user"}, {"user", "user"}, {"gpt", "assistant"}, {"assistant", "assistant"}, {"tool", "tool"}};
    if (const std::string system = text_field(row, "system", where); !system.empty()) builder.add("system", system);
    for (const OrderedJson& message : list_in(row, "conversations", parsed, where)) {
      const std::string role = role_of(message, "from", kRoles, where);
      builder.add(role, text_field(message, "value", where));
    }
  } else if (row.is_object() && row.contains("instruction") && row.contains("output")) {
    const std::string instruction = text_field(row, "instruction", where), input = text_field(row, "input", where);
    if (const std::string system = text_field(row, "system", where); !system.empty()) builder.add("system", system);
    builder.add("user", input.empty() ? instruction : instruction + "\n\n" + input);
    builder.add("assistant", text_field(row, "output", where));
  } else {
    throw BadInput(fmt::format("{}: this row is no conversation: it has neither `messages` (OpenAI), nor `conversations` (ShareGPT), nor "
                               "`instruction` and `output` (Alpaca)",
                               where));
  }
  return builder.take();
}

}  // namespace

std::vector<Conversation> read_conversations(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  std::vector<Conversation> all;
  if (file.extension() == ".json") {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw BadInput(fmt::format("{}: cannot read this file", name));
    const OrderedJson rows = OrderedJson::parse(in, nullptr, false);
    if (!rows.is_array()) throw BadInput(fmt::format("{}: a .json file of conversations must be one list of rows; lines of objects are .jsonl", name));
    for (const OrderedJson& row : rows) all.push_back(conversation(row, fmt::format("{}, row {}", name, all.size() + 1)));
  } else {
    RowReader reader(file, name);
    while (reader.next()) all.push_back(conversation(reader.fields(), reader.where()));
  }
  if (all.empty()) throw BadInput(fmt::format("{}: this file holds no conversation", name));
  return all;
}

}  // namespace assay::data
