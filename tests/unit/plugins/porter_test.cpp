#include "text/porter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "unit/models/temporary_folder.h"

namespace metric_text {
namespace {

TEST(PorterTest, FollowsThePapersExamples) {
  for (const auto& [word, stem] : std::vector<std::pair<std::string, std::string>>{{"caresses", "caress"},
                                                                                   {"ponies", "poni"},
                                                                                   {"cats", "cat"},
                                                                                   {"agreed", "agre"},
                                                                                   {"plastered", "plaster"},
                                                                                   {"motoring", "motor"},
                                                                                   {"sing", "sing"},
                                                                                   {"hopping", "hop"},
                                                                                   {"filing", "file"},
                                                                                   {"conditional", "condit"},
                                                                                   {"vietnamization", "vietnam"},
                                                                                   {"hopefulness", "hope"},
                                                                                   {"adoption", "adopt"},
                                                                                   {"rate", "rate"},
                                                                                   {"controlling", "control"}}) {
    EXPECT_EQ(porter_stem(word), stem) << word;
  }
}

TEST(PorterTest, KnowsNltksExtensions) {
  for (const auto& [word, stem] : std::vector<std::pair<std::string, std::string>>{{"dies", "die"},
                                                                                   {"dying", "die"},
                                                                                   {"news", "news"},
                                                                                   {"enjoy", "enjoy"},
                                                                                   {"is", "is"},
                                                                                   {"archaeology", "archaeolog"}}) {
    EXPECT_EQ(porter_stem(word), stem) << word;
  }
}

/// Words of the generator's lists, and made-up ones that end in every suffix that the algorithm knows.
std::set<std::string> words() {
  std::set<std::string> all;
  const std::filesystem::path lists = std::filesystem::path(ASSAY_SOURCE_DIR) / "experiments/pretrain/words";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(lists)) {
    std::ifstream in(entry.path());
    std::string word;
    for (char c; in.get(c);) {
      if (c >= 'a' && c <= 'z') {
        word += c;
      } else if (!word.empty()) {
        all.insert(std::exchange(word, ""));
      }
    }
  }
  const std::vector<std::string> suffixes{
      "",       "s",     "es",      "ies",     "sses",    "ied",   "eed",   "ed",     "ing",   "y",       "ational",
      "tional", "enci",  "anci",    "izer",    "bli",     "alli",  "entli", "eli",    "ousli", "ization", "ation",
      "ator",   "alism", "iveness", "fulness", "ousness", "aliti", "iviti", "biliti", "fulli", "logi",    "icate",
      "ative",  "alize", "iciti",   "ical",    "ful",     "ness",  "al",    "ance",   "ence",  "er",      "ic",
      "able",   "ible",  "ant",     "ement",   "ment",    "ent",   "ion",   "sion",   "tion",  "ou",      "ism",
      "ate",    "iti",   "ous",     "ive",     "ize",     "e",     "ll"};
  std::mt19937 random(11);
  const std::string letters = "aeiouybcdlrstwxz1";
  for (int i = 0; i < 20'000; ++i) {
    std::string word;
    for (std::size_t n = random() % 6; n > 0; --n) word += letters[random() % letters.size()];
    for (std::size_t n = 1 + random() % 2; n > 0; --n) word += suffixes[random() % suffixes.size()];
    if (!word.empty()) all.insert(word);
  }
  return all;
}

TEST(PorterTest, StemsEqualNltks) {
  if (std::system("/usr/bin/python3 -c 'import nltk' 2>/dev/null") != 0) GTEST_SKIP() << "needs python3-nltk";
  const assay::models::TemporaryFolder folder;
  const std::set<std::string> asked = words();
  std::string text;
  for (const std::string& word : asked) text += word + "\n";
  const auto questions = folder.write("words.txt", text);
  const auto answers = folder.path() / "stems.txt";
  const std::string command = fmt::format("/usr/bin/python3 '{}/tests/reference/nltk_stems.py' < '{}' > '{}'",
                                          ASSAY_SOURCE_DIR, questions.string(), answers.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream in(answers);
  std::string stem;
  for (const std::string& word : asked) {
    ASSERT_TRUE(std::getline(in, stem)) << word;
    ASSERT_EQ(porter_stem(word), stem) << word;
  }
}

}  // namespace
}  // namespace metric_text
