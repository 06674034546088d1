#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <limits>
#include <map>

namespace {

using assay::Json;
using namespace assay::sdk;

constexpr std::size_t kMostCombinations = 20'000;

/// Asks for each choice by a word that the model knows better ("verbaliser", Schick and Schütze 2020, arXiv 2001.07676):
/// of the candidates, the combination that answers most validation rows right. Each row is asked once, about all
/// candidates; which combination answers what follows from their scores.
class LabelWords final : public Strategy {
 public:
  explicit LabelWords(const Params& params)
      : words_(params.get<std::map<std::string, std::vector<std::string>>>("words")),
        rows_(params.get<std::size_t>("rows", 0)) {}

  std::optional<Json> adapt(std::span<const Example>, std::span<const Example> validation,
                            AdaptContext& context) override {
    if (validation.empty()) throw assay::BadInput("label_words chooses on validation rows, but the dataset has none");
    if (rows_ > 0) validation = validation.first(std::min(rows_, validation.size()));
    const Candidates candidates = candidates_for(validation.front().input.choices);
    const std::vector<std::vector<double>> scores = ask(validation, candidates.all, context);
    std::vector<std::size_t> pick(candidates.of_choice.size(), 0), best;
    std::size_t most = 0, tried = 0;
    do {
      if (!distinct(candidates, pick)) continue;
      ++tried;
      const std::size_t right = count_right(validation, candidates, pick, scores);
      if (best.empty() || right > most) best = pick, most = right;
    } while (advance(candidates, pick));
    if (best.empty()) throw assay::BadInput("label_words: no combination has a different word for each choice");
    Json chosen = Json::object();
    for (std::size_t c = 0; c < best.size(); ++c) {
      chosen[candidates.choices[c]] = candidates.all[candidates.of_choice[c][best[c]]];
    }
    const double accuracy = static_cast<double>(most) / static_cast<double>(validation.size());
    context.log("label_words: " + chosen.dump() + " is right on " + std::to_string(most) + " of " +
                std::to_string(validation.size()) + " validation rows, the best of " + std::to_string(tried) +
                " combinations");
    return Json{{"words", std::move(chosen)}, {"validation_accuracy", accuracy}, {"combinations", tried}};
  }

  Request question(const Exchange& exchange, const PromptDraft& draft, const PromptContext& context) const override {
    const Json& words = context.state->at("words");
    const auto word = [&](const std::string& choice) { return words.value(choice, choice); };
    Input spoken = exchange.input;
    for (std::string& choice : spoken.choices) choice = word(choice);
    PromptDraft with_words = draft;
    for (Shot& shot : with_words.shots) shot.target = word(shot.target);
    return exchange.ask(exchange.about(spoken, with_words), with_words);
  }

  std::string lesson(const Example& example, const PromptContext& context) const override {
    return context.state->at("words").value(example.target, example.target);
  }

  /// A scored choice is one by its position, a written word by its name.
  Answer answer(const Exchange& exchange, const Completion& completion, const PromptContext& context) const override {
    if (completion.samples.empty()) return exchange.read(exchange, completion);
    const Json& words = context.state->at("words");
    Input spoken = exchange.input;
    for (std::string& choice : spoken.choices) choice = words.value(choice, choice);
    Answer answer = exchange.read(exchange.about(spoken, exchange.draft), completion);
    const auto found = std::find(spoken.choices.begin(), spoken.choices.end(), answer.text);
    answer.text = found == spoken.choices.end()
                      ? ""
                      : exchange.input.choices[static_cast<std::size_t>(found - spoken.choices.begin())];
    return answer;
  }

 private:
  struct Candidates {
    std::vector<std::string> choices;
    std::vector<std::string> all;                     ///< every word once
    std::vector<std::vector<std::size_t>> of_choice;  ///< positions in `all`
  };

  [[nodiscard]] Candidates candidates_for(const std::vector<std::string>& choices) const {
    for (const auto& [choice, unused] : words_) {
      if (std::find(choices.begin(), choices.end(), choice) == choices.end()) {
        throw assay::BadInput("label_words: '" + choice + "' is no choice of the dataset");
      }
    }
    Candidates made{choices, {}, {}};
    std::size_t combinations = 1;
    for (const std::string& choice : choices) {
      const auto written = words_.find(choice);
      auto& positions = made.of_choice.emplace_back();
      for (const std::string& word : written == words_.end() ? std::vector<std::string>{choice} : written->second) {
        auto at = std::find(made.all.begin(), made.all.end(), word);
        if (at == made.all.end()) at = made.all.insert(made.all.end(), word);
        positions.push_back(static_cast<std::size_t>(at - made.all.begin()));
      }
      combinations *= positions.size();
      if (combinations > kMostCombinations) {
        throw assay::BadInput("label_words: the candidates make more than " + std::to_string(kMostCombinations) +
                              " combinations; name fewer for each choice");
      }
    }
    return made;
  }

  /// Log-probabilities of all words, a row an example.
  static std::vector<std::vector<double>> ask(std::span<const Example> rows, const std::vector<std::string>& words,
                                              AdaptContext& context) {
    std::vector<Request> requests;
    for (const Example& row : rows) {
      Input spoken = row.input;
      spoken.choices = words;
      requests.push_back(context.question(spoken));
      if (!std::holds_alternative<ScoreChoices>(requests.back().what)) {
        throw assay::UnsupportedModel(
            "label_words compares words by their log-probabilities, which this model does not give");
      }
    }
    std::vector<Completion> completions = ask_all(*context.model(), std::move(requests));
    std::vector<std::vector<double>> scores;
    for (std::size_t i = 0; i < completions.size(); ++i) {
      if (!completions[i].error.empty())
        throw assay::Error("label_words: validation row " + rows[i].input.id + ": " + completions[i].error);
      scores.push_back(std::move(completions[i].choice_scores));
    }
    return scores;
  }

  static bool distinct(const Candidates& candidates, const std::vector<std::size_t>& pick) {
    std::vector<std::size_t> used;
    for (std::size_t c = 0; c < pick.size(); ++c) used.push_back(candidates.of_choice[c][pick[c]]);
    std::sort(used.begin(), used.end());
    return std::adjacent_find(used.begin(), used.end()) == used.end();
  }

  /// The next combination, the last choice's word changing first; false after the last one.
  static bool advance(const Candidates& candidates, std::vector<std::size_t>& pick) {
    for (std::size_t c = pick.size(); c-- > 0;) {
      if (++pick[c] < candidates.of_choice[c].size()) return true;
      pick[c] = 0;
    }
    return false;
  }

  static std::size_t count_right(std::span<const Example> rows, const Candidates& candidates,
                                 const std::vector<std::size_t>& pick, const std::vector<std::vector<double>>& scores) {
    std::size_t right = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::size_t best = 0;
      double most = -std::numeric_limits<double>::infinity();
      for (std::size_t c = 0; c < pick.size(); ++c) {
        const double score = scores[r].at(candidates.of_choice[c][pick[c]]);
        if (score > most) best = c, most = score;
      }
      right += candidates.choices[best] == rows[r].target ? 1 : 0;
    }
    return right;
  }

  std::map<std::string, std::vector<std::string>> words_;
  std::size_t rows_;
};

}  // namespace

ASSAY_STRATEGY(LabelWords,
               {.name = "label_words",
                .version = "1.0",
                .summary = "asks for each choice by the word that does best on validation rows",
                .params = R"json({"type":"object","additionalProperties":false,"required":["words"],"properties":{
  "words":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string","minLength":1},"minItems":1},
    "description":"candidates by choice: {positive: [positive, great], negative: [negative, awful]}; a choice that is not named keeps its own"},
  "rows":{"type":"integer","minimum":0,"default":0,"description":"validation rows asked, the first ones; 0 for all"}}})json",
                .adapts = true,
                .reads = true,
                .needs_validation = true,
                .needs_choices = true,
                .asks_in_adapt = true})
