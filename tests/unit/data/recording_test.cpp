#include "data/recording.h"

#include <gmock/gmock.h>

#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordingTest : public testing::FolderFixture {
 protected:
  RecordingSource source(const std::string& rows) {
    RecordingSource source;
    source.path = write("outputs.jsonl", rows);
    source.completion = "output";
    return source;
  }

  static std::vector<RecordedRow> read(const RecordingSource& source) {
    std::vector<RecordedRow> rows;
    for_each_recorded(source, [&](RecordedRow row) { rows.push_back(std::move(row)); });
    return rows;
  }
};

TEST_F(RecordingTest, FieldsAndTemplatesAreRead) {
  RecordingSource one = source(R"({"question": "2+2 ?", "output": "4"})"
                               "\n\n"
                               R"({"question": "3+3 ?", "output": "6"})"
                               "\n");
  one.prompt = "Q: {{ question }}\nA:";
  one.input = "question";
  one.id = "{{ row_number }}";
  const auto rows = read(one);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].prompt, "Q: 3+3 ?\nA:");
  EXPECT_EQ(rows[1].input, "3+3 ?");
  EXPECT_EQ(rows[1].id, "2") << "rows count as a dataset counts them";
  EXPECT_THAT(rows[1].completions, ElementsAre("6"));
  EXPECT_EQ(rows[1].where, "outputs.jsonl, row 2 (line 3)");
  EXPECT_FALSE(rows[1].usage);
  EXPECT_FALSE(rows[1].messages);
}

TEST_F(RecordingTest, APromptFileIsAJinjaFileWithIncludes) {
  RecordingSource one = source(R"({"question": "2+2 ?", "output": "4"})");
  one.prompt_file = write("prompts/ask.txt", "{% include 'head.txt' %}Q: {{ question }}\nA:\n");
  write("prompts/head.txt", "Sums.\n");
  EXPECT_EQ(read(one).at(0).prompt, "Sums.Q: 2+2 ?\nA:") << "Jinja drops a template's last newline";
}

TEST_F(RecordingTest, AFrontMatterIsNoPartOfThePrompt) {
  RecordingSource one = source(R"({"question": "2+2 ?", "output": "4"})");
  const std::string about =
      "---\nname: ask\nversion: 1\ndescription: Sums.\nvariables: {question: required}\noutput: number\n---\n";
  one.prompt_file = write("prompts/ask.j2", about + "{% include 'head.j2' %}Q: {{ question }}");
  write("prompts/head.j2", about + "Sums.\n");
  EXPECT_EQ(read(one).at(0).prompt, "Sums.Q: 2+2 ?");
}

TEST_F(RecordingTest, MessagesListsOfSamplesAndUsageAreRead) {
  RecordingSource one = source(
      R"({"id": 7, "chat": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "output": ["a", "b"],)"
      R"( "usage": {"prompt_tokens": 11, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 3}}})");
  one.messages = "chat";
  one.id = "id";
  one.usage = "usage";
  const auto row = read(one).at(0);
  EXPECT_THAT(*row.messages, ElementsAre(sdk::Message{"system", "s"}, sdk::Message{"user", "u"}));
  EXPECT_THAT(row.completions, ElementsAre("a", "b"));
  EXPECT_EQ(row.id, "7");
  EXPECT_EQ(row.usage, (sdk::Usage{.prompt_tokens = 11, .cached_prompt_tokens = 3, .completion_tokens = 5}));
}

TEST_F(RecordingTest, CountsOfTokensMayHaveFieldsOfTheirOwn) {
  RecordingSource one = source(R"({"id": "a", "output": "x", "in": 4, "out": 2})");
  one.id = "id";
  one.prompt_tokens = "in";
  one.completion_tokens = "out";
  EXPECT_EQ(read(one).at(0).usage, (sdk::Usage{.prompt_tokens = 4, .completion_tokens = 2}));
}

TEST_F(RecordingTest, TextGoesThroughUnharmed) {
  const std::string wild = "{{ not a template }} {% raw %} \"quoted\" 'single' \\ {#\nשלום עולם \xE2\x80\xAE مرحبا\t" +
                           std::string(100'000, '{');
  RecordingSource one = source(Json{{"question", wild}, {"output", wild}}.dump());
  one.prompt = "Q: {{ question }}\nA:";
  one.input = "question";
  const auto row = read(one).at(0);
  EXPECT_EQ(row.prompt, "Q: " + wild + "\nA:");
  EXPECT_EQ(row.input, wild);
  EXPECT_EQ(row.completions.at(0), wild);
}

TEST_F(RecordingTest, AMissingFieldIsNamedWithItsRowAndLine) {
  RecordingSource one = source(R"({"question": "a", "output": "x"})"
                               "\n\n"
                               R"({"question": "b", "outpt": "y"})");
  one.input = "question";
  EXPECT_THAT(error_of([&] { read(one); }),
              HasSubstr("outputs.jsonl, row 2 (line 3): `completion` names the field 'output', which this row does not "
                        "have; its fields: question, outpt"));
  one.completion = "question";
  one.prompt = "{{ topic }}: {{ question }}";
  EXPECT_THAT(error_of([&] { read(one); }),
              AllOf(HasSubstr("outputs.jsonl, row 1: the template `match.prompt` names the field 'topic'")));
}

TEST_F(RecordingTest, WhatIsNoTextNoTokensNoConversationIsRefused) {
  RecordingSource one = source(R"({"question": "a", "output": 4, "usage": {"tokens": 3}, "chat": [{"role": "user"}]})");
  one.input = "question";
  EXPECT_THAT(error_of([&] { read(one); }), HasSubstr("row 1: `completion` must be a text, and 'output' holds number"));
  one.completion = "question";
  one.usage = "usage";
  EXPECT_THAT(error_of([&] { read(one); }),
              HasSubstr("`usage` must be an object with prompt_tokens and completion_tokens"));
  one.usage.clear();
  one.prompt_tokens = "question";
  EXPECT_THAT(error_of([&] { read(one); }),
              HasSubstr("`usage.prompt_tokens` must be a count of tokens, and 'question' holds string"));
  one.prompt_tokens.clear();
  one.messages = "chat";
  EXPECT_THAT(error_of([&] { read(one); }), HasSubstr("`match.messages` must be a list of messages"));
  EXPECT_THAT(error_of([&] { read(source("")); }), HasSubstr("a recording needs `match`"));
  one = source("");
  one.input = "question";
  EXPECT_THAT(error_of([&] { read(one); }), HasSubstr("outputs.jsonl: this recording is empty"));
}

TEST_F(RecordingTest, IdentityIsOfContentsNotOfPlaces) {
  FileHashes hashes("");
  RecordingSource one = source(R"({"question": "a", "output": "x"})");
  one.prompt_file = write("ask.txt", "Q: {{ question }}");
  const Json before = recording_identity(one, hashes);
  RecordingSource moved = one;
  moved.path = write("elsewhere/copy.jsonl", R"({"question": "a", "output": "x"})");
  moved.prompt_file = write("elsewhere/prompt.txt", "Q: {{ question }}");
  EXPECT_EQ(recording_identity(moved, hashes), before);
  write("elsewhere/prompt.txt", "Question: {{ question }}");
  EXPECT_NE(recording_identity(moved, hashes), before);
  one.path = write("outputs.jsonl", R"({"question": "a", "output": "z"})");
  EXPECT_NE(recording_identity(one, hashes), before);
}

TEST_F(RecordingTest, JsonKeepsASource) {
  RecordingSource one = source("{}");
  one.prompt_file = "/p.txt";
  one.id = "id";
  one.cached_prompt_tokens = "c";
  EXPECT_EQ(to_json(recording_source(to_json(one))), to_json(one));
}

}  // namespace
}  // namespace assay::data
