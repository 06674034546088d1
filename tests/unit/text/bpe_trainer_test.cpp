#include "text/bpe_trainer.h"

#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include "text/tokenizer.h"

namespace assay::text {
namespace {

Json train(std::initializer_list<std::string_view> texts, std::size_t vocabulary_size) {
  BpeTrainerOptions options;
  options.vocabulary_size = vocabulary_size;
  BpeTrainer trainer(options);
  for (const auto text : texts) trainer.add(text);
  return trainer.train();
}

TEST(BpeTrainerTest, MergesTheMostFrequentPairFirst) {
  const Json tokenizer = train({"abab abab abac"}, 258);
  EXPECT_EQ(tokenizer.at("model").at("merges"), Json::array({"a b"}));
}

TEST(BpeTrainerTest, OfEquallyFrequentPairsTakesTheSmallerIds) {
  const Json tokenizer = train({"xyab xyab"}, 258);
  EXPECT_EQ(tokenizer.at("model").at("merges"), Json::array({"a b"}));
}

TEST(BpeTrainerTest, TheOrderOfTextsDoesNotMatter) {
  EXPECT_EQ(train({"ab", " xy", " ab", "xy"}, 300), train({"xy", "ab", " ab xy"}, 300));
}

TEST(BpeTrainerTest, RepeatedSymbolsAreCountedAndMergedFromTheLeft) {
  const Json tokenizer = train({"aaaaa aaaaa"}, 300);
  const Tokenizer read = Tokenizer::from_json(tokenizer.dump());
  EXPECT_EQ(read.encode("aaaaa", false).size(), 1U);
}

TEST(BpeTrainerTest, NeverMergesAcrossWordsDigitsAndNewlines) {
  const Json tokenizer = train({"a b a b a b 1212 1212 1212\n\n\n\n a\n a\n"}, 400);
  for (const Json& merge : tokenizer.at("model").at("merges")) {
    const auto text = merge.get<std::string>();
    EXPECT_EQ(text.find("12"), std::string::npos) << text;
    EXPECT_EQ(text.find("1 2"), std::string::npos) << text;
    EXPECT_EQ(text.find("Ċ"), std::string::npos) << text;
  }
}

TEST(BpeTrainerTest, LeavesPairsThatOccurOnceAlone) {
  EXPECT_TRUE(train({"abcdefg"}, 1000).at("model").at("merges").empty());
}

TEST(BpeTrainerTest, WhatItTrainsPutsBosInFrontAndRoundTripsAnyText) {
  const Tokenizer tokenizer = Tokenizer::from_json(train({"the cat sat on the mat , the end 42\n"}, 300).dump(),
                                                   R"({"bos_token": "<eos>", "eos_token": "<eos>"})");
  const std::string text = "  the cat\tsat — naïve 日本 🙂\n\n 1234 <eos> done";
  const auto ids = tokenizer.encode(text);
  EXPECT_EQ(ids.front(), 0);
  EXPECT_EQ(tokenizer.bos(), 0);
  EXPECT_EQ(tokenizer.decode(std::span(ids).subspan(1), false), text);
}

TEST(BpeTrainerTest, RefusesAVocabularyWithoutRoomForTheBytes) { EXPECT_THROW(train({"a"}, 256), BadInput); }

}  // namespace
}  // namespace assay::text
