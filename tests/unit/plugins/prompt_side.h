#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "host/catalog.h"
#include "run/asking.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay::test {

/// Strategies of one list, with their parameters.
using List = std::vector<std::pair<std::string, Json>>;

/// Adapts built-in strategies on rows in files and asks a fake model about test rows, as the stages of a run do.
class PromptSide : public testing::FolderFixture {
 protected:
  PromptSide() {
    source_.name = "rows";
    source_.input = "{{ text }}";
    source_.target = "{{ label }}";
    source_.rationale = "{{ why }}";
    source_.choices = {"red", "blue"};
    for (int i = 0; i < 12; ++i) {
      train_.push_back({{"text", fmt::format("train {}", i)},
                        {"label", i % 2 == 0 ? "red" : "blue"},
                        {"why", fmt::format("since {}", i)}});
    }
    model_.about.context_length = 1'000'000;
    // Scores that depend on the question, so that what is asked shows in what is answered.
    model_.reply = [](const sdk::Request& request) {
      sdk::Completion completion;
      if (const auto* score = std::get_if<sdk::ScoreChoices>(&request.what)) {
        for (std::size_t i = 0; i < score->choices.size(); ++i) {
          completion.choice_scores.push_back(
              -1.0 - static_cast<double>((std::hash<std::string>()(score->prompt.text) >> i) % 7));
        }
        const auto& scores = completion.choice_scores;
        completion.choice = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
      } else if (const auto* text = std::get_if<sdk::Generate>(&request.what)) {
        const bool red = std::hash<std::string>()(text->prompt.text) % 2 == 0;
        for (int i = 0; i < text->samples; ++i)
          completion.samples.push_back({red ? "the answer is red" : "the answer is blue", "stop", {-1.0}});
      } else {
        completion.embedding = vector_of(std::get<sdk::Embed>(request.what).text);
      }
      completion.usage = {.prompt_tokens = 3, .completion_tokens = 1};
      return completion;
    };
  }

  /// Of as many numbers as the simulated model's, which is asked while strategies adapt.
  static std::vector<float> vector_of(const std::string& text) {
    std::vector<float> vector(64, 1.0F);
    vector[std::hash<std::string>()(text) % vector.size()] += 1.0F;
    return vector;
  }

  static std::vector<Json> rows(std::size_t count) {
    std::vector<Json> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(
          {{"text", fmt::format("question {}", i)}, {"label", i % 3 == 0 ? "red" : "blue"}, {"why", "because"}});
    }
    return made;
  }

  std::string write_rows(const std::string& name, const std::vector<Json>& rows) {
    std::ofstream out(folder_ / name, std::ios::binary);
    for (const Json& row : rows) out << row.dump() << '\n';
    return (folder_ / name).string();
  }

  /// What a model would learn of the training rows with the list's prompts.
  std::vector<run::Asking::Lesson> lessons(const List& list) {
    std::vector<run::Asking::Lesson> learnt;
    with_list(list, {}, [&](run::Asking& asking) { learnt = asking.lessons(data::load(source_, data::Split::train)); });
    return learnt;
  }

  /// The strategies of `list` about `test`; the files are written anew, so that everything is read as in a run of its own.
  std::vector<run::Asked> ask(const List& list, const std::vector<Json>& test) {
    std::vector<run::Asked> asked;
    with_list(list, test, [&](run::Asking& asking) {
      std::vector<const sdk::Input*> inputs;
      for (const sdk::Example& example : examples_) inputs.push_back(&example.input);
      asked = asking.ask(inputs);
    });
    return asked;
  }

  template <class Call>
  void with_list(const List& list, const std::vector<Json>& test, const Call& call) {
    source_.train = write_rows("train.jsonl", train_);
    source_.validation = write_rows("validation.jsonl", train_);
    source_.test = write_rows("test.jsonl", test);
    if (!test.empty()) examples_ = data::load(source_, data::Split::test);
    run::Journal journal;
    run::Workbench bench(journal);
    plan::Job job;
    job.kind = "generate";
    job.instruction = instruction_;
    job.prompt = prompt_;
    job.seed = 7;
    job.dataset = source_;
    std::map<std::string, std::string> bundles;
    for (const auto& [name, params] : list) job.parts.push_back(part_of(name, params));
    for (const bool tries : {false, true}) {  // what tries prompts does so with all of the list
      for (plan::PartJob& part : job.parts) {
        if (!part.adapts || part.tries != tries) continue;
        part.adapt = adapt(part, job, bundles, bench);
        bundles[part.adapt] = (folder_ / part.adapt).string();
      }
    }
    store::BundleWriter writer(folder_ / "asked", "asked", "generate", Json::object());
    run::StageWork work(job, bundles, writer, bench, [](std::int64_t, std::int64_t) {});
    run::Asking asking(work, model_);
    call(asking);
  }

  run::Asked ask_one(const List& list, const Json& row) { return ask(list, {row}).front(); }

  data::DatasetSource source_;
  std::vector<Json> train_;
  std::vector<sdk::Example> examples_;
  std::string instruction_ = "which colour ?";
  plan::PromptJob prompt_{"", " {{ target }}\n"};
  testing::FakeModel model_;

 private:
  static plan::PartJob part_of(const std::string& name, const Json& params) {
    plan::PartJob part;
    part.name = name;
    part.library = (std::filesystem::path(std::getenv("ASSAY_PLUGINS")) / (name + ".so")).string();
    const Json manifest = host::read_manifest(part.library);
    part.adapts = manifest.at("adapts"), part.composes = manifest.at("composes"), part.drives = manifest.at("drives");
    part.reads = manifest.at("reads"), part.consults = manifest.at("consults"),
    part.asks_in_adapt = manifest.at("asks_in_adapt");
    part.reads_no_rows = manifest.at("reads_no_rows"), part.tries = manifest.at("tries");
    for (const auto& [key, property] : manifest.at("params").at("properties").items()) {
      if (property.contains("default")) part.params[key] = property.at("default");
    }
    part.params.update(params);
    return part;
  }

  std::string adapt(const plan::PartJob& part, plan::Job job, const std::map<std::string, std::string>& bundles,
                    run::Workbench& bench) {
    const std::string key = fmt::format("adapted{}", adapted_++);
    job.kind = "adapt";
    job.part = part;
    job.dataset->test.clear();
    if (!part.tries) job.parts.clear();
    job.metric = plan::MetricJob{
        "accuracy", "", (std::filesystem::path(std::getenv("ASSAY_PLUGINS")) / "accuracy.so").string(), Json::object()};
    job.select = "accuracy";
    job.model = plan::ModelJob{"fake", "simulated", "", "auto", {{"accuracy", 0.7}}};
    store::BundleWriter writer(folder_ / key, key, "adapt", Json::object());
    run::StageWork work(job, bundles, writer, bench, [](std::int64_t, std::int64_t) {});
    run::do_adapt(work);
    writer.commit();
    return key;
  }

  int adapted_ = 0;
};

}  // namespace assay::test
