#pragma once
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/number.h"

namespace assay::sdk {

/// A worked example shown before the question.
struct Shot {
  std::string input;
  std::string target;
  std::string rationale = {};  ///< Example::rationale, for strategies that show how the target is found
};

/// A passage put before the question, with where it came from.
struct Passage {
  std::string text;
  std::string source;
};

/// A prompt while strategies compose it. A template (or the model's chat template) turns it into the final text.
struct PromptDraft {
  std::string system;       ///< the system message, empty for none
  std::string instruction;  ///< what to do; starts as the dataset's `instruction`
  std::vector<Passage> passages;
  std::vector<Shot> shots;
  std::string input;                ///< the question; starts as Input::text
  std::string answer_prefix;        ///< text that the answer must begin with (put into the model's mouth)
  std::string template_name;        ///< a prompt file that replaces the experiment's, empty for the default
  Json variables = Json::object();  ///< further variables for the template
  Json details = Json::object();    ///< what composing found: joins Answer::details, a name a strategy
  Numbers numbers;                  ///< the same in numbers: joins Answer::numbers
};

/// One message of a conversation, in the words of chat templates: system, user, assistant.
struct Message {
  std::string role;
  std::string content;
  friend bool operator==(const Message&, const Message&) = default;
};

/// What a model is asked: plain text (completion), or a conversation that the model's chat template turns into text.
/// When both are set, the text is what the conversation renders to, and the model uses the text.
struct Prompt {
  std::string text;
  std::vector<Message> messages;
  friend bool operator==(const Prompt&, const Prompt&) = default;
};

}  // namespace assay::sdk
