#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <fmt/core.h>

#include <cmath>

#include "conformance/findings.h"
#include "conformance/strategy_subject.h"
#include "host/catalog.h"

namespace assay::conformance {
namespace {

constexpr int kSteps = 3;
constexpr double kSameLoss = 1e-4;  // both executors come within a tenth of it

/// As short a training as shows something: `max_steps` and the batch are the engine's parameters.
Subject shortened(Subject subject) {
  subject.params["max_steps"] = kSteps;
  subject.params["batch_size"] = 4;
  subject.params["learning_rate"] = 0.01;
  subject.seconds *= 3;
  return subject;
}

/// What the model, with what was saved in `adapter` where that is named, says of a few texts.
Json scores_of(StrategyAtWork& work, const std::vector<std::filesystem::path>& adapter) {
  const auto model = work.bench().adapted(work.model(), 1, adapter);
  std::vector<sdk::Request> requests;
  for (const char* text : {"invoice number", "the network is down", "a password"}) {
    requests.push_back({sdk::ScoreChoices{{text, {}}, {" billing", " outage", " account"}, false}, {}, text});
  }
  Json scores = Json::array();
  for (const sdk::Completion& completion : sdk::ask_all(*model, std::move(requests)))
    scores.push_back(completion.choice_scores);
  return scores;
}

/// The loss of the text that StrategyAtWork has looked at right after the training, with what was saved.
double loss_of_saved(StrategyAtWork& work) {
  const auto model = work.bench().adapted(work.model(), 1, {work.adapted() / "adapter"});
  return model->mean_cross_entropy(model->tokenizer().encode(StrategyAtWork::kKnownText, true));
}

}  // namespace

void check_training(const Subject& whole, Findings& findings) {
  const char* const checks[] = {"trains",
                                "deterministic",
                                "leaves_nothing_behind",
                                "adapter_round_trip",
                                "leaves_the_process_alone",
                                "leaves_the_model_alone"};
  if (whole.model.empty()) {
    for (const char* check : checks) findings.skip(check, "no model folder was given to train");
    return;
  }
  const Subject subject = shortened(whole);
  const Json manifest = host::read_manifest(subject.library);
  if (manifest.at("sites") == "fine_tuning_job") {
    for (const char* check : checks) findings.skip(check, "its training is a job at the model's provider");
    return;
  }
  const auto trained = [&](bool after_another) {
    return attempt(subject, [&] {
      StrategyAtWork work(subject, manifest);
      if (after_another) work.adapt({.examples = Examples::other, .seed = 8});
      return work.adapt({});
    });
  };
  const Tried usual = trained(false);
  if (!usual.done) return findings.fail("trains", usual.why);
  findings.pass("trains");
  findings.compare("deterministic", usual, trained(false),
                   "the same training came to something else when it was run again");
  findings.compare("leaves_nothing_behind", usual, trained(true), "after another training in the same process");
  findings.judge("adapter_round_trip", subject, [&]() -> Json {
    StrategyAtWork work(subject, manifest);
    const Json before = scores_of(work, {});
    work.adapt({});
    const Json with = scores_of(work, {work.adapted() / "adapter"});
    if (with == before) return {{"problem", "the model is the same with what was saved as without it"}};
    if (with != scores_of(work, {work.adapted() / "adapter"}))
      return {{"problem", "what was saved reads back as something else the second time"}};
    const double trained = work.loss_when_trained(), saved = loss_of_saved(work);
    if (std::abs(trained - saved) <= kSameLoss) return nullptr;
    return {{"problem", fmt::format("a text costs {:.6f} a token with what was saved and {:.6f} right after the "
                                    "training: something that was trained is not saved, or not "
                                    "as it is read",
                                    saved, trained)}};
  });
  check_process(subject, findings, [&] { StrategyAtWork(subject, manifest).adapt({}); });
  findings.judge("leaves_the_model_alone", subject, [&]() -> Json {
    StrategyAtWork work(subject, manifest);
    const Json files = hashes_of(subject.model), before = scores_of(work, {});
    work.adapt({});
    if (hashes_of(subject.model) != files) return {{"problem", "the files of the model's folder were changed"}};
    if (scores_of(work, {}) != before)
      return {{"problem", "the model without the adapter answers otherwise after the training"}};
    return nullptr;
  });
}

}  // namespace assay::conformance
