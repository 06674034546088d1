#pragma once
#include <assay/sdk/metric.h>

#include <optional>
#include <string>

#include "reading.h"
#include "templates.h"

namespace llm_judge {

/// How judges are asked and answer: what both modes have in common.
class Question {
 public:
  /// `standard` is the template unless the parameters name one.
  Question(const assay::sdk::Params& params, const char* standard)
      : standard_(standard),
        file_(params.get<std::string>("template", "")),
        judge_(params.get<std::string>("model")),
        verdict_(params.get<std::string>("verdict", "written")),
        shows_reference_(params.get<bool>("reference", true)) {
    settings_.max_tokens = params.get<int>("max_tokens", 512);
  }

  void begin(const assay::sdk::ScoringContext& context) {
    instruction_ = context.instruction;
    render_ = context.render;
    render_file_ = context.render_file;
  }

  /// Whether the judge's words are compared by their probability instead of read out of what it writes.
  [[nodiscard]] bool chooses() const { return verdict_ == "chosen"; }

  /// What every template may name.
  [[nodiscard]] assay::Json variables(const assay::sdk::Prediction& p, bool reference) const {
    return {{"instruction", instruction_},
            {"input", p.input.text},
            {"reference", reference && shows_reference_ ? p.target : ""},
            {"verdict", verdict_}};
  }

  /// The request; where the judge chooses, the line to go on from is `name`'s, and `words` are what it may be.
  [[nodiscard]] assay::sdk::Request request(const assay::Json& variables, const std::string& name,
                                            const Words& words) const {
    const std::string text = file_.empty() ? render_(standard_, variables) : render_file_(file_, variables);
    assay::sdk::Request request;
    if (!chooses()) {
      request.what = assay::sdk::Generate{.prompt = {.text = {}, .messages = {{"user", text}}}, .settings = settings_};
      return request;
    }
    assay::sdk::ScoreChoices score{.prompt = {.text = {}, .messages = {{"user", text}, {"assistant", name + ":"}}},
                                   .choices = {}};
    for (const std::string& word : words) score.choices.push_back(" " + word);
    request.what = std::move(score);
    return request;
  }

  /// Which of `words` the judge said of `name`.
  [[nodiscard]] std::optional<std::size_t> read(const assay::sdk::Completion& said, const std::string& name,
                                                const Words& words) const {
    if (chooses()) return said.choice;
    return said.samples.empty() ? std::nullopt : read_line(said.samples.front().text, name, words);
  }

  [[nodiscard]] std::string signature() const {
    return "judge:" + judge_ + "|verdict:" + verdict_ +
           "|template:" + (file_.empty() ? "standard" : file_.substr(file_.rfind('/') + 1));
  }

 private:
  const char* standard_;
  std::string file_, judge_, verdict_;
  bool shows_reference_;
  assay::sdk::GenerationSettings settings_;
  std::string instruction_;
  decltype(assay::sdk::ScoringContext::render) render_, render_file_;
};

/// The field of a row that holds what people said; null where they said nothing about it. @throws BadInput where it is not there
assay::Json label_of(const assay::sdk::Prediction&, const std::string& field);

}  // namespace llm_judge
