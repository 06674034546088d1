#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <vector>

#include "models/local/local_model.h"
#include "unit/models/shared_folder.h"

namespace assay::models {
namespace {

struct Row {
  std::string text, target;
};

std::vector<Row> rows(const std::filesystem::path& path) {
  std::vector<Row> result;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const Json row = Json::parse(line);
    result.push_back({row.at("text"), row.at("target")});
  }
  return result;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

/// What counts for arithmetic: the part after the last "answer".
std::string final_part(const std::string& text) {
  const auto at = text.rfind("answer");
  return trimmed(at == std::string::npos ? text : text.substr(at + 6));
}

class NanoTasks : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = shared_folder("ASSAY_SHARED_NANO");
    if (folder_.empty()) GTEST_SKIP() << "ASSAY_SHARED_NANO names no folder";
  }

  /// '1' for each test row answered rightly, asked as the model's page says.
  std::string right_answers(LocalModel& model, const std::string& task, const Json& description,
                            std::size_t shots) const {
    const auto train = rows(folder_ / "tasks" / (task + ".train.jsonl"));
    const auto test = rows(folder_ / "tasks" / (task + ".test.jsonl"));
    std::string head = fmt::format(" {}\n", description.at("instruction").get<std::string>());
    for (std::size_t i = 0; i < shots; ++i) head += fmt::format(" {} => {}\n", train[i].text, train[i].target);
    std::vector<sdk::Request> requests;
    for (const Row& row : test) {
      sdk::Prompt prompt{fmt::format("{} {} =>", head, row.text), {}};
      sdk::Request request;
      if (description.at("choices").is_null()) {
        sdk::Generate generate{prompt, {}, 1, false};
        generate.settings.max_tokens = 70;
        generate.settings.stop = {"\n"};
        request.what = generate;
      } else {
        sdk::ScoreChoices score{prompt, {}, false};
        for (const auto& choice : description.at("choices"))
          score.choices.push_back(fmt::format(" {}\n", choice.get<std::string>()));
        request.what = score;
      }
      requests.push_back(request);
    }
    const auto ids = model.submit(std::move(requests));
    std::string right(test.size(), '?');
    for (auto finished = model.collect(); !finished.empty(); finished = model.collect()) {
      for (const auto& [id, completion] : finished) {
        EXPECT_EQ(completion.error, "");
        const std::size_t i = id - ids.front();
        const bool good = description.at("choices").is_null()
                              ? final_part(completion.samples.at(0).text) == final_part(test[i].target)
                              : description.at("choices").at(completion.choice) == test[i].target;
        right[i] = good ? '1' : '0';
      }
    }
    return right;
  }

  std::filesystem::path folder_;
};

TEST_F(NanoTasks, StringsOfRightAndWrongAnswersAreThePublishedOnes) {
  LocalModel model(folder_ / "model");
  const Json results = read_json(folder_ / "tasks" / "results.json");
  for (const auto& [task, description] : results.items()) {
    for (const auto& [setting, expected] : description.items()) {
      if (!expected.is_object() || !expected.contains("right")) continue;
      const std::string prefix = "few_shot_first_";
      const std::size_t shots = setting.starts_with(prefix) ? std::stoul(setting.substr(prefix.size())) : 0;
      const std::string right = right_answers(model, task, description, shots);
      const auto published = expected.at("right").get<std::string>();
      ASSERT_EQ(right.size(), published.size());
      int apart = 0;
      for (std::size_t i = 0; i < right.size(); ++i) apart += right[i] != published[i] ? 1 : 0;
      EXPECT_LE(apart, 2) << task << ' ' << setting;
      RecordProperty(task + "." + setting, apart);
      std::cout << task << ' ' << setting << ": " << apart << " apart\n";
    }
  }
}

}  // namespace
}  // namespace assay::models
