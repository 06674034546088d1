#include "text/tokenizer.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "text/stream_decoder.h"
#include "unit/data/folder_fixture.h"

namespace assay::text {
namespace {

/// A SentencePiece-like vocabulary of letters with a few merges and byte fallback.
const Tokenizer& spiece() {
  static const Tokenizer tokenizer = [] {
    Json vocabulary = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
    int next = 3;
    for (int byte = 0; byte < 256; ++byte) {
      char name[8];
      std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
      vocabulary[name] = next++;
    }
    for (const char* token : {"▁", "a", "b", "c", "ab", "▁ab", "abc"}) vocabulary[token] = next++;
    const Json description = {
        {"added_tokens",
         {{{"id", 1}, {"content", "<s>"}, {"special", true}, {"normalized", false}},
          {{"id", 2}, {"content", "</s>"}, {"special", true}, {"normalized", false}},
          {{"id", 266}, {"content", "<tool>"}, {"special", false}, {"normalized", false}, {"lstrip", true}}}},
        {"normalizer",
         {{"type", "Sequence"},
          {"normalizers",
           {{{"type", "Prepend"}, {"prepend", "▁"}},
            {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}}},
        {"pre_tokenizer", nullptr},
        {"post_processor",
         {{"type", "TemplateProcessing"},
          {"single", {{{"SpecialToken", {{"id", "<s>"}}}}, {{"Sequence", {{"id", "A"}}}}}},
          {"special_tokens", {{"<s>", {{"ids", {1}}}}}}}},
        {"decoder",
         {{"type", "Sequence"},
          {"decoders",
           {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
            {{"type", "ByteFallback"}},
            {{"type", "Fuse"}},
            {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}}},
        {"model",
         {{"type", "BPE"},
          {"unk_token", "<unk>"},
          {"fuse_unk", true},
          {"byte_fallback", true},
          {"vocab", vocabulary},
          {"merges", {"a b", "▁ ab", "ab c"}}}}};
    return Tokenizer::from_json(description.dump(), R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
  }();
  return tokenizer;
}

std::vector<std::string> tokens(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> out;
  for (const TokenId id : tokenizer.encode(text, false)) out.push_back(tokenizer.token(id));
  return out;
}

using Tokens = std::vector<std::string>;

TEST(TokenizerTest, MergesByRankAndLeftmostFirst) {
  EXPECT_EQ(tokens(spiece(), "abc"), (Tokens{"▁ab", "c"}));
  EXPECT_EQ(tokens(spiece(), "aabc"), (Tokens{"▁", "a", "abc"}));
}

TEST(TokenizerTest, LongWordsMergeAsShortOnesDo) {
  std::string text;
  Tokens expected{"▁ab", "c"};
  for (int i = 0; i < 100; ++i) text += "abc";
  for (int i = 1; i < 100; ++i) expected.emplace_back("abc");
  EXPECT_EQ(tokens(spiece(), text), expected);
}

TEST(TokenizerTest, AnUnknownCharacterFallsBackToItsBytes) {
  EXPECT_EQ(tokens(spiece(), "é"), (Tokens{"▁", "<0xC3>", "<0xA9>"}));
  EXPECT_EQ(spiece().decode(spiece().encode("aé b")), "aé b");
}

TEST(TokenizerTest, SpecialTokensInTheTextBecomeTheirIds) {
  EXPECT_EQ(tokens(spiece(), "a</s>b"), (Tokens{"▁", "a", "</s>", "▁", "b"}));
}

TEST(TokenizerTest, AnAddedTokenWithLstripTakesTheSpaceBeforeIt) {
  EXPECT_EQ(tokens(spiece(), "a  <tool>"), (Tokens{"▁", "a", "<tool>"}));
}

TEST(TokenizerTest, RolesComeFromTheConfig) {
  EXPECT_EQ(spiece().bos(), 1);
  EXPECT_EQ(spiece().eos(), 2);
  EXPECT_EQ(spiece().unk(), 0);
  EXPECT_EQ(spiece().pad(), std::nullopt);
}

TEST(TokenizerTest, InvalidUtf8IsReadAsReplacementCharacters) {
  EXPECT_EQ(spiece().decode(spiece().encode("a\xFF\xC3")), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TokenizerTest, StreamDecoderHoldsIncompleteCharactersBack) {
  StreamDecoder stream(spiece());
  std::vector<std::string> parts;
  for (const TokenId id : spiece().encode("a é")) parts.push_back(stream.add(id));
  EXPECT_EQ(parts, (Tokens{"", "", "a", " ", "", "é"}));
  EXPECT_EQ(stream.finish(), "");
}

TEST(TokenizerTest, StreamDecoderEndsAnIncompleteCharacterAtTheEnd) {
  StreamDecoder stream(spiece());
  EXPECT_EQ(stream.add(*spiece().id("<0xC3>")), "");
  EXPECT_EQ(stream.finish(), "\xEF\xBF\xBD");
}

TEST(TokenizerTest, UnigramTakesTheLikeliestSegmentationAndFusesWhatItDoesNotKnow) {
  const auto tokenizer = Tokenizer::from_json(
      R"({"model": {"type": "Unigram", "unk_id": 0,
                    "vocab": [["<unk>", 0], ["a", -1], ["b", -1], ["ab", -1.5], ["abc", -9], ["c", -1]]}})");
  EXPECT_EQ(tokens(tokenizer, "abca"), (Tokens{"ab", "c", "a"}));
  EXPECT_EQ(tokens(tokenizer, "axyb"), (Tokens{"a", "<unk>", "b"}));
}

TEST(TokenizerTest, WordPieceTakesTheLongestPiecesAndGivesUpOnAWholeWord) {
  const auto tokenizer = Tokenizer::from_json(
      R"({"pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece"},
          "normalizer": {"type": "BertNormalizer"},
          "model": {"type": "WordPiece", "unk_token": "[UNK]",
                    "vocab": {"[UNK]": 0, "un": 1, "##able": 2, "##a": 3, "!": 4}}})");
  EXPECT_EQ(tokens(tokenizer, "Unable! unx"), (Tokens{"un", "##able", "!", "[UNK]"}));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("unable!")), "unable!");
}

/// A vocabulary of all words of one to four of the letters a to c, in which every pair of letters can merge.
Tokenizer dense_vocabulary() {
  Json vocabulary, merges = Json::array();
  std::vector<std::string> words = {"a", "b", "c"};
  for (std::size_t half : {1U, 2U}) {
    const std::vector<std::string> before = words;
    for (const std::string& left : before)
      for (const std::string& right : before)
        if (left.size() == half && right.size() == half) {
          merges.push_back({left, right});
          words.push_back(left + right);
        }
  }
  for (const std::string& word : words) vocabulary[word] = vocabulary.size();
  return Tokenizer::from_json(Json{{"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}}.dump());
}

TEST(TokenizerTest, EncodingTimeGrowsWithTheTextNotItsSquare) {
  const Tokenizer tokenizer = dense_vocabulary();
  std::uint32_t state = 1;
  const auto seconds = [&](std::size_t size) {
    std::string text;
    while (text.size() < size) text += static_cast<char>('a' + ((state = state * 1664525U + 1013904223U) >> 16) % 3);
    const std::clock_t begin = std::clock();
    EXPECT_GT(tokenizer.encode(text).size(), size / 4);
    return static_cast<double>(std::clock() - begin);
  };
  double best = 1e9;
  for (int attempt = 0; attempt < 3; ++attempt) best = std::min(best, seconds(1'000'000) / seconds(250'000));
  EXPECT_LT(best, 8.0) << "four times the text; sixteen times the time would be quadratic";
}

TEST(TokenizerTest, ATextThatIsOneWordIsCutOnlyWhereNothingCouldMerge) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "ab cab abc ";
  std::vector<TokenId> expected;
  for (const char* word : {"▁ab", "▁", "c", "ab", "▁ab", "c"}) expected.push_back(*spiece().id(word));
  const std::vector<TokenId> once = expected;
  for (int i = 1; i < 40; ++i) expected.insert(expected.end(), once.begin(), once.end());
  expected.push_back(*spiece().id("▁"));
  EXPECT_EQ(spiece().encode(text, false), expected);
}

TEST(TokenizerTest, SaysWhatIsWrongWithATokenizerFile) {
  EXPECT_THROW(Tokenizer::from_json("{"), BadInput);
  EXPECT_THROW(Tokenizer::from_json("{}"), BadInput);
  EXPECT_THROW(Tokenizer::from_json(R"({"model": {"type": "Unigram", "vocab": [], "unk_id": 0}})"), BadInput);
  EXPECT_THROW(Tokenizer::from_json(R"({"model": {"type": "Syllables", "vocab": {}}})"), BadInput);
  EXPECT_THROW(Tokenizer::from_json(R"({"model": {"vocab": {"a": 0}, "merges": ["a b"]}})"), BadInput);
  EXPECT_THROW(Tokenizer::from_folder("no/such/folder"), BadInput);
}

using TokenizerFolderTest = testing::FolderFixture;

TEST_F(TokenizerFolderTest, StepsThatStripTakeOneCharacterAWholeNumberOfTimes) {
  const auto with_strip = [](const Json& strip) {
    return error_of([&] {
      Tokenizer::from_json(Json({{"decoder", strip}, {"model", {{"vocab", {{"a", 0}}}}}}).dump());
    });
  };
  EXPECT_THAT(with_strip({{"type", "Strip"}, {"content", " "}, {"start", -2147483648}}),
              ::testing::HasSubstr("'start' of a step of type 'Strip' is -2147483648"));
  EXPECT_THAT(with_strip({{"type", "Strip"}, {"content", " "}, {"stop", 0.5}}),
              ::testing::HasSubstr("'stop' of a step of type 'Strip' is 0.5"));
  EXPECT_THAT(with_strip({{"type", "Strip"}, {"content", ""}, {"start", 1}}),
              ::testing::HasSubstr("takes one character away, not ''"));
}

TEST_F(TokenizerFolderTest, AFolderWithoutATokenizerSaysSo) {
  EXPECT_THAT(error_of([&] { Tokenizer::from_folder(folder_); }),
              ::testing::HasSubstr("neither tokenizer.json nor tokenizer.model"));
}

TEST_F(TokenizerFolderTest, ADamagedTokenizerModelIsRefusedByName) {
  write("tokenizer.model", "no protocol buffer");
  EXPECT_THAT(error_of([&] { Tokenizer::from_folder(folder_); }),
              ::testing::HasSubstr("tokenizer.model: not a SentencePiece model"));
}

TEST_F(TokenizerFolderTest, AConfigWithADamagedTokenListIsRefused) {
  write("tokenizer.json", R"({"model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0}}})");
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"one": {"content": "b"}}})");
  EXPECT_THAT(error_of([&] { Tokenizer::from_folder(folder_); }),
              ::testing::HasSubstr("added_tokens_decoder has 'one'"));
}

TEST_F(TokenizerFolderTest, TheConfigAddsTokensAndDecidesOnBosAndEos) {
  write("tokenizer.json", R"({"pre_tokenizer": {"type": "WhitespaceSplit"},
                              "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "a": 3}}})");
  write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
                                     "add_eos_token": true, "added_tokens_decoder": {"4": {"content": "<tool>"}}})");
  const auto tokenizer = Tokenizer::from_folder(folder_);
  EXPECT_EQ(tokenizer.encode("a<tool>b</s>"), (std::vector<TokenId>{1, 3, 4, 0, 2, 2}));
  EXPECT_TRUE(tokenizer.is_special(2));
  EXPECT_FALSE(tokenizer.is_special(4));
}

}  // namespace
}  // namespace assay::text
