#include "data/dataset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "assay/sdk/error.h"
#include "unit/cpu_time.h"
#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatasetTest : public assay::testing::FolderFixture {
 protected:
  DatasetSource source(const std::string& rows, const std::string& input = "{{ text }}",
                       const std::string& target = "{{ label }}") const {
    DatasetSource source;
    source.name = "t";
    source.test = write("test.jsonl", rows);
    source.input = input;
    source.target = target;
    return source;
  }

  std::string numbered(std::size_t rows) const {
    std::string text;
    for (std::size_t i = 1; i <= rows; ++i)
      text += fmt::format("{{\"text\":\"row {}\",\"label\":\"{}\"}}\n", i, i % 2 ? "odd" : "even");
    return text;
  }
};

TEST_F(DatasetTest, TemplatesMapFieldsAndTheInputDoesNotSeeTheAnswer) {
  auto s = source("{\"text\":\"a\",\"n\":2,\"label\":\"x\",\"more\":[\"y\",\"x\"]}\n", "{{ text | upper }} ({{ n }})");
  s.references = "more";
  s.choices = {"x", "y"};
  const auto examples = load(s, Split::test);
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].input.text, "A (2)");
  EXPECT_EQ(examples[0].target, "x");
  EXPECT_THAT(examples[0].references, ElementsAre("x", "y"));
  EXPECT_EQ(examples[0].input.id, "1");
  EXPECT_EQ(examples[0].input.fields.dump(), R"({"text":"a","n":2})");
  EXPECT_THAT(examples[0].input.choices, ElementsAre("x", "y"));
}

TEST_F(DatasetTest, AFieldThatTheInputUsesTooStaysVisible) {
  EXPECT_EQ(load(source("{\"a\":\"1\"}\n", "{{ a }}", "{{ a }}"), Split::test)[0].input.fields.dump(), R"({"a":"1"})");
}

TEST_F(DatasetTest, ValuesThatAreNoTextRenderAsJinjaRendersThem) {
  const auto s = source("{\"text\":3,\"label\":true}\n");
  EXPECT_EQ(load(s, Split::test)[0].input.text, "3");
  EXPECT_EQ(load(s, Split::test)[0].target, "True");
}

TEST_F(DatasetTest, ReferencesComeFromATemplateToo) {
  auto s = source("{\"text\":\"a\",\"label\":\"x\",\"also\":{\"k\":[\"p\",\"q\"]}}\n");
  s.references = "{{ also.k | tojson }}";
  EXPECT_THAT(load(s, Split::test)[0].references, ElementsAre("x", "p", "q"));
  s.references = "{{ also.k[0] }}";
  EXPECT_THAT(error_of([&] { load(s, Split::test); }),
              HasSubstr("test.jsonl, row 1: `references` renders to no JSON list"));
}

TEST_F(DatasetTest, WhatIsWrongWithARowIsNamedWithItsNumber) {
  EXPECT_THAT(error_of([&] {
                load(source("{\"text\":\"a\",\"label\":\"x\"}\n{\"txt\":\"a\",\"label\":\"x\"}\n"), Split::test);
              }),
              HasSubstr("test.jsonl, row 2: the template `input` names the field 'text', which this row does not have; "
                        "its fields: txt, label"));
  EXPECT_THAT(error_of([&] { load(source("{\"text\":\"a\"}\n", "{{ text }}", "{{ gold | trim }}"), Split::test); }),
              HasSubstr("the template `target` names the field 'gold'"));
  auto choices = source("{\"text\":\"a\",\"label\":\"z\"}\n");
  choices.choices = {"x", "y"};
  EXPECT_THAT(error_of([&] { load(choices, Split::test); }),
              HasSubstr("row 1: the target 'z' is none of the dataset's choices: x, y"));
  auto ids = source("{\"text\":\"a\",\"label\":\"z\",\"id\":7}\n{\"text\":\"b\",\"label\":\"z\",\"id\":7}\n");
  ids.id = "id";
  EXPECT_THAT(error_of([&] { load(ids, Split::test); }), HasSubstr("row 2: the id '7' stands twice"));
  ids.id = "key";
  EXPECT_THAT(error_of([&] { load(ids, Split::test); }), HasSubstr("row 1: `id` names the field 'key'"));
  EXPECT_THAT(error_of([&] { load(source("\n"), Split::test); }),
              HasSubstr("dataset 't': the test split is empty: test.jsonl has no rows"));
  EXPECT_THAT(error_of([&] { load(source("{}\n", "{{ a "), Split::test); }), HasSubstr("datasets.t.input:1:"));
}

TEST_F(DatasetTest, AShareOfTheTrainingRowsIsDrawnBySeed) {
  auto s = source("{\"text\":\"a\",\"label\":\"x\"}\n");
  s.train = write("train.jsonl", numbered(20));
  s.validation_fraction = 0.25;
  const auto ids = [&](Split split) {
    std::set<std::string> all;
    for (const auto& example : load(s, split)) all.insert(example.input.id);
    return all;
  };
  const auto train = ids(Split::train), validation = ids(Split::validation);
  EXPECT_EQ(train.size(), 15U);
  EXPECT_EQ(validation.size(), 5U);
  for (const auto& id : validation) EXPECT_EQ(train.count(id), 0U);
  EXPECT_EQ(ids(Split::validation), validation);
  s.train_limit = 3;
  EXPECT_EQ(ids(Split::train).size(), 3U);
  EXPECT_EQ(ids(Split::validation), validation);
  s.split_seed = 1;
  EXPECT_NE(ids(Split::validation), validation);
}

TEST_F(DatasetTest, ARangeTakesPartOfAFile) {
  auto s = source(numbered(10));
  s.test_rows = {2, 5};
  const auto test = load(s, Split::test);
  ASSERT_EQ(test.size(), 3U);
  EXPECT_EQ(test[0].input.text, "row 3");
  EXPECT_EQ(test[0].input.id, "3");
  EXPECT_EQ(test[0].input.index, 0U);
  EXPECT_EQ(test[2].input.text, "row 5");
  s.test_rows = {8, 0};
  s.test_limit = 1;
  ASSERT_EQ(load(s, Split::test).size(), 1U);
  EXPECT_EQ(load(s, Split::test)[0].input.text, "row 9");
  s.test_rows = {10, 0};
  EXPECT_THAT(error_of([&] { load(s, Split::test); }), HasSubstr("the test split is empty"));
}

TEST_F(DatasetTest, OneFileHoldsTrainingAndValidation) {
  auto s = source("{\"text\":\"a\",\"label\":\"x\"}\n");
  s.train = s.validation = write("all.jsonl", numbered(10));
  s.train_rows = {0, 7};
  s.validation_rows = {7, 0};
  EXPECT_EQ(load(s, Split::train).size(), 7U);
  EXPECT_EQ(load(s, Split::train).back().input.text, "row 7");
  EXPECT_EQ(load(s, Split::validation).size(), 3U);
  EXPECT_EQ(load(s, Split::validation).front().input.text, "row 8");
}

TEST_F(DatasetTest, TheShareForValidationIsDrawnFromTheTrainingRange) {
  auto s = source("{\"text\":\"a\",\"label\":\"x\"}\n");
  s.train = write("train.jsonl", numbered(20));
  s.train_rows = {4, 12};
  s.validation_fraction = 0.25;
  std::set<std::string> texts;
  for (const Split split : {Split::train, Split::validation}) {
    EXPECT_EQ(load(s, split).size(), split == Split::train ? 6U : 2U);
    for (const auto& example : load(s, split)) texts.insert(example.input.text);
  }
  EXPECT_EQ(texts, (std::set<std::string>{"row 5", "row 6", "row 7", "row 8", "row 9", "row 10", "row 11", "row 12"}));
}

TEST_F(DatasetTest, TestRowsThatAskTheSameAreOneExample) {
  auto s = source("m,text\nA,a1\nB,b1\nA,a2\nA,a1\nC,c1\n", "<{{ m }}>", "{{ text }}");
  std::filesystem::rename(folder_ / "test.jsonl", folder_ / "test.csv");
  s.test = s.train = (folder_ / "test.csv").string();
  s.group_by = "m";
  const auto test = load(s, Split::test);
  ASSERT_EQ(test.size(), 3U);
  EXPECT_EQ(test[0].input.text, "<A>");
  EXPECT_EQ(test[0].target, "a1");
  EXPECT_THAT(test[0].references, ElementsAre("a1", "a2"));
  EXPECT_THAT(test[1].references, ElementsAre("b1"));
  EXPECT_EQ(test[2].input.index, 2U);
  EXPECT_EQ(test[2].input.id, "5");
  EXPECT_FALSE(test[0].input.fields.contains("text"));
  EXPECT_EQ(load(s, Split::train).size(), 5U) << "training rows stay as they are";
  EXPECT_EQ(summarize(s, Split::test).rows, 3U);

  s.test_limit = 1;
  ASSERT_EQ(load(s, Split::test).size(), 1U) << "the limit counts groups";
  EXPECT_THAT(load(s, Split::test)[0].references, ElementsAre("a1", "a2"));
}

TEST_F(DatasetTest, GroupsMustAskOneThing) {
  auto s = source(numbered(4));
  s.group_by = "label";
  EXPECT_THAT(
      error_of([&] { load(s, Split::test); }),
      HasSubstr("test.jsonl, row 3: this row asks something else than the first with the same 'label' (row 1)"));
  s.group_by = "kind";
  EXPECT_THAT(error_of([&] { load(s, Split::test); }),
              HasSubstr("test.jsonl, row 1: `group_by` names the field 'kind', which this row does not have; its "
                        "fields: text, label"));
}

TEST_F(DatasetTest, SplitsThatAreNotThereAreEmpty) {
  const auto s = source("{\"text\":\"a\",\"label\":\"x\"}\n");
  EXPECT_TRUE(load(s, Split::train).empty());
  EXPECT_TRUE(load(s, Split::validation).empty());
  EXPECT_EQ(summarize(s, Split::validation).fingerprint, "");
}

TEST_F(DatasetTest, FingerprintsChangeWithWhatDecidesExamplesAndNothingElse) {
  auto s = source(numbered(10));
  const std::string before = summarize(s, Split::test).fingerprint;
  EXPECT_EQ(summarize(s, Split::test).rows, 10U);
  const auto changed = [&](const DatasetSource& other) { return summarize(other, Split::test).fingerprint != before; };

  auto same = s;
  same.name = "other";
  same.test = write("renamed.jsonl", numbered(10));
  same.train_limit = 3;
  same.split_seed = 9;
  same.train_rows = {0, 3};
  same.test_rows = {0, 10};
  EXPECT_FALSE(changed(same));

  auto other = s;
  other.input = "{{ text }}?";
  EXPECT_TRUE(changed(other));
  other = s;
  other.target = "{{ text }}";
  EXPECT_TRUE(changed(other));
  other = s;
  other.choices = {"odd", "even"};
  EXPECT_TRUE(changed(other));
  other = s;
  other.test_limit = 9;
  EXPECT_TRUE(changed(other));
  other = s;
  other.test_rows = {1, 0};
  EXPECT_TRUE(changed(other));
  other = s;
  other.group_by = "text";
  EXPECT_TRUE(changed(other));
  std::string text = numbered(10);
  text[10] = 'R';
  write("test.jsonl", text);
  EXPECT_TRUE(changed(s));
}

TEST_F(DatasetTest, RowsThatAreNotUsedDoNotCount) {
  auto s = source(numbered(10));
  s.test_limit = 5;
  const std::string before = summarize(s, Split::test).fingerprint;
  write("test.jsonl", numbered(11));
  EXPECT_EQ(summarize(s, Split::test).fingerprint, before);
}

TEST_F(DatasetTest, JsonRoundTrips) {
  auto s = source("");
  s.choices = {"x"};
  s.validation_fraction = 0.5;
  s.split_seed = 18446744073709551615ULL;
  s.test_limit = 3;
  s.group_by = "text";
  s.train_rows = {0, 4000};
  s.validation_rows = {4000, 0};
  EXPECT_EQ(dataset_source(to_json(s)).validation_rows, s.validation_rows);
  EXPECT_EQ(to_json(dataset_source(to_json(s))), to_json(s));
}

TEST_F(DatasetTest, AHundredThousandRowsAreSummarisedQuickly) {
  const auto s = source(numbered(100'000));
  const double start = testing::cpu_milliseconds();
  EXPECT_EQ(summarize(s, Split::test).rows, 100'000U);
  const double took = (testing::cpu_milliseconds() - start) / 1000;
  EXPECT_LT(took, 3);
}

TEST_F(DatasetTest, ASmallerTrainingSetIsAPartOfTheLargerOne) {
  auto s = source(numbered(3));
  s.train = write("train.jsonl", numbered(200));
  s.validation_fraction = 0.25;
  const auto ids = [&](std::size_t size, std::uint64_t seed = 0) {
    s.train_size = size;
    s.split_seed = seed;
    std::vector<int> all;
    for (const auto& example : load(s, Split::train)) all.push_back(std::stoi(example.input.id));
    return all;
  };
  const auto ten = ids(10), fifty = ids(50), whole = ids(0);
  EXPECT_EQ(ten.size(), 10U);
  EXPECT_EQ(fifty.size(), 50U);
  for (const auto* rows : {&ten, &fifty})
    EXPECT_TRUE(std::is_sorted(rows->begin(), rows->end())) << "rows keep the file's order";
  EXPECT_TRUE(std::includes(fifty.begin(), fifty.end(), ten.begin(), ten.end()));
  EXPECT_TRUE(std::includes(whole.begin(), whole.end(), fifty.begin(), fifty.end()))
      << "none was held out for validation";
  EXPECT_NE(ten, std::vector<int>(whole.begin(), whole.begin() + 10)) << "drawn, not the first";
  EXPECT_EQ(ids(150), whole);
  EXPECT_NE(ids(10, 1), ten);
}

TEST_F(DatasetTest, TheFullTrainingSetHasOneFingerprintHoweverItIsAskedFor) {
  auto s = source(numbered(3));
  s.train = write("train.jsonl", numbered(20));
  s.train_limit = 12;
  const std::string whole = summarize(s, Split::train).fingerprint;
  s.train_size = 12;
  EXPECT_EQ(summarize(s, Split::train).fingerprint, whole);
  s.train_size = 11;
  EXPECT_NE(summarize(s, Split::train).fingerprint, whole);
  s.train_size = 13;
  EXPECT_THAT(
      [&] { load(s, Split::train); },
      ::testing::ThrowsMessage<BadInput>(HasSubstr("train_size 13 is more than the 12 training rows that there are")));
}

TEST_F(DatasetTest, LabelsAreOneAnExampleAndSeeWhatTheInputDoesNot) {
  auto s = source("{\"text\":\"a\",\"label\":\"x\",\"n\":1}\n{\"text\":\"b\",\"label\":\"y\",\"n\":22}\n");
  EXPECT_THAT(labels(s, Split::test, "by", "label"), ElementsAre("x", "y"));
  EXPECT_THAT(labels(s, Split::test, "by", "{{ 'large' if n > 9 else 'small' }}"), ElementsAre("small", "large"));
  s.test_limit = 1;
  EXPECT_THAT(labels(s, Split::test, "by", "label"), ElementsAre("x"));
}

TEST_F(DatasetTest, OfRowsThatAreOneExampleTheFirstIsLabelled) {
  auto s = source(
      "{\"q\":1,\"text\":\"a\",\"label\":\"x\"}\n{\"q\":2,\"text\":\"b\",\"label\":\"y\"}\n{\"q\":1,\"text\":\"a\","
      "\"label\":\"z\"}\n");
  s.group_by = "q";
  EXPECT_THAT(labels(s, Split::test, "cluster", "label"), ElementsAre("x", "y"));
  EXPECT_EQ(load(s, Split::test).size(), 2U);
}

TEST_F(DatasetTest, ALabelThatARowDoesNotHaveIsNamedWithTheRow) {
  const auto s = source("{\"text\":\"a\",\"label\":\"x\",\"n\":1}\n{\"text\":\"b\",\"label\":\"y\"}\n");
  try {
    static_cast<void>(labels(s, Split::test, "cluster", "n"));
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("row 2"), HasSubstr("'n'")));
  }
}

}  // namespace
}  // namespace assay::data
