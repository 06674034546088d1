#include "pretrain/tasks/tasks.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "pretrain/lexicon.h"

namespace assay::synth {
namespace {

using testing::HasSubstr;

const std::filesystem::path kExperiments = std::filesystem::path(ASSAY_SOURCE_DIR) / "experiments";

TaskOptions options_of(std::uint64_t data_seed) {
  TaskOptions options;
  options.data_seed = data_seed;
  options.words = kExperiments / "pretrain/words";
  return options;
}

using Files = std::map<std::string, std::string>;

Files files_of(const TaskOptions& options) {
  Files files;
  for (auto& file : make_tasks(options)) files[file.path] = std::move(file.text);
  return files;
}

const Files& first_seed() {
  static const Files files = files_of(options_of(1));
  return files;
}

std::vector<Json> rows_of(const Files& files, const std::string& path) {
  std::vector<Json> rows;
  std::istringstream in(files.at(path));
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

const std::vector<std::pair<std::string, std::size_t>> kSplits = {{"train", 500}, {"validation", 100}, {"test", 300}};

TEST(TasksTest, TheSameSeedGivesTheSameBytesAndAnotherSeedOtherRows) {
  EXPECT_EQ(files_of(options_of(1)), first_seed());
  const Files other = files_of(options_of(2));
  for (const auto& family : task_families()) {
    EXPECT_EQ(other.at(family + "/task.json"), first_seed().at(family + "/task.json"));
    EXPECT_NE(other.at(family + "/test.jsonl"), first_seed().at(family + "/test.jsonl"));
  }
}

TEST(TasksTest, EachFamilyHasItsSplitsAndNoTextTwice) {
  EXPECT_EQ(first_seed().size(), task_families().size() * 4);
  for (const auto& family : task_families()) {
    std::set<std::string> seen;
    for (const auto& [split, count] : kSplits) {
      const auto rows = rows_of(first_seed(), family + "/" + split + ".jsonl");
      EXPECT_EQ(rows.size(), count) << family << " " << split;
      for (const auto& row : rows) EXPECT_TRUE(seen.insert(row.at("text")).second) << family << ": " << row;
    }
  }
}

TEST(TasksTest, TheTestRowsStayWhenMoreIsAskedOfTheOtherSplits) {
  TaskOptions options = options_of(1);
  options.train = 700;
  options.validation = 50;
  for (const auto& family : task_families()) {
    EXPECT_EQ(files_of(options).at(family + "/test.jsonl"), first_seed().at(family + "/test.jsonl"));
  }
}

TEST(TasksTest, RowsAreLowerCaseTokensWithSingleSpaces) {
  const std::regex style("[a-z0-9=.,!?:]+|[a-z]+(-[a-z]+)+");
  for (const auto& [path, text] : first_seed()) {
    if (!path.ends_with(".jsonl")) continue;
    for (const auto& row : rows_of(first_seed(), path)) {
      const std::string line = row.at("text");
      std::string joined;
      for (const auto& word : words_of(line)) {
        EXPECT_TRUE(std::regex_match(word, style)) << line;
        joined += (joined.empty() ? "" : " ") + word;
      }
      EXPECT_EQ(joined, line);
    }
  }
}

TEST(TasksTest, ClassesAreBalancedInEverySplit) {
  for (const auto& family : task_families()) {
    const Json task = Json::parse(first_seed().at(family + "/task.json"));
    if (!task.contains("choices")) continue;
    const auto choices = task.at("choices").get<std::vector<std::string>>();
    std::string listed = "labels :";
    for (const auto& choice : choices) listed += (choice == choices.front() ? " " : " , ") + choice;
    EXPECT_THAT(task.at("instruction").get<std::string>(), HasSubstr(listed));
    for (const auto& [split, count] : kSplits) {
      std::map<std::string, std::size_t> counts;
      for (const auto& row : rows_of(first_seed(), family + "/" + split + ".jsonl")) ++counts[row.at("target")];
      EXPECT_EQ(counts.size(), choices.size());
      for (const auto& choice : choices) {
        EXPECT_GE(counts[choice], count / choices.size()) << family << " " << split;
        EXPECT_LE(counts[choice], count / choices.size() + 1) << family << " " << split;
      }
    }
  }
}

TEST(TasksTest, InventedCodesAreNoWordsOfTheLexicon) {
  const Lexicon lexicon = Lexicon::load(kExperiments / "pretrain/words");
  std::set<std::string> known;
  for (const auto& noun_class : lexicon.classes()) known.insert(noun_class.words.begin(), noun_class.words.end());
  for (const char* list : {"name", "place", "filler", "word", "positive", "negative"}) {
    known.insert(lexicon.list(list).begin(), lexicon.list(list).end());
  }
  for (const char* family : {"routing", "support"}) {
    const Json task = Json::parse(first_seed().at(std::string(family) + "/task.json"));
    for (const std::string code : task.at("choices")) {
      EXPECT_EQ(code.size(), 5U);
      EXPECT_FALSE(known.contains(code)) << code;
    }
  }
}

TEST(TasksTest, TopicsAndTheThingsOfProblemsAreClassesThatNoPretrainingEpisodeClassifies) {
  const Lexicon lexicon = Lexicon::load(kExperiments / "pretrain/words");
  const Json topic = Json::parse(first_seed().at("topic/task.json"));
  for (const std::string name : topic.at("choices")) EXPECT_EQ(lexicon.noun_class(name).tier, Tier::held_a) << name;
  for (const char* name : {"instrument", "ship", "furniture", "appliance"}) {
    EXPECT_NE(lexicon.noun_class(name).tier, Tier::taught) << name;
  }
}

/// The sentences around the noun must not tell the class.
TEST(TasksTest, SentencesNameOneNounOfTheClassesThatDecide) {
  const Lexicon lexicon = Lexicon::load(kExperiments / "pretrain/words");
  const std::map<std::string, std::vector<std::vector<std::string>>> decisive = {
      {"routing", {{"fruit", "vegetable", "dessert"}, {"clothing", "shoe", "headgear"}, {"bird", "animal", "reptile"}}},
      {"topic", {{"insect"}, {"instrument"}, {"spice"}, {"gem"}}}};
  for (const auto& [family, groups] : decisive) {
    const Json task = Json::parse(first_seed().at(family + "/task.json"));
    std::map<std::string, std::string> label_of;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const auto& name : groups[i]) {
        for (const auto& word : lexicon.noun_class(name).words) label_of[word] = task.at("choices")[i];
      }
    }
    for (const auto& [split, count] : kSplits) {
      for (const auto& row : rows_of(first_seed(), family + "/" + split + ".jsonl")) {
        std::vector<std::string> labels;
        for (const auto& word : words_of(row.at("text"))) {
          if (label_of.contains(word)) labels.push_back(label_of[word]);
        }
        EXPECT_THAT(labels, testing::ElementsAre(row.at("target").get<std::string>())) << row;
      }
    }
  }
}

TEST(TasksTest, SentimentsFollowTheirAdjectivesHalfOfThemHeldOut) {
  const Lexicon lexicon = Lexicon::load(kExperiments / "pretrain/words");
  std::size_t held = 0;
  for (const auto& row : rows_of(first_seed(), "sentiment/test.jsonl")) {
    const std::string target = row.at("target");
    const auto words = words_of(row.at("text"));
    const auto has = [&](const std::string& list) {
      const auto& adjectives = lexicon.list(list);
      return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return std::find(adjectives.begin(), adjectives.end(), word) != adjectives.end();
      });
    };
    EXPECT_TRUE(has(target) || has(target + "_held")) << row;
    const std::string opposite = target == "positive" ? "negative" : "positive";
    EXPECT_FALSE(has(opposite) || has(opposite + "_held")) << row;
    held += has(target + "_held") ? 1U : 0U;
  }
  EXPECT_NEAR(static_cast<double>(held), 150.0, 40.0);
}

TEST(TasksTest, ChainsComeOutRightAndStaySmallOnTheWay) {
  const std::map<std::string, int> sign = {{"buys", 1},   {"gets", 1},   {"wins", 1},   {"finds", 1},
                                           {"loses", -1}, {"sells", -1}, {"drops", -1}, {"gives", -1}};
  for (const auto& [split, count] : kSplits) {
    std::map<std::size_t, std::size_t> lengths;
    for (const auto& row : rows_of(first_seed(), "chain/" + split + ".jsonl")) {
      int value = -1;
      int direction = 0;
      std::size_t steps = 0;
      for (const auto& word : words_of(row.at("text"))) {
        if (const auto verb = sign.find(word); verb != sign.end()) direction = verb->second;
        if (!std::isdigit(static_cast<unsigned char>(word.front()))) continue;
        if (value < 0) {
          value = std::stoi(word);
          continue;
        }
        ASSERT_NE(direction, 0) << row;
        value += direction * std::stoi(word);
        direction = 0;
        ++steps;
        EXPECT_GE(value, 0) << row;
        EXPECT_LE(value, 20) << row;
      }
      EXPECT_EQ(row.at("target"), std::to_string(value)) << row;
      ++lengths[steps];
    }
    EXPECT_EQ(lengths.size(), 3U);
    for (const std::size_t steps : {2U, 3U, 4U}) EXPECT_GE(lengths[steps], count / 3) << steps;
  }
}

TEST(TasksTest, ANoticeListsItsRightWordings) {
  for (const auto& row : rows_of(first_seed(), "notice/test.jsonl")) {
    const auto references = row.at("references").get<std::vector<std::string>>();
    EXPECT_EQ(references.size(), 3U);
    EXPECT_THAT(references, testing::Contains(row.at("target").get<std::string>()));
  }
}

TEST(TasksTest, OtherFramesGiveOtherSentencesWithTheSameRule) {
  const auto file = std::filesystem::path(testing::TempDir()) / "other_frames.json";
  std::ofstream(file)
      << R"({"routing": ["Hush, {name} hears the {noun}!", "a {noun} in the fog ?", "our {noun} rolled off"]})";
  TaskOptions options = options_of(3);
  options.frames = file;
  const Files files = files_of(options);
  for (const auto& row : rows_of(files, "routing/test.jsonl")) {
    EXPECT_THAT(row.at("text").get<std::string>(),
                testing::AnyOf(HasSubstr("hush , "), HasSubstr(" in the fog ?"), HasSubstr("our ")));
  }
  EXPECT_EQ(files.at("routing/task.json"), first_seed().at("routing/task.json"));
}

TEST(TasksTest, TooFewFramesForTheRowsAreRefused) {
  const auto file = std::filesystem::path(testing::TempDir()) / "few_frames.json";
  std::ofstream(file) << R"({"topic": ["the {noun}"]})";
  TaskOptions options = options_of(1);
  options.frames = file;
  try {
    make_tasks(options);
    FAIL() << "accepted";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("few_frames.json: the sentences for topic give too few different texts: 48 found"));
  }
}

/// The committed data are data seed 1. ASSAY_UPDATE_GOLDEN=1 writes them anew after the words or frames were changed.
TEST(TasksTest, TheCommittedDataAreThoseOfSeedOne) {
  const bool update = std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr;
  for (const auto& [path, text] : first_seed()) {
    const auto file = kExperiments / "data" / path;
    if (update) {
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << text;
    }
    std::ostringstream committed;
    committed << std::ifstream(file, std::ios::binary).rdbuf();
    EXPECT_TRUE(committed.str() == text) << file << " differs; ASSAY_UPDATE_GOLDEN=1 writes it anew";
  }
}

}  // namespace
}  // namespace assay::synth
