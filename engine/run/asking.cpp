#include "run/asking.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "run/request_json.h"

namespace assay::run {
namespace {

constexpr std::size_t kMostRequests = 1000;  // of one example; a driver that wants more will never answer

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

/// All that decides the answer to a request that no example decides.
std::string shared_name(const sdk::Request& request) {
  if (std::holds_alternative<sdk::Generate>(request.what))
    throw Error("a request that draws text cannot be shared: each example has its own draw");
  return name_of(to_json(request));
}

/// What strategies found while composing stands beside what the driver found.
sdk::Answer with_findings(sdk::Answer answer, const sdk::PromptDraft& draft) {
  const auto refuse = [](const char* what, const std::string& name) {
    throw Error(fmt::format("two strategies of the list have {} '{}' of the same example; one of them must rename it",
                            what, name));
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
  if (work.job.model && work.job.model->source == "openai")
    return adapters;  // what was trained at the provider is another model's name
  for (const plan::PartJob& part : work.job.parts) {
    if (part.trains) adapters.push_back(work.bundle(part.adapt));
  }
  return adapters;
}

Asking::Asking(StageWork& work, sdk::LanguageModel& model)
    : work_(work), model_(model), prompter_(work.job.prompt.value(), model), perturbation_(work.job.perturb) {
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
    if (part.job.reads) reader_ = &part;
  }
}

std::vector<Consulted> Asking::consult(std::span<const sdk::Input* const> inputs) {
  std::vector<AskBefore> strategies(parts_.size());
  bool any = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].job.consults) continue;
    any = true;
    strategies[i] = [this, &part = parts_[i]](const sdk::Input& input) {
      return in_plugin(work_.bench.journal(), part.job.name,
                       [&] { return part.strategy->consult(input, part.context); });
    };
  }
  if (!any) return std::vector<Consulted>(inputs.size());
  if (consulted_ != nullptr) return run::consult(*consulted_, inputs, strategies, work_.job.seed);
  // What was trained at a provider writes alone: vectors are the embedding model's, whoever writes.
  const bool trained = work_.job.model->source == "local" &&
                       std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.job.trains; });
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
  perturbation_.arrange(draft);
  return draft;
}

sdk::Request Asking::put(const sdk::Exchange& exchange, const sdk::PromptDraft& draft, bool written) const {
  sdk::Request request = written ? prompter_.written_question(draft, exchange.input, exchange.generation)
                                 : prompter_.question(draft, exchange.input, exchange.generation);
  if (budget_) rendered_.add(exchange.input, draft, written, request);
  return request;
}

sdk::Answer Asking::read(const sdk::Exchange& exchange, const sdk::Completion& completion) const {
  sdk::Answer answer;
  if (!completion.choice_scores.empty()) {
    if (completion.choice < exchange.input.choices.size()) answer.text = exchange.input.choices[completion.choice];
  } else if (!completion.samples.empty()) {
    answer.text = prompter_.read(completion.samples.front().text, exchange.input).value_or("");
  }
  return answer;
}

/// Mostly called by a driver, whose code runs on when the reader's has returned: the journal says so.
template <class Call>
auto Asking::in_reader(const sdk::Exchange& of, const Call& call) const {
  struct Back {
    const Asking& self;
    ~Back() {
      if (self.driver_ != nullptr) self.work_.bench.journal().enter(self.driver_->job.name);
    }
  } back{*this};
  const sdk::Exchange inner = exchange(of.input, of.draft, of.so_far, false);
  return in_plugin(work_.bench.journal(), reader_->job.name, [&] { return call(*reader_, inner); });
}

sdk::Exchange Asking::exchange(const sdk::Input& input, const sdk::PromptDraft& draft,
                               std::span<const sdk::Completion> so_far, bool with_reader) const {
  static const auto self = [](const sdk::Exchange& of) -> const Asking& {
    return *static_cast<const Asking*>(of.engine);
  };
  sdk::Exchange made{
      .input = input, .draft = draft, .so_far = so_far, .generation = work_.job.generation, .engine = this};
  made.ask = [](const sdk::Exchange& of, const sdk::PromptDraft& about) { return self(of).put(of, about, false); };
  made.write = [](const sdk::Exchange& of, const sdk::PromptDraft& about) { return self(of).put(of, about, true); };
  made.read = [](const sdk::Exchange& of, const sdk::Completion& completion) { return self(of).read(of, completion); };
  made.read_text = [](const sdk::Exchange& of, const std::string& text, const Json& reader) {
    return self(of).prompter_.read(text, of.input, reader);
  };
  made.render = [](const sdk::Exchange& of, const std::string& jinja, const Json& variables) {
    return self(of).prompter_.render_text(jinja, of.input, variables);
  };
  if (!with_reader || reader_ == nullptr) return made;
  made.ask = [](const sdk::Exchange& of, const sdk::PromptDraft& about) {
    return self(of).in_reader(of, [&](const Part& reader, const sdk::Exchange& inner) {
      return reader.strategy->question(inner, about, reader.context);
    });
  };
  made.read = [](const sdk::Exchange& of, const sdk::Completion& completion) {
    return self(of).in_reader(of, [&](const Part& reader, const sdk::Exchange& inner) {
      return reader.strategy->answer(inner, completion, reader.context);
    });
  };
  return made;
}

Fitted Asking::fit(sdk::Request& request) const {
  const sdk::Prompt* asked = prompt_of(request);
  const auto origin = asked == nullptr ? std::nullopt : rendered_.origin_of(*asked);
  if (!origin) return budget_->check(request);
  // What the driver made of its request stays, but for what comes from the draft.
  const auto render = [&, wanted = request](const sdk::PromptDraft& draft) {
    sdk::Request again = wanted;
    const auto& [input, unused, written, prompt_before, choices_before] = *origin->rendered;
    const sdk::Request rendered = written ? prompter_.written_question(draft, input, work_.job.generation)
                                          : prompter_.question(draft, input, work_.job.generation);
    sdk::Prompt& prompt = *prompt_of(again);
    prompt = *prompt_of(rendered);
    prompt.messages.insert(prompt.messages.end(), origin->messages.begin(), origin->messages.end());
    prompt.text = origin->rendered_by_model ? "" : prompt.text + origin->text;
    auto* choices = std::get_if<sdk::ScoreChoices>(&again.what);
    const auto* own = std::get_if<sdk::ScoreChoices>(&rendered.what);
    if (choices != nullptr && own != nullptr && choices->choices == choices_before) choices->choices = own->choices;
    return again;
  };
  return budget_->fit(request, origin->rendered->draft, render);
}

bool Asking::fit(Question& question, std::vector<sdk::Request>& requests) const {
  try {
    for (sdk::Request& request : requests) question.asked.fitted.push_back(fit(request));
    return true;
  } catch (const UnsupportedModel& error) {
    question.asked.error = error.what();
    question.open = false;
    return false;
  }
}

sdk::Step Asking::next(const Question& question) {
  rendered_.clear();
  const sdk::Exchange what = exchange(*question.asked.input, question.draft, question.asked.completions, true);
  if (driver_ == nullptr) {
    static const sdk::Strategy asks_once;
    return asks_once.next(what, {});
  }
  return in_plugin(work_.bench.journal(), driver_->job.name,
                   [&] { return driver_->strategy->next(what, driver_->context); });
}

void Asking::try_state(const Json& state, const std::filesystem::path& files) {
  for (Part& part : parts_) {
    if (part.job.name != work_.job.part.value().name) continue;
    part.state = state;
    part.context.state = &part.state;
    part.context.directory = files;
  }
}

std::vector<Asking::Lesson> Asking::lessons(std::span<const sdk::Example> examples) {
  std::vector<const sdk::Input*> inputs;
  for (const sdk::Example& example : examples) inputs.push_back(&example.input);
  const std::vector<Consulted> consulted = consult(inputs);
  std::vector<Lesson> lessons;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const sdk::Example& example = examples[i];
    if (!consulted[i].error.empty())
      throw Error(fmt::format("training example {}: {}", example.input.id, consulted[i].error));
    rendered_.clear();
    const sdk::PromptDraft draft = compose(example.input, consulted[i]);
    const sdk::Exchange asked = exchange(example.input, draft, {}, true);
    // The prompt is the same whether choices are scored or one is written; only a budget and a reader look at the difference.
    sdk::Request request = budget_ || reader_ != nullptr ? asked.ask(asked, draft) : asked.write(asked, draft);
    if (budget_) static_cast<void>(fit(request));
    const std::string target =
        reader_ == nullptr ? example.target : in_plugin(work_.bench.journal(), reader_->job.name, [&] {
          return reader_->strategy->lesson(example, reader_->context);
        });
    const sdk::Prompt& prompt = *prompt_of(request);
    lessons.push_back({prompt, prompter_.continuation(draft, prompt, target, example.input)});
  }
  return lessons;
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

/// The requests that all examples make at one time.
struct Asking::Round {
  struct Place {
    std::size_t question, request;
  };
  std::vector<sdk::Request> requests;
  std::vector<std::string> names;          ///< shared_name, a request each; empty for those of one example
  std::vector<std::vector<Place>> places;  ///< whose each request is; the first of them pays
  std::unordered_map<std::string, std::size_t> by_name;  ///< requests that are shared
  bool any = false;                                      ///< some example has taken a step
};

void Asking::settle(Question& question, std::size_t request, sdk::Completion completion) {
  question.asked.usage += completion.usage;
  question.asked.milliseconds += completion.milliseconds;
  if (question.asked.error.empty()) question.asked.error = completion.error;
  question.asked.completions[request] = std::move(completion);
}

void Asking::advance(std::vector<Question>& questions, std::size_t which, Round& round) {
  Question& question = questions[which];
  Asked& asked = question.asked;
  sdk::Step step = next(question);
  if (auto* answer = std::get_if<sdk::Answer>(&step)) {
    asked.answer = with_findings(std::move(*answer), question.draft);
    question.open = false;
    return;
  }
  auto& wanted = std::get<std::vector<sdk::Request>>(step);
  if (wanted.empty() || asked.completions.size() + wanted.size() > kMostRequests) {
    throw Error(fmt::format("plugin '{}': neither asks nor answers after {} requests for example {}",
                            driver_ == nullptr ? "" : driver_->job.name, asked.completions.size(), asked.input->id));
  }
  if (budget_ && !fit(question, wanted)) return;
  round.any = true;
  asked.completions.resize(asked.completions.size() + wanted.size());
  for (sdk::Request& request : wanted) {
    const Round::Place place{which, asked.prompts.size()};
    request.draw = {work_.job.seed, asked.input->index, place.request};
    request.example_id = asked.input->id;
    asked.steps.push_back(request.step);
    asked.prompts.push_back(prompt_text(request));
    const auto* score = std::get_if<sdk::ScoreChoices>(&request.what);
    asked.choices.push_back(score == nullptr ? std::vector<std::string>{} : score->choices);
    std::string name = request.shared ? shared_name(request) : "";
    if (request.shared) {
      if (const auto known = shared_.find(name); known != shared_.end()) {
        settle(question, place.request, known->second);
        continue;
      }
      if (const auto [waiting, first] = round.by_name.try_emplace(name, round.requests.size()); !first) {
        round.places[waiting->second].push_back(place);
        continue;
      }
    }
    round.requests.push_back(std::move(request));
    round.names.push_back(std::move(name));
    round.places.push_back({place});
  }
}

void Asking::send(std::vector<Question>& questions, Round& round) {
  std::vector<sdk::Completion> completions = sdk::ask_all(model_, std::move(round.requests));
  for (std::size_t i = 0; i < completions.size(); ++i) {
    sdk::Completion again = completions[i];
    again.usage = {};
    again.milliseconds = 0;
    const std::vector<Round::Place>& places = round.places[i];
    for (std::size_t p = 1; p < places.size(); ++p) settle(questions[places[p].question], places[p].request, again);
    settle(questions[places.front().question], places.front().request, std::move(completions[i]));
    if (!round.names[i].empty() && again.error.empty()) shared_.emplace(std::move(round.names[i]), std::move(again));
  }
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
  for (bool any = true; any;) {
    Round round;
    for (std::size_t q = 0; q < questions.size(); ++q) {
      if (questions[q].open) advance(questions, q, round);
    }
    if (!round.requests.empty()) send(questions, round);
    for (Question& question : questions) question.open = question.open && question.asked.error.empty();
    any = round.any;
  }
  std::vector<Asked> asked;
  asked.reserve(questions.size());
  for (Question& question : questions) {
    if (charges_) work_.add_usage(question.asked.usage);
    asked.push_back(std::move(question.asked));
  }
  return asked;
}

}  // namespace assay::run
