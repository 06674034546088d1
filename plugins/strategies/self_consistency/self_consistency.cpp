#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

using assay::Json;
using namespace assay::sdk;

/// One answer that some samples came to.
struct Candidate {
  std::string text;
  int votes = 0;
  double likelihood = 0;  ///< sum over its samples of the mean probability of a token, exp(mean log-probability)
};

/// Draws several outputs and answers with what most of them say (Wang et al. 2022, arXiv 2203.11171). The question is put
/// and each output read as the list's other strategies do it.
class SelfConsistency final : public Strategy {
 public:
  explicit SelfConsistency(const Params& params)
      : samples_(params.get<int>("samples", 5)),
        temperature_(params.get<double>("temperature", 0.7)),
        top_k_(params.get<int>("top_k", 0)),
        top_p_(params.get<double>("top_p", 1.0)),
        vote_(params.get<std::string>("vote", "majority")),
        ties_(params.get<std::string>("ties", "first")) {}

  Step next(const Exchange& exchange, const PromptContext&) const override {
    if (!exchange.so_far.empty()) return count(exchange);
    Request request = exchange.ask(exchange, exchange.draft);
    // Scores of choices are the same every time: votes must be written.
    if (!std::holds_alternative<Generate>(request.what)) request = exchange.write(exchange, exchange.draft);
    auto& question = std::get<Generate>(request.what);
    question.samples = samples_;
    question.settings.temperature = temperature_;
    question.settings.top_k = top_k_;
    question.settings.top_p = top_p_;
    question.log_probabilities = vote_ == "likelihood" || ties_ == "likelihood";
    return std::vector<Request>{std::move(request)};
  }

 private:
  Answer count(const Exchange& exchange) const {
    std::vector<Candidate> candidates;
    Json read = Json::array();
    for (const Sample& sample : exchange.so_far.front().samples) {
      Completion one;
      one.samples.push_back(sample);
      const Answer answer = exchange.read(exchange, one);
      read.push_back(answer.text);
      if (answer.text.empty()) continue;
      auto found =
          std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) { return c.text == answer.text; });
      if (found == candidates.end()) found = candidates.insert(candidates.end(), {answer.text});
      ++found->votes;
      found->likelihood += likelihood(sample);
    }
    Answer result;
    result.details["samples"] = std::move(read);
    result.details["votes"] = Json::object();
    for (const Candidate& candidate : candidates) result.details["votes"][candidate.text] = candidate.votes;
    // Samples that cannot be read agree with nothing.
    const auto drawn = static_cast<double>(exchange.so_far.front().samples.size());
    double agreement = 0;
    if (!candidates.empty()) {
      const Candidate& best = *std::max_element(candidates.begin(), candidates.end(),
                                                [this](const Candidate& a, const Candidate& b) { return beats(b, a); });
      result.text = best.text;
      agreement = best.votes / drawn;
    }
    result.details["confidence"] = agreement;
    result.numbers["agreement"] = {agreement};
    result.numbers["distinct_answers"] = {static_cast<double>(candidates.size()), "", false};
    return result;
  }

  static double likelihood(const Sample& sample) {
    if (sample.log_probabilities.empty()) return 0;
    const double sum = std::accumulate(sample.log_probabilities.begin(), sample.log_probabilities.end(), 0.0);
    return std::exp(sum / static_cast<double>(sample.log_probabilities.size()));
  }

  /// Strictly: of equals the one drawn first stays.
  [[nodiscard]] bool beats(const Candidate& a, const Candidate& b) const {
    if (vote_ == "likelihood") return a.likelihood > b.likelihood;
    if (a.votes != b.votes) return a.votes > b.votes;
    return ties_ == "likelihood" && a.likelihood > b.likelihood;
  }

  int samples_;
  double temperature_;
  int top_k_;
  double top_p_;
  std::string vote_, ties_;
};

}  // namespace

ASSAY_STRATEGY(SelfConsistency, {.name = "self_consistency",
                                 .version = "1.0",
                                 .summary = "draws several outputs and answers with what most of them say",
                                 .params = R"json({"type":"object","additionalProperties":false,"properties":{
  "samples":{"type":"integer","minimum":1,"maximum":200,"default":5,"description":"outputs drawn for each example"},
  "temperature":{"type":"number","exclusiveMinimum":0,"maximum":10,"default":0.7,"description":"of the draws"},
  "top_k":{"type":"integer","minimum":0,"default":0,"description":"of the draws; 0 for all tokens"},
  "top_p":{"type":"number","exclusiveMinimum":0,"maximum":1,"default":1.0,"description":"of the draws"},
  "vote":{"type":"string","enum":["majority","likelihood"],"default":"majority",
    "description":"majority: the most samples; likelihood: the largest sum of the samples' exp(mean log-probability of a token)"},
  "ties":{"type":"string","enum":["first","likelihood"],"default":"first",
    "description":"of answers with equally many votes: the one drawn first, or the likelier one"}}})json",
                                 .drives = true,
                                 .random = true})
