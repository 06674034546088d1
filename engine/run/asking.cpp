#include "run/asking.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace assay::run {
namespace {

constexpr std::size_t kMostRequests = 1000;  // of one example; a driver that wants more will never answer

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// In lower case, of ASCII letters, without a full stop at the end.
std::string evened(const std::string& text) {
  std::string even = trimmed(text);
  if (even.ends_with('.')) even.pop_back();
  std::transform(even.begin(), even.end(), even.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return even;
}

/// The choice that a generated text is: letter for letter, else the only one that differs in case and a full stop alone.
/// Empty where it is none.
std::string choice_of(const std::string& text, const std::vector<std::string>& choices) {
  const std::string* found = nullptr;
  for (const std::string& choice : choices) {
    if (trimmed(choice) == trimmed(text)) return choice;
    if (evened(choice) != evened(text)) continue;
    if (found != nullptr) return "";
    found = &choice;
  }
  return found == nullptr ? "" : *found;
}

std::string prompt_text(const sdk::Request& request) {
  return std::visit(
      [](const auto& what) -> std::string {
        if constexpr (requires { what.prompt; }) {
          return what.prompt.text;
        } else {
          return what.text;
        }
      },
      request.what);
}

/// What strategies found while composing stands beside what the driver found.
sdk::Answer with_findings(sdk::Answer answer, const sdk::PromptDraft& draft) {
  const auto refuse = [](const char* what, const std::string& name) {
    throw Error(fmt::format("two strategies of the list have {} '{}' of the same example; one of them must rename it", what, name));
  };
  for (const auto& [name, found] : draft.details.items()) {
    if (answer.details.contains(name)) refuse("details called", name);
    answer.details[name] = found;
  }
  for (const auto& [name, number] : draft.numbers) {
    if (!answer.numbers.emplace(name, number).second) refuse("a number called", name);
  }
  return answer;
}

}  // namespace

struct Asking::Question {
  Asked asked;
  sdk::PromptDraft draft;
  bool open = true;
};

std::vector<store::Bundle> trained_adapters(const StageWork& work) {
  std::vector<store::Bundle> adapters;
  for (const plan::PartJob& part : work.job.parts) {
    if (part.trains) adapters.push_back(work.bundle(part.adapt));
  }
  return adapters;
}

Asking::Asking(StageWork& work, sdk::LanguageModel& model)
    : work_(work), model_(model), prompter_(work.job.prompt.value(), model) {
  for (const plan::PartJob& job : work.job.parts) {
    Part part{job, work.bench.strategy(job), nullptr, {}};
    part.context.seed = work.job.seed;
    if (!job.adapt.empty() && !job.trains) {
      const store::Bundle bundle = work.bundle(job.adapt);
      part.context.directory = bundle.folder() / "files";
      if (bundle.header().at("files").contains("state.json")) part.state = bundle.json("state.json");
    }
    parts_.push_back(std::move(part));
  }
  if (!work.job.prompt->fit.empty()) {
    std::vector<std::string> steps = work.job.prompt->fit;
    std::erase(steps, "fail");
    budget_.emplace(std::move(steps), model);
  }
  for (Part& part : parts_) {  // the states lie still now
    if (!part.state.is_null()) part.context.state = &part.state;
    if (part.job.drives) driver_ = &part;
  }
}

std::vector<Consulted> Asking::consult(std::span<const sdk::Input* const> inputs) {
  std::vector<AskBefore> strategies(parts_.size());
  bool any = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].job.consults) continue;
    any = true;
    strategies[i] = [this, &part = parts_[i]](const sdk::Input& input) {
      return in_plugin(work_.bench.journal(), part.job.name, [&] { return part.strategy->consult(input, part.context); });
    };
  }
  if (!any) return std::vector<Consulted>(inputs.size());
  const bool trained = std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.job.trains; });
  sdk::LanguageModel& model = trained ? work_.bench.untrained(work_.job.model.value(), work_.job.threads) : model_;
  return run::consult(model, inputs, strategies, work_.job.seed);
}

sdk::PromptDraft Asking::compose(const sdk::Input& input, const Consulted& consulted) {
  sdk::PromptDraft draft;
  draft.instruction = work_.job.instruction;
  draft.input = input.text;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.job.composes) continue;
    sdk::PromptContext context = part.context;
    if (!consulted.by_strategy.empty()) context.consulted = consulted.by_strategy[i];
    in_plugin(work_.bench.journal(), part.job.name, [&] { part.strategy->compose(input, draft, context); });
  }
  return draft;
}

sdk::Request Asking::default_question(const sdk::Exchange& exchange, const sdk::PromptDraft& draft) {
  const Asking& self = *static_cast<const Asking*>(exchange.engine);
  sdk::Request request = self.question(exchange, draft);
  if (self.budget_) self.rendered_.add(draft, request);
  return request;
}

sdk::Request Asking::question(const sdk::Exchange& exchange, const sdk::PromptDraft& draft) const {
  sdk::Request request;
  sdk::Prompt prompt = prompter_.render(draft, exchange.input);
  if (exchange.input.choices.empty() || !model_.info().scores_choices) {
    sdk::Generate generate{std::move(prompt), exchange.generation};
    if (generate.settings.stop.empty()) generate.settings.stop = prompter_.default_stop(draft);
    request.what = std::move(generate);
  } else {
    sdk::ScoreChoices score;
    for (const std::string& choice : exchange.input.choices) {
      score.choices.push_back(prompter_.continuation(draft, prompt, choice, exchange.input));
    }
    score.prompt = std::move(prompt);
    request.what = std::move(score);
  }
  return request;
}

sdk::Answer Asking::default_answer(const sdk::Exchange& exchange, const sdk::Completion& completion) {
  sdk::Answer answer;
  if (!completion.choice_scores.empty()) {
    if (completion.choice < exchange.input.choices.size()) answer.text = exchange.input.choices[completion.choice];
  } else if (!completion.samples.empty()) {
    answer.text = trimmed(completion.samples.front().text);
    if (!exchange.input.choices.empty()) {
      const Asking& self = *static_cast<const Asking*>(exchange.engine);
      answer.text = choice_of(self.prompter_.read(answer.text, exchange.input), exchange.input.choices);
    }
  }
  return answer;
}

sdk::Exchange Asking::exchange_of(const Question& question) const {
  return {*question.asked.input, question.draft, question.asked.completions, work_.job.generation, &default_question, &default_answer, this};
}

Fitted Asking::fit(const Question& question, sdk::Request& request) const {
  const sdk::Prompt* asked = prompt_of(request);
  const auto origin = asked == nullptr ? std::nullopt : rendered_.origin_of(*asked);
  if (!origin) return budget_->check(request);
  const sdk::Exchange exchange = exchange_of(question);
  // What the driver made of its request stays, but for what comes from the draft.
  const auto render = [&, wanted = request](const sdk::PromptDraft& draft) {
    sdk::Request again = wanted;
    const sdk::Request rendered = this->question(exchange, draft);
    sdk::Prompt& prompt = *prompt_of(again);
    prompt = *prompt_of(rendered);
    prompt.messages.insert(prompt.messages.end(), origin->messages.begin(), origin->messages.end());
    prompt.text = origin->rendered_by_model ? "" : prompt.text + origin->text;
    auto* choices = std::get_if<sdk::ScoreChoices>(&again.what);
    const auto* own = std::get_if<sdk::ScoreChoices>(&rendered.what);
    if (choices != nullptr && own != nullptr && choices->choices == origin->rendered->choices) choices->choices = own->choices;
    return again;
  };
  return budget_->fit(request, origin->rendered->draft, render);
}

bool Asking::fit(Question& question, std::vector<sdk::Request>& requests) const {
  try {
    for (sdk::Request& request : requests) question.asked.fitted.push_back(fit(question, request));
    return true;
  } catch (const UnsupportedModel& error) {
    question.asked.error = error.what();
    question.open = false;
    return false;
  }
}

sdk::Step Asking::next(const Question& question) {
  rendered_.clear();
  const sdk::Exchange exchange = exchange_of(question);
  if (driver_ == nullptr) {
    static const sdk::Strategy asks_once;
    return asks_once.next(exchange, {});
  }
  return in_plugin(work_.bench.journal(), driver_->job.name,
                   [&] { return driver_->strategy->next(exchange, driver_->context); });
}

Asking::Opening Asking::open(const sdk::Input& input) {
  Question question;
  question.asked.input = &input;
  Opening opening;
  const sdk::Input* const one = &input;
  const Consulted consulted = std::move(consult({&one, 1}).front());
  opening.error = consulted.error;
  if (!opening.error.empty()) return opening;
  question.draft = compose(input, consulted);
  sdk::Step step = next(question);
  if (auto* requests = std::get_if<std::vector<sdk::Request>>(&step)) opening.requests = std::move(*requests);
  if (budget_) fit(question, opening.requests);
  opening.fitted = std::move(question.asked.fitted);
  opening.error = std::move(question.asked.error);
  return opening;
}

std::vector<Asked> Asking::ask(std::span<const sdk::Input* const> inputs) {
  std::vector<Question> questions(inputs.size());
  std::vector<Consulted> consulted = consult(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Question& question = questions[i];
    question.asked.input = inputs[i];
    for (const Consultation& one : consulted[i].taken) {
      question.asked.usage += one.usage;
      question.asked.milliseconds += one.milliseconds;
    }
    question.asked.error = consulted[i].error;
    question.open = question.asked.error.empty();
    if (question.open) question.draft = compose(*inputs[i], consulted[i]);
    question.asked.consulted = std::move(consulted[i].taken);
  }
  struct Place {
    std::size_t question, request;
  };
  for (;;) {
    std::vector<sdk::Request> requests;
    std::vector<Place> places;
    for (std::size_t q = 0; q < questions.size(); ++q) {
      Question& question = questions[q];
      if (!question.open) continue;
      sdk::Step step = next(question);
      if (auto* answer = std::get_if<sdk::Answer>(&step)) {
        question.asked.answer = with_findings(std::move(*answer), question.draft);
        if (question.asked.input->choices.empty()) {
          question.asked.answer.text = prompter_.read(question.asked.answer.text, *question.asked.input);
        }
        question.open = false;
        continue;
      }
      auto& wanted = std::get<std::vector<sdk::Request>>(step);
      if (wanted.empty() || question.asked.completions.size() + wanted.size() > kMostRequests) {
        throw Error(fmt::format("plugin '{}': neither asks nor answers after {} requests for example {}",
                                driver_ == nullptr ? "" : driver_->job.name, question.asked.completions.size(),
                                question.asked.input->id));
      }
      if (budget_ && !fit(question, wanted)) continue;
      for (sdk::Request& request : wanted) {
        request.draw = {work_.job.seed, question.asked.input->index, question.asked.prompts.size()};
        request.example_id = question.asked.input->id;
        question.asked.steps.push_back(request.step);
        places.push_back({q, question.asked.prompts.size()});
        question.asked.prompts.push_back(prompt_text(request));
        const auto* score = std::get_if<sdk::ScoreChoices>(&request.what);
        question.asked.choices.push_back(score == nullptr ? std::vector<std::string>{} : score->choices);
        requests.push_back(std::move(request));
      }
      question.asked.completions.resize(question.asked.prompts.size());
    }
    if (requests.empty()) break;
    std::vector<sdk::Completion> completions = sdk::ask_all(model_, std::move(requests));
    for (std::size_t i = 0; i < completions.size(); ++i) {
      Question& question = questions[places[i].question];
      question.asked.usage += completions[i].usage;
      question.asked.milliseconds += completions[i].milliseconds;
      if (question.asked.error.empty()) question.asked.error = completions[i].error;
      question.asked.completions[places[i].request] = std::move(completions[i]);
    }
    for (Question& question : questions) question.open = question.open && question.asked.error.empty();
  }
  std::vector<Asked> asked;
  asked.reserve(questions.size());
  for (Question& question : questions) {
    work_.add_usage(question.asked.usage);
    asked.push_back(std::move(question.asked));
  }
  return asked;
}

}  // namespace assay::run
