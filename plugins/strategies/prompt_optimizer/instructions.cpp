#include "instructions.h"

#include <assay/sdk/error.h>
#include <assay/sdk/random.h>

#include <algorithm>
#include <map>
#include <set>

namespace prompt_optimizer {

using assay::Json;
using namespace assay::sdk;

namespace {

constexpr std::size_t kMostCombinations = 100'000;
constexpr std::size_t kTriedShown = 8;
constexpr const char* kQuestion =
    "Here are examples of a task, each with its input and the right output.\n\n{examples}\n\n"
    "The instruction in use: {current}\n{tried}\n"
    "Write one better instruction that tells somebody who sees only the input how to find the output. Answer with the "
    "instruction alone, on one line.\n\nInstruction:";

/// `text` with each "{name}" of `values` replaced; what a value holds is not looked at again.
std::string filled(const std::string& text, const std::map<std::string, std::string>& values) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    const auto found = end == std::string::npos ? values.end() : values.find(text.substr(at + 1, end - at - 1));
    if (found == values.end()) {
      result += text[at++];
    } else {
      result += found->second;
      at = end + 1;
    }
  }
  return result;
}

/// The first line that holds something, without quotes around it.
std::string first_line(const std::string& text) {
  constexpr const char* kAround = " \t\r\n\"'`";
  const auto first = text.find_first_not_of(kAround);
  if (first == std::string::npos) return "";
  const std::string line = text.substr(first, text.find('\n', first) - first);
  return line.substr(0, line.find_last_not_of(kAround) + 1);
}

}  // namespace

std::vector<std::string> fill_slots(const Json& slots, std::size_t most, std::uint64_t seed) {
  if (!slots.contains("template")) return {};
  const auto text = slots.at("template").get<std::string>();
  const auto values = slots.at("values").get<std::map<std::string, std::vector<std::string>>>();
  std::size_t combinations = 1;
  for (const auto& [name, list] : values) {
    if (text.find("{" + name + "}") == std::string::npos) {
      throw assay::BadInput("prompt_optimizer: slots.values has '" + name + "', but slots.template has no {" + name +
                            "}");
    }
    combinations *= list.size();
    if (combinations > kMostCombinations) {
      throw assay::BadInput("prompt_optimizer: the slots make more than " + std::to_string(kMostCombinations) +
                            " instructions; name fewer values");
    }
  }
  std::vector<std::size_t> order(combinations);
  for (std::size_t i = 0; i < combinations; ++i) order[i] = i;
  if (combinations > most) {
    Random(seed, "prompt_optimizer slots").shuffle(std::span(order));
    order.resize(most);
  }
  std::vector<std::string> made;
  for (std::size_t number : order) {
    std::map<std::string, std::string> chosen;
    for (const auto& [name, list] : values) {
      chosen[name] = list[number % list.size()];
      number /= list.size();
    }
    made.push_back(filled(text, chosen));
  }
  return made;
}

Proposer::Proposer(const Json& settings, std::vector<const Example*> rows, std::string current)
    : rows_(std::move(rows)),
      current_(std::move(current)),
      prompt_(settings.value("prompt", std::string())),
      count_(settings.value("count", std::size_t{0})),
      rounds_(count_ == 0 ? 0 : settings.value("rounds", std::size_t{1})),
      examples_(settings.value("examples", std::size_t{5})),
      temperature_(settings.value("temperature", 1.0)),
      max_tokens_(settings.value("max_tokens", 64)) {
  if (prompt_.empty()) prompt_ = kQuestion;
}

std::string Proposer::question(std::size_t round, const std::vector<Search::Scored>& so_far, std::uint64_t seed) const {
  std::vector<const Example*> rows = rows_;
  Random(seed, "prompt_optimizer examples", round).shuffle(std::span(rows));
  rows.resize(std::min(rows.size(), examples_));
  std::string examples, tried;
  for (const Example* row : rows)
    examples += (examples.empty() ? "" : "\n\n") + ("Input: " + row->input.text) + "\nOutput: " + row->target;
  // The best stands last, next to what is asked for.
  for (std::size_t i = std::min(so_far.size(), kTriedShown); i-- > 0;) {
    if (so_far[i].rows == 0) continue;
    const std::string instruction = so_far[i].prompt.instruction.value_or(current_);
    tried += "Tried, with a score of " + Json(so_far[i].score).dump().substr(0, 6) + ": " + instruction + "\n";
  }
  return filled(prompt_, {{"examples", examples}, {"current", current_}, {"tried", tried}});
}

std::vector<std::string> Proposer::propose(AdaptContext& context, std::size_t round,
                                           const std::vector<Search::Scored>& so_far) const {
  const std::string text = question(round, so_far, context.seed());
  Generate generate;
  if (context.model()->info().has_chat_template) {
    generate.prompt.messages = {{"user", text}};
    generate.prompt.text = context.model()->render_chat(generate.prompt.messages, true);
  } else {
    generate.prompt.text = text;
  }
  generate.settings.temperature = temperature_;
  generate.settings.max_tokens = max_tokens_;
  generate.samples = static_cast<int>(count_);
  Request request{std::move(generate), {context.seed(), round, 0}, {}};
  request.step = "propose";
  const std::vector<Completion> completions = ask_all(*context.model(), {std::move(request)});
  if (!completions.front().error.empty())
    throw assay::Error("prompt_optimizer: no instruction could be proposed: " + completions.front().error);
  std::vector<std::string> proposed;
  std::set<std::string> seen;
  for (const Sample& sample : completions.front().samples) {
    const std::string line = first_line(sample.text);
    if (!line.empty() && seen.insert(line).second) proposed.push_back(line);
  }
  return proposed;
}

}  // namespace prompt_optimizer
