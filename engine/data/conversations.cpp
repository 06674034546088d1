#include "data/conversations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>

#include "assay/sdk/error.h"
#include "assay/sdk/random.h"
#include "data/rows.h"
#include "text/words.h"

namespace assay::data {
namespace {

/// One row on its way to a conversation.
class Reading {
 public:
  Reading(const OrderedJson& row, const std::string& where) : row_(row) { conversation_.where = where; }

  Conversation read() {
    if (has_list("messages")) {
      for (const OrderedJson& message : row_.at("messages")) openai(message);
    } else if (has_list("conversations")) {
      if (row_.contains("system")) add("system", text(row_, "system"), false);
      for (const OrderedJson& message : row_.at("conversations")) sharegpt(message);
    } else if (row_.contains("instruction") && row_.contains("output")) {
      alpaca();
    } else {
      fail(
          "it has neither `messages` (OpenAI), nor `conversations` (ShareGPT), nor `instruction` and `output` "
          "(Alpaca)");
    }
    if (std::find(conversation_.learnt.begin(), conversation_.learnt.end(), true) == conversation_.learnt.end()) {
      fail("it has no answer of an assistant to learn");
    }
    return std::move(conversation_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw BadInput(fmt::format("{}: {}", conversation_.where, what));
  }

  [[nodiscard]] bool has_list(const char* key) const { return row_.contains(key) && row_.at(key).is_array(); }

  [[nodiscard]] std::string text(const OrderedJson& from, const char* key) const {
    if (!from.is_object() || !from.contains(key) || !from.at(key).is_string())
      fail(fmt::format("`{}` must be a text", key));
    return from.at(key).get<std::string>();
  }

  void add(const std::string& role, std::string content, bool learnt) {
    conversation_.messages.push_back({role, std::move(content)});
    conversation_.learnt.push_back(learnt);
  }

  /// A message's content: a text, or a list of parts that are texts.
  [[nodiscard]] std::string content(const OrderedJson& message) const {
    if (!message.contains("content") || !message.at("content").is_array()) return text(message, "content");
    std::string all;
    for (const OrderedJson& part : message.at("content")) {
      if (!part.is_object() || part.value("type", "") != "text")
        fail("`content` has a part that is no text; only texts can be learnt here");
      all += text(part, "text");
    }
    return all;
  }

  void openai(const OrderedJson& message) {
    const std::string role = text(message, "role");
    if (role != "system" && role != "developer" && role != "user" && role != "assistant") {
      fail(fmt::format("the role '{}' is not known; system, developer, user and assistant are", role));
    }
    const bool counts = !message.contains("weight") || message.at("weight") != 0;
    add(role, content(message), role == "assistant" && counts);
  }

  void sharegpt(const OrderedJson& message) {
    static const std::map<std::string, std::string> roles = {{"human", "user"},          {"user", "user"},
                                                             {"gpt", "assistant"},       {"chatgpt", "assistant"},
                                                             {"assistant", "assistant"}, {"system", "system"}};
    const std::string from = text(message, "from");
    const auto role = roles.find(from);
    if (role == roles.end()) fail(fmt::format("`from` is '{}'; human, gpt and system are known", from));
    add(role->second, text(message, "value"), role->second == "assistant");
  }

  void alpaca() {
    if (row_.contains("system") && !text(row_, "system").empty()) add("system", text(row_, "system"), false);
    if (has_list("history")) {
      for (const OrderedJson& turn : row_.at("history")) {
        if (!turn.is_array() || turn.size() != 2 || !turn[0].is_string() || !turn[1].is_string())
          fail("`history` must be a list of [question, answer]");
        add("user", turn[0].get<std::string>(), false);
        add("assistant", turn[1].get<std::string>(), true);
      }
    }
    const std::string input = row_.contains("input") && !row_.at("input").is_null() ? text(row_, "input") : "";
    add("user", text(row_, "instruction") + (input.empty() ? "" : "\n\n" + input), false);
    add("assistant", text(row_, "output"), true);
  }

  const OrderedJson& row_;
  Conversation conversation_;
};

std::vector<Conversation> read_array(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  OrderedJson rows;
  try {
    rows = OrderedJson::parse(in);
  } catch (const OrderedJson::exception& error) {
    throw BadInput(fmt::format("{}: is not JSON: {}", file.string(), error.what()));
  }
  if (!rows.is_array()) throw BadInput(fmt::format("{}: must hold a list of conversations", file.string()));
  std::vector<Conversation> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all.push_back(Reading(rows[i], fmt::format("{}, item {}", file.filename().string(), i + 1)).read());
  }
  return all;
}

}  // namespace

std::vector<Conversation> read_conversations(const std::filesystem::path& file) {
  std::vector<Conversation> all;
  if (file.extension() == ".json") {
    all = read_array(file);
  } else if (file.extension() == ".jsonl") {
    RowReader rows(file, file.filename().string());
    while (rows.next()) {
      const OrderedJson row = rows.fields();
      all.push_back(Reading(row, rows.where()).read());
    }
  } else {
    throw BadInput(fmt::format("{}: conversations are read from .jsonl and .json files", file.string()));
  }
  if (all.empty()) throw BadInput(fmt::format("{}: holds no conversation", file.string()));
  return all;
}

ConversationSummary summarize_conversations(const std::filesystem::path& file) {
  const std::vector<Conversation> all = read_conversations(file);
  std::size_t words = 0;
  for (const Conversation& one : all)
    for (const sdk::Message& message : one.messages) words += text::count_words(message.content);
  return {all.size(), static_cast<double>(words) / static_cast<double>(all.size())};
}

std::vector<std::pair<std::size_t, std::size_t>> mixture(std::span<const std::size_t> sizes,
                                                         std::span<const double> weights, std::int64_t count,
                                                         std::uint64_t seed) {
  std::vector<double> shares(sizes.begin(), sizes.end());
  if (!weights.empty()) shares.assign(weights.begin(), weights.end());
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  const std::size_t held = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  const std::size_t total = count > 0 ? static_cast<std::size_t>(count) : held;

  std::vector<std::size_t> taken(sizes.size());
  std::size_t given = 0;
  for (std::size_t set = 0; set < sizes.size(); ++set)
    given += taken[set] = static_cast<std::size_t>(std::floor(static_cast<double>(total) * shares[set] / sum));
  std::vector<std::size_t> by_remainder(sizes.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::stable_sort(by_remainder.begin(), by_remainder.end(), [&](std::size_t a, std::size_t b) {
    const auto remainder = [&](std::size_t set) {
      return static_cast<double>(total) * shares[set] / sum - static_cast<double>(taken[set]);
    };
    return remainder(a) > remainder(b);
  });
  for (std::size_t i = 0; given < total; ++i, ++given) ++taken[by_remainder[i % sizes.size()]];

  std::vector<std::pair<std::size_t, std::size_t>> chosen;
  for (std::size_t set = 0; set < sizes.size(); ++set) {
    std::vector<std::size_t> order(sizes[set]);
    std::iota(order.begin(), order.end(), std::size_t{0});
    sdk::Random random(seed, "mixture", set);
    random.shuffle(std::span(order));
    for (std::size_t i = 0; i < taken[set]; ++i) chosen.emplace_back(set, order[i % order.size()]);
  }
  return chosen;
}

}  // namespace assay::data
