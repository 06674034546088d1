#include "run/prompting.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include "data/prompt_file.h"
#include "models/turn_end.h"

namespace assay::run {
namespace {

void append_block(std::string& text, const std::string& block) {
  if (block.empty()) return;
  text += block;
  text += "\n\n";
}

std::string plain_text(const sdk::PromptDraft& draft) {
  std::string text;
  append_block(text, draft.system);
  append_block(text, draft.instruction);
  for (const sdk::Passage& passage : draft.passages) append_block(text, passage.text);
  for (const sdk::Shot& shot : draft.shots) text += fmt::format("{}\nAnswer: {}\n\n", shot.input, shot.target);
  text += fmt::format("{}\nAnswer:", draft.input);
  return text;
}

std::vector<sdk::Message> conversation(const sdk::PromptDraft& draft) {
  std::vector<sdk::Message> messages;
  std::string system = draft.system;
  if (!draft.instruction.empty()) system += (system.empty() ? "" : "\n\n") + draft.instruction;
  if (!system.empty()) messages.push_back({"system", system});
  for (const sdk::Shot& shot : draft.shots) {
    messages.push_back({"user", shot.input});
    messages.push_back({"assistant", shot.target});
  }
  std::string question;
  for (const sdk::Passage& passage : draft.passages) append_block(question, passage.text);
  messages.push_back({"user", question + draft.input});
  return messages;
}

}  // namespace

Prompter::Prompter(plan::PromptJob job, const sdk::LanguageModel& model) : job_(std::move(job)), model_(model) {
  text::Template::Options options;
  options.strict = true;
  options.name = "prompt.answer";
  // Jinja drops a template's last newline; here it is part of the answer.
  const auto end = job_.answer.find_last_not_of('\n') + 1;
  answer_end_ = job_.answer.substr(end);
  answer_ = text::Template::parse(job_.answer.substr(0, end), options);
  answer_reads_fields_ = answer_->undeclared_variables().contains("fields");
}

Prompter::Form Prompter::form(const sdk::PromptDraft& draft) const {
  if (!draft.template_name.empty() || !job_.template_file.empty()) return Form::file;
  return model_.info().has_chat_template ? Form::chat : Form::plain;
}

const text::Template& Prompter::file_template(const sdk::PromptDraft& draft) const {
  const std::string& name = draft.template_name.empty() ? job_.template_file : draft.template_name;
  if (const auto found = files_.find(name); found != files_.end()) return found->second;
  return files_.emplace(name, data::open_prompt(name)).first->second;
}

sdk::Prompt Prompter::render(const sdk::PromptDraft& draft, const sdk::Input& input) const {
  sdk::Prompt prompt;
  switch (form(draft)) {
    case Form::file: {
      OrderedJson variables = OrderedJson::object();
      variables["system"] = draft.system;
      variables["instruction"] = draft.instruction;
      variables["shots"] = OrderedJson::array();
      for (const sdk::Shot& shot : draft.shots)
        variables["shots"].push_back({{"input", shot.input}, {"target", shot.target}});
      variables["passages"] = OrderedJson::array();
      for (const sdk::Passage& passage : draft.passages) {
        variables["passages"].push_back({{"text", passage.text}, {"source", passage.source}});
      }
      variables["input"] = draft.input;
      variables["choices"] = input.choices;
      variables["fields"] = input.fields;
      variables["answer_prefix"] = draft.answer_prefix;
      for (const auto& [name, value] : draft.variables.items()) variables[name] = OrderedJson::parse(value.dump());
      prompt.text = file_template(draft).render(variables);
      break;
    }
    case Form::chat:
      prompt.messages = conversation(draft);
      prompt.text = model_.render_chat(prompt.messages, true) + draft.answer_prefix;
      break;
    case Form::plain:
      prompt.text = plain_text(draft);
      if (!draft.answer_prefix.empty()) prompt.text += " " + draft.answer_prefix;
      break;
  }
  return prompt;
}

sdk::Request Prompter::written_question(const sdk::PromptDraft& draft, const sdk::Input& input,
                                        const sdk::GenerationSettings& generation) const {
  sdk::Generate generate{render(draft, input), generation};
  if (generate.settings.stop.empty()) generate.settings.stop = default_stop(draft);
  sdk::Request request;
  request.what = std::move(generate);
  return request;
}

sdk::Request Prompter::question(const sdk::PromptDraft& draft, const sdk::Input& input,
                                const sdk::GenerationSettings& generation) const {
  if (input.choices.empty() || !model_.info().scores_choices) return written_question(draft, input, generation);
  sdk::ScoreChoices score;
  score.prompt = render(draft, input);
  for (const std::string& choice : input.choices)
    score.choices.push_back(continuation(draft, score.prompt, choice, input));
  sdk::Request request;
  request.what = std::move(score);
  return request;
}

std::string Prompter::answer(const std::string& target, const OrderedJson& fields) const {
  OrderedJson variables = OrderedJson::object();
  variables["target"] = target;
  variables["fields"] = fields;
  return answer_->render(variables) + answer_end_;
}

std::string Prompter::continuation(const sdk::PromptDraft& draft, const sdk::Prompt& prompt, const std::string& target,
                                   const sdk::Input& input) const {
  switch (form(draft)) {
    case Form::file:
      return answer(target, input.fields);
    case Form::chat: {
      const std::string open = model_.render_chat(prompt.messages, true);
      std::vector<sdk::Message> messages = prompt.messages;
      messages.push_back({"assistant", target});
      const std::string whole = model_.render_chat(messages, false);
      if (whole.rfind(open, 0) != 0) {
        throw UnsupportedModel(
            fmt::format("model '{}': its chat template does not continue the prompt when an answer is "
                        "added, so answers cannot be scored or trained; give the experiment a "
                        "`prompt.template`",
                        model_.info().name));
      }
      return whole.substr(open.size());
    }
    case Form::plain:
      break;
  }
  return " " + target + "\n";
}

std::optional<std::string> Prompter::read(const std::string& text, const sdk::Input& input, const Json& reader) const {
  const Json& how = reader.is_null() ? job_.read : reader;
  const std::string name = how.dump();
  auto found = readers_.find(name);
  if (found == readers_.end()) found = readers_.emplace(name, data::AnswerReader(how)).first;
  return found->second.read(text, input);
}

std::string Prompter::render_text(const std::string& jinja, const sdk::Input& input, const Json& variables) const {
  auto found = texts_.find(jinja);
  if (found == texts_.end()) {
    text::Template::Options options;
    options.strict = true;
    options.name = "a strategy's template";
    found = texts_.emplace(jinja, text::Template::parse(jinja, options)).first;
  }
  OrderedJson all = OrderedJson::object();
  all["input"] = input.text;
  all["fields"] = input.fields;
  all["choices"] = input.choices;
  for (const auto& [name, value] : variables.items()) all[name] = OrderedJson::parse(value.dump());
  return found->second.render(all);
}

std::vector<std::string> Prompter::default_stop(const sdk::PromptDraft& draft) const {
  switch (form(draft)) {
    case Form::file: {
      bool line = !answer_end_.empty();
      if (!line && !answer_reads_fields_) line = answer("x", OrderedJson::object()).ends_with('\n');
      return line ? std::vector<std::string>{"\n"} : std::vector<std::string>{};
    }
    case Form::chat:
      return models::turn_end(model_);
    case Form::plain:
      break;
  }
  return {"\n"};
}

}  // namespace assay::run
