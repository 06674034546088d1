#include "pretrain/corpus.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "pretrain/arithmetic.h"
#include "pretrain/lexicon.h"
#include "unit/cpu_time.h"
#include "world.h"

namespace assay::synth {
namespace {

using ::testing::HasSubstr;

Corpus corpus(std::uint64_t seed = 7, CorpusOptions options = {}) {
  options.seed = seed;
  return Corpus(testing::words_folder(), std::move(options));
}

TEST(Corpus, IsAFunctionOfSeedAndIndex) {
  const auto one = corpus();
  const auto same = corpus();
  const auto other = corpus(8);
  int differing = 0;
  for (std::uint64_t i = 300; i-- > 0;) {
    const auto text = text_of(one.document(i));
    EXPECT_EQ(text, text_of(same.document(i)));
    differing += text != text_of(other.document(i)) ? 1 : 0;
  }
  EXPECT_GT(differing, 295);
}

TEST(Corpus, DrawsFamiliesByTheirShares) {
  CorpusOptions options;
  options.mixture = {{"plain", 1}, {"sums", 3}};
  const auto mixed = corpus(7, options);
  int sums = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) sums += mixed.family_of(i) == "sums" ? 1 : 0;
  EXPECT_NEAR(sums, 3000, 150);
}

TEST(Corpus, RefusesAMixtureItCannotDrawFrom) {
  CorpusOptions unknown;
  unknown.mixture = {{"sonnets", 1}};
  EXPECT_THROW(corpus(7, unknown), BadInput);
  CorpusOptions nothing;
  nothing.mixture = {{"plain", 0}};
  EXPECT_THROW(corpus(7, nothing), BadInput);
  CorpusOptions negative;
  negative.mixture = {{"plain", 1}, {"sums", -1}};
  EXPECT_THROW(corpus(7, negative), BadInput);
  EXPECT_THROW(corpus().document_of("sonnets", 0), BadInput);
}

class EveryFamily : public ::testing::TestWithParam<std::string> {
 protected:
  Corpus corpus_ = corpus();
};

TEST_P(EveryFamily, WritesWellFormedDocuments) {
  for (std::uint64_t i = 0; i < 400; ++i) {
    const auto document = corpus_.document_of(GetParam(), i);
    const auto text = text_of(document);
    ASSERT_FALSE(document.empty());
    for (const auto& span : document) {
      ASSERT_FALSE(span.text.empty()) << text;
      EXPECT_EQ(span.text.front(), ' ') << "a span starts where a word starts: " << text;
      EXPECT_TRUE(span.weight == 1.0F || span.weight == 0.5F || span.weight == 0.1F) << span.weight;
    }
    EXPECT_EQ(text.back(), '\n');
    EXPECT_THAT(text, ::testing::Not(HasSubstr("\n\n")));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("  "))) << text;
    EXPECT_THAT(text, ::testing::Not(HasSubstr(" \n"))) << text;
    for (const char mark : {'{', '}', '@', '\t'}) EXPECT_EQ(text.find(mark), std::string::npos) << text;
    for (std::size_t at = text.find('\n'); at + 1 < text.size(); at = text.find('\n', at + 1))
      EXPECT_EQ(text[at + 1], ' ');
    EXPECT_LE(words_in(text), 340 + 40);
  }
}

TEST_P(EveryFamily, EndsItsAnswersWithTheLine) {
  if (GetParam() == "plain" || GetParam() == "repetition") GTEST_SKIP() << "not an episode";
  for (std::uint64_t i = 0; i < 400; ++i) {
    const auto document = corpus_.document_of(GetParam(), i);
    EXPECT_EQ(document.back().weight, 1.0F);
    for (const auto& span : document)
      if (span.weight == 1.0F) {
        EXPECT_EQ(std::count(span.text.begin(), span.text.end(), '\n'), 1);
        EXPECT_EQ(span.text.back(), '\n');
        EXPECT_GE(span.text.size(), 3U);
      }
  }
}

TEST_P(EveryFamily, UsesOnlyTheClassesItMay) {
  if (GetParam() == "plain") GTEST_SKIP() << "plain facts are where every word occurs";
  std::set<std::string> held;
  for (const auto& c : corpus_.lexicon().classes())
    if (c.tier == Tier::held_b || (c.tier == Tier::held_a && GetParam() != "relation"))
      for (const auto& word : c.words) held.insert({word, plural_of(word)});
  for (const auto* list : {"positive_held", "negative_held", "man_held", "woman_held"})
    held.insert(corpus_.lexicon().list(list).begin(), corpus_.lexicon().list(list).end());
  for (std::uint64_t i = 0; i < 1500; ++i)
    for (const auto& word : testing::words_of(text_of(corpus_.document_of(GetParam(), i))))
      EXPECT_FALSE(held.contains(word)) << word;
}

INSTANTIATE_TEST_SUITE_P(Corpus, EveryFamily, ::testing::ValuesIn(corpus().families()),
                         [](const auto& family) { return family.param; });

TEST(Corpus, TellsEveryHeldOutWordInPlainFacts) {
  const auto c = corpus();
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 20000; ++i) seen.merge(testing::words_of(text_of(c.document_of("plain", i))));
  for (const auto* word : {"wasp", "violin", "ferry", "chair", "edgar", "judith", "flawless", "shabby"})
    EXPECT_TRUE(seen.contains(word)) << word;
}

/// Follows "8 + 5 = 13 ; 13 - 3 = 10 ; answer 10"; nothing where a step is wrong or does not go on from the one before.
std::optional<int> followed(const std::string& steps, std::size_t& count) {
  static const std::regex step(R"((\d+) ([+-]) (\d+) = (\d+) ; )");
  std::optional<int> value;
  auto at = steps.cbegin();
  count = 0;
  for (std::smatch m; std::regex_search(at, steps.cend(), m, step, std::regex_constants::match_continuous);
       at = m.suffix().first) {
    const int left = std::stoi(m[1]), right = std::stoi(m[3]), result = std::stoi(m[4]);
    if (value.value_or(left) != left || result != (m[2] == "+" ? left + right : left - right)) return std::nullopt;
    value = result;
    ++count;
  }
  return value && std::string(at, steps.cend()) == "answer " + std::to_string(*value) ? value : std::nullopt;
}

TEST(Arithmetic, WrittenStepsAreRight) {
  const auto c = corpus();
  int checked = 0;
  for (const auto* family : {"chain_steps", "chain_new_verbs", "sums"}) {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      for (const auto& span : c.document_of(family, i)) {
        if (span.weight != 1.0F || span.text.find("answer") == std::string::npos) continue;
        std::size_t count = 0;
        EXPECT_TRUE(followed(span.text.substr(1, span.text.size() - 2), count)) << span.text;
        EXPECT_LE(count, 5U);
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 3000);
}

/// The numbers of a problem, in their order.
std::vector<int> numbers_in(const std::string& text) {
  static const std::regex number(R"(\d+)");
  std::vector<int> out;
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at)
    out.push_back(std::stoi(at->str()));
  return out;
}

TEST(Arithmetic, StepsUseTheNumbersOfTheProblem) {
  const auto c = corpus();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto document = c.document_of("chain_steps", i);
    for (std::size_t k = 1; k < document.size(); ++k) {
      if (document[k].weight != 1.0F) continue;
      const auto asked = numbers_in(document[k - 1].text);
      const auto steps = numbers_in(document[k].text);  // left, right, result of each step, then the answer
      ASSERT_EQ(steps.size(), 3 * (asked.size() - 1) + 1);
      EXPECT_EQ(asked.front(), steps.front());
      for (std::size_t s = 1; s < asked.size(); ++s)
        EXPECT_EQ(asked[s], steps[3 * (s - 1) + 1]) << document[k - 1].text;
    }
  }
}

TEST(Arithmetic, DirectAnswersAreReachableFromTheNumbers) {
  const auto c = corpus();
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto document = c.document_of("chain_direct", i);
    for (std::size_t k = 1; k < document.size(); ++k) {
      if (document[k].weight != 1.0F) continue;
      const auto numbers = numbers_in(document[k - 1].text);
      std::set<int> reachable = {numbers.front()};
      for (std::size_t n = 1; n < numbers.size(); ++n) {
        std::set<int> next;
        for (const int value : reachable) next.insert({value + numbers[n], value - numbers[n]});
        reachable = std::move(next);
      }
      EXPECT_TRUE(reachable.contains(std::stoi(document[k].text))) << document[k - 1].text << document[k].text;
    }
  }
}

TEST(Arithmetic, ChainsStayInTheirRange) {
  Rng rng(3, "test", 0);
  for (int i = 0; i < 5000; ++i) {
    const auto chain = draw_chain(rng, 1 + i % 5);
    int value = 0;
    for (const int change : chain) {
      value += change;
      EXPECT_GE(value, 0);
      EXPECT_LE(value, 40);
    }
    EXPECT_EQ(value, result_of(chain));
  }
}

TEST(Corpus, WritesAtLeastTwoMegabytesASecond) {
  const auto c = corpus();
  const double start = assay::testing::cpu_milliseconds();
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) bytes += text_of(c.document(i)).size();
  const double seconds = (assay::testing::cpu_milliseconds() - start) / 1000;
#ifdef NDEBUG
  EXPECT_GT(static_cast<double>(bytes) / seconds, 2e6);
#else
  GTEST_SKIP() << "measured in optimised builds only: " << static_cast<double>(bytes) / seconds << " bytes a second";
#endif
}

TEST(CorpusSample, ShowsEveryDocumentUnderItsFamily) {
  std::ostringstream out;
  write_corpus_sample(out, corpus(), 3);
  EXPECT_THAT(out.str(),
              HasSubstr("---- 2 " + std::string(corpus().family_of(2)) + "\n" + text_of(corpus().document(2))));
}

TEST(CorpusShares, NameEveryFamily) {
  std::ostringstream out;
  write_corpus_shares(out, corpus(), 100);
  for (const auto& family : corpus().families()) EXPECT_THAT(out.str(), HasSubstr(family + " "));
}

}  // namespace
}  // namespace assay::synth
