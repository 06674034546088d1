#include "models/recorded_model.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "models/estimated_tokens.h"
#include "models/nearest_text.h"

namespace assay::models {
namespace {

/// What a request and an answer must agree in, in the order in which messages for a person prefer them.
enum Member : std::size_t { kPrompt, kMessages, kInput, kId, kMembers };

using Parts = std::array<std::optional<std::string>, kMembers>;

const char* name_of(std::size_t member) {
  constexpr const char* kNames[] = {"prompt", "conversation", "input", "id"};
  return kNames[member];
}

/// A conversation as one text that no other conversation has.
std::string messages_text(std::span<const sdk::Message> messages) {
  Json list = Json::array();
  for (const sdk::Message& message : messages) list.push_back({message.role, message.content});
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Parts parts_of(const RecordedAnswer& answer) {
  return {answer.prompt, answer.messages ? std::optional(messages_text(*answer.messages)) : std::nullopt, answer.input,
          answer.id};
}

/// The parts that `kinds` has, each with its length before it.
std::string key_of(const Parts& parts, const std::vector<std::size_t>& kinds) {
  std::string key;
  for (const std::size_t kind : kinds) {
    const std::string& part = *parts[kind];
    key += fmt::format("{}:", part.size());
    key += part;
  }
  return key;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Up to `count` characters from byte `from`, quoted, with line breaks and quotes made visible.
std::string excerpt(std::string_view text, std::size_t from, std::size_t count) {
  if (from >= text.size()) return "nothing more";
  std::size_t end = from;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && taken++ == count) break;
  }
  const std::string part(text.substr(from, end - from));
  return Json(part).dump(-1, ' ', false, Json::error_handler_t::replace) + (end < text.size() ? " …" : "");
}

/// Where two texts that differ do so first.
std::string difference(std::string_view wanted, std::string_view recorded, const std::string& what) {
  constexpr std::size_t kShown = 40;
  const std::size_t common = common_beginning(wanted, recorded);
  const auto lines = std::count(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(common), '\n') + 1;
  const std::string place = common == 0 ? "differs from the first character on"
                                        : fmt::format("is the same for {} characters and differs from there (line {})",
                                                      characters(wanted.substr(0, common)), lines);
  return fmt::format("{}: this {} has {}, the recorded one {}", place, what, excerpt(wanted, common, kShown),
                     excerpt(recorded, common, kShown));
}

}  // namespace

struct RecordedModel::Table {
  std::vector<std::size_t> kinds;
  std::vector<const RecordedAnswer*> answers;
  std::unordered_map<std::string, std::vector<const RecordedAnswer*>> by_key;

  // What only messages about missing answers need, made for the first of them.
  std::vector<std::string> texts;
  std::unordered_map<std::string, std::size_t> by_id;
  std::unique_ptr<NearestText> nearest;

  [[nodiscard]] bool by_example_alone() const { return kinds.front() >= kInput; }

  /// Why nothing here answers what has these parts.
  std::string missing(const Parts& wanted) {
    const std::size_t shown = kinds.front();
    const std::string what = name_of(shown);
    const std::string& text = *wanted[shown];
    prepare(shown);
    const auto same_id = kinds.back() == kId && shown != kId ? by_id.find(*wanted[kId]) : by_id.end();
    const std::size_t near = same_id != by_id.end() ? same_id->second : nearest->find(text);
    const RecordedAnswer& answer = *answers[near];
    if (texts[near] == text) {
      const Parts parts = parts_of(answer);
      for (const std::size_t kind : kinds) {
        if (parts[kind] == wanted[kind]) continue;
        return fmt::format("this {} was recorded ({}) for the {} {}, not for {}", what, answer.where, name_of(kind),
                           excerpt(*parts[kind], 0, 80), excerpt(*wanted[kind], 0, 80));
      }
    }
    return fmt::format("the {} {} ({} characters) was not recorded. {} ({}) {}", what, excerpt(text, 0, 80),
                       characters(text),
                       same_id != by_id.end() ? std::string("What was recorded for this id")
                                              : fmt::format("The nearest recorded {}", what),
                       answer.where, difference(text, texts[near], what));
  }

 private:
  void prepare(std::size_t shown) {
    if (nearest) return;
    texts.reserve(answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      texts.push_back(*parts_of(*answers[i])[shown]);
      if (answers[i]->id) by_id.emplace(*answers[i]->id, i);
    }
    nearest = std::make_unique<NearestText>(std::vector<std::string_view>(texts.begin(), texts.end()));
  }
};

RecordedModel::RecordedModel(std::string name, std::vector<RecordedAnswer> answers,
                             std::map<std::string, std::string> inputs)
    : answers_(std::move(answers)), inputs_(std::move(inputs)) {
  info_.name = std::move(name);
  info_.scores_choices = false;
  info_.embeds = false;
  for (const RecordedAnswer& answer : answers_) {
    const Parts parts = parts_of(answer);
    std::vector<std::size_t> kinds;
    for (std::size_t kind = 0; kind < kMembers; ++kind) {
      if (parts[kind]) kinds.push_back(kind);
    }
    if (kinds.empty() || answer.completions.empty())
      throw Error(fmt::format("{}: a recorded answer needs what it is found by, and a text", answer.where));
    info_.has_chat_template |= answer.messages.has_value();
    auto table = std::find_if(tables_.begin(), tables_.end(), [&](const auto& one) { return one->kinds == kinds; });
    if (table == tables_.end()) {
      table = tables_.insert(table, std::make_unique<Table>());
      (*table)->kinds = kinds;
    }
    (*table)->answers.push_back(&answer);
    (*table)->by_key[key_of(parts, kinds)].push_back(&answer);
  }
  if (tables_.empty()) throw Error(fmt::format("model '{}' has no recorded answer", info_.name));
}

RecordedModel::~RecordedModel() = default;

std::int64_t RecordedModel::count_tokens(const sdk::Prompt& prompt) const {
  return estimated_tokens(prompt.text.empty() ? render_chat(prompt.messages, true) : prompt.text);
}

std::string RecordedModel::render_chat(std::span<const sdk::Message> messages, bool add_generation_prompt) const {
  std::string text;
  for (const sdk::Message& message : messages) text += fmt::format("{}: {}\n", message.role, message.content);
  if (add_generation_prompt) text += "assistant:";
  return text;
}

sdk::Completion RecordedModel::answer(const sdk::Request& request) {
  sdk::Completion refused;
  const auto* generate = std::get_if<sdk::Generate>(&request.what);
  if (generate == nullptr) {
    refused.error =
        fmt::format("model '{}' is recorded: it {}", info_.name,
                    std::holds_alternative<sdk::Embed>(request.what) ? "embeds no text" : "cannot score choices");
    return refused;
  }
  Parts wanted;
  wanted[kPrompt] = generate->prompt.text;
  if (info_.has_chat_template) {
    std::vector<sdk::Message> messages = generate->prompt.messages;
    // What a strategy puts into the model's mouth stands in the text alone.
    if (const std::string turns = render_chat(messages, true);
        generate->prompt.text.size() > turns.size() && generate->prompt.text.starts_with(turns)) {
      messages.push_back({"assistant", generate->prompt.text.substr(turns.size())});
    }
    wanted[kMessages] = messages_text(messages);
  }
  if (const auto input = inputs_.find(request.example_id); input != inputs_.end()) wanted[kInput] = input->second;
  wanted[kId] = request.example_id;

  std::vector<const RecordedAnswer*> found;
  std::string second;
  for (const auto& table : tables_) {
    if (std::any_of(table->kinds.begin(), table->kinds.end(), [&](std::size_t kind) { return !wanted[kind]; }))
      continue;
    const auto here = table->by_key.find(key_of(wanted, table->kinds));
    if (here == table->by_key.end()) continue;
    if (table->by_example_alone() && request.draw.request > 0) {
      second = fmt::format(
          "example '{}' is asked a question after its first, and its answer was recorded by {} alone, whatever the "
          "prompt; record "
          "the prompts too and match by them",
          request.example_id, name_of(table->kinds.front()));
      continue;
    }
    found.insert(found.end(), here->second.begin(), here->second.end());
  }
  if (!found.empty()) return samples(*generate, found);
  if (!second.empty()) {
    refused.error = second;
    return refused;
  }
  const auto& table = tables_.front();
  if (std::find(table->kinds.begin(), table->kinds.end(), kInput) != table->kinds.end() && !wanted[kInput]) {
    refused.error =
        fmt::format("example '{}' is none of the rows asked about, so its recorded answer cannot be found by input",
                    request.example_id);
  } else {
    refused.error =
        fmt::format("nothing was recorded for example '{}': {}", request.example_id, table->missing(wanted));
  }
  return refused;
}

sdk::Completion RecordedModel::samples(const sdk::Generate& wanted,
                                       const std::vector<const RecordedAnswer*>& answers) const {
  sdk::Completion completion;
  const auto count = static_cast<std::size_t>(std::max(wanted.samples, 1));
  const RecordedAnswer& first = *answers.front();
  const bool greedy = wanted.settings.temperature <= 0;
  std::size_t recorded = 0;
  for (const RecordedAnswer* answer : answers) {
    recorded += answer->completions.size();
    const auto other = std::find_if(answer->completions.begin(), answer->completions.end(),
                                    [&](const std::string& text) { return text != first.completions.front(); });
    if (greedy && other != answer->completions.end()) {
      completion.error = fmt::format(
          "two different answers were recorded ({} and {}), and at temperature 0 there is one: set "
          "`generation.temperature` "
          "as it was when they were drawn, or tell the rows apart by `match.id`",
          first.where, answer->where);
      return completion;
    }
  }
  if (recorded < count && !greedy) {
    completion.error = fmt::format("{} samples are asked for and {} {} recorded ({})", count, recorded,
                                   recorded == 1 ? "was" : "were", first.where);
    return completion;
  }
  completion.usage.prompt_tokens = first.usage ? first.usage->prompt_tokens : count_tokens(wanted.prompt);
  completion.usage.cached_prompt_tokens = first.usage ? first.usage->cached_prompt_tokens : 0;
  while (completion.samples.size() < count) {  // at temperature 0 the one answer as often as it is asked for
    for (const RecordedAnswer* answer : answers) {
      const std::size_t taken = std::min(count - completion.samples.size(), answer->completions.size());
      std::int64_t tokens = 0;
      for (std::size_t i = 0; i < taken; ++i) {
        tokens += estimated_tokens(answer->completions[i]);
        completion.samples.push_back({answer->completions[i], "stop", {}});
      }
      if (answer->usage) {
        tokens = answer->usage->completion_tokens * static_cast<std::int64_t>(taken) /
                 static_cast<std::int64_t>(answer->completions.size());
      }
      completion.usage.completion_tokens += tokens;
      completion.usage.estimated |= taken > 0 && (!answer->usage || taken < answer->completions.size());
    }
  }
  return completion;
}

std::vector<sdk::RequestId> RecordedModel::submit(std::vector<sdk::Request> requests) {
  std::vector<sdk::RequestId> ids;
  ids.reserve(requests.size());
  for (const sdk::Request& request : requests) {
    ids.push_back(next_++);
    finished_.push_back({ids.back(), answer(request)});
  }
  return ids;
}

std::vector<sdk::Finished> RecordedModel::collect() {
  std::vector<sdk::Finished> finished(std::make_move_iterator(finished_.begin()),
                                      std::make_move_iterator(finished_.end()));
  finished_.clear();
  return finished;
}

}  // namespace assay::models
