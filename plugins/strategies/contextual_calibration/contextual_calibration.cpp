#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <cmath>

namespace {

using assay::Json;
using namespace assay::sdk;

/// exp(score) / sum of all: what the choices' log-probabilities say where one of them must be it.
std::vector<double> probabilities(const std::vector<double>& scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  std::vector<double> shares;
  double sum = 0;
  for (const double score : scores) sum += shares.emplace_back(std::exp(score - most));
  for (double& share : shares) share /= sum;
  return shares;
}

/// The same row with nothing in it: whatever a template reads of it, it reads `text`.
Input emptied(const Input& input, const std::string& text) {
  Input other = input;
  other.text = text;
  for (auto& [name, value] : other.fields.items()) value = text;
  return other;
}

/// Divides each choice's probability by what the model gives it where the input says nothing (Zhao et al. 2021, arXiv
/// 2102.09690, section 5: W = diag(p_cf)^-1, b = 0, with p_cf the mean over several content-free inputs).
class ContextualCalibration final : public Strategy {
 public:
  explicit ContextualCalibration(const Params& params)
      : inputs_(params.get<std::vector<std::string>>("inputs", {"N/A", "", "[MASK]"})) {}

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (exchange.so_far.empty()) return content_free(exchange);
    if (exchange.so_far.size() == inputs_.size()) {
      Request request = exchange.ask(exchange, exchange.draft);
      request.step = "question";
      return std::vector<Request>{std::move(request)};
    }
    return calibrated(exchange);
  }

 private:
  /// The engine asks equal ones once a stage: with the same examples before every question, once for all.
  std::vector<Request> content_free(const Exchange& exchange) const {
    std::vector<Request> requests;
    for (const std::string& text : inputs_) {
      const Input nothing = emptied(exchange.input, text);
      PromptDraft draft = exchange.draft;
      draft.input = text;
      Request request = exchange.ask(exchange.about(nothing, draft), draft);
      if (!std::holds_alternative<ScoreChoices>(request.what)) {
        throw assay::BadInput(
            "contextual_calibration corrects the probabilities of choices, but here the answer is written: give the "
            "dataset `choices`, and leave out of the list what has the model write");
      }
      request.step = "content_free";
      request.shared = true;
      requests.push_back(std::move(request));
    }
    return requests;
  }

  Answer calibrated(const Exchange& exchange) const {
    Completion completion = exchange.so_far.back();
    std::vector<double> prior(completion.choice_scores.size(), 0.0);
    for (const Completion& nothing : exchange.so_far.first(inputs_.size())) {
      const std::vector<double> shares = probabilities(nothing.choice_scores);
      for (std::size_t i = 0; i < prior.size(); ++i) prior[i] += shares[i] / static_cast<double>(inputs_.size());
    }
    const std::size_t before = completion.choice;
    for (std::size_t i = 0; i < prior.size(); ++i) completion.choice_scores[i] -= std::log(prior[i]);
    const auto& scores = completion.choice_scores;
    completion.choice = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    Answer answer = exchange.read(exchange, completion);
    answer.details["calibrated"] = probabilities(scores);
    answer.details["content_free"] = prior;
    answer.numbers["changed"] = {completion.choice == before ? 0.0 : 1.0};
    return answer;
  }

  std::vector<std::string> inputs_;
};

}  // namespace

ASSAY_STRATEGY(ContextualCalibration,
               {.name = "contextual_calibration",
                .version = "1.0",
                .summary = "divides the choices' probabilities by those after an input that says nothing",
                .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "inputs":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":20,"uniqueItems":true,"default":["N/A","","[MASK]"],
    "description":"texts that say nothing; their mean probabilities count"}}})json",
                .drives = true,
                .needs_choices = true})
