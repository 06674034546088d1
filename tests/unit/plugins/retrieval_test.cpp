#include <gmock/gmock.h>

#include "../../../plugins/strategies/retrieval/chunks.h"
#include "loading.h"
#include "unit/data/folder_fixture.h"
#include "unit/run/fake_model.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::int64_t bytes(const std::string& text) { return static_cast<std::int64_t>(text.size()); }

TEST(ChunksTest, EndBetweenWordsAndOverlap) {
  EXPECT_THAT(retrieval::chunks("one two three four", 9, 0, bytes), ElementsAre("one two", "three", "four"));
  EXPECT_THAT(retrieval::chunks("aa bb cc dd", 8, 3, bytes), ElementsAre("aa bb cc", "cc dd"));
  EXPECT_THAT(retrieval::chunks(" \n ", 8, 3, bytes), IsEmpty());
}

TEST(ChunksTest, NoCharacterIsCutAndNothingIsLost) {
  const std::string word = "שלום日本𝄞ü";
  std::string joined;
  for (const std::string& piece : retrieval::chunks(word, 4, 0, bytes)) {
    EXPECT_LE(piece.size(), 4U);
    EXPECT_NE(static_cast<unsigned char>(piece.front()) & 0xc0U, 0x80U);
    joined += piece;
  }
  EXPECT_EQ(joined, word);
  EXPECT_THAT(retrieval::chunks("𝄞𝄞", 2, 1, bytes), SizeIs(2)) << "a character that is too long is a piece";
}

class RetrievalTest : public testing::FolderFixture, public sdk::AdaptContext {
 protected:
  sdk::LanguageModel* model() override { return &model_; }
  std::uint64_t seed() const override { return 1; }
  bool stop_requested() const override { return false; }
  std::filesystem::path directory() const override { return folder_ / "files"; }
  void log(const std::string&) override {}

  RetrievalTest() {
    std::filesystem::create_directories(folder_ / "files");
    write("docs.jsonl", R"({"id":1,"text":"cats sleep all day"})"
                        "\n"
                        R"({"id":2,"text":"dogs run {{ fast }} and far"})"
                        "\n"
                        R"({"id":3,"text":"fish swim in the sea"})"
                        "\n");
    model_.reply = [](const sdk::Request& request) {
      const std::string& text = std::get<sdk::Embed>(request.what).text;
      const auto has = [&](const char* word) { return text.find(word) == std::string::npos ? 0.0F : 1.0F; };
      sdk::Completion completion;
      completion.embedding = {has("cat"), has("dog"), has("fish")};
      return completion;
    };
  }

  sdk::PromptDraft ask(Json params, const std::string& question, OrderedJson fields = OrderedJson::object()) {
    params["documents"] = (folder_ / "docs.jsonl").string();
    static const host::LoadedPlugin plugin = test::built_in("retrieval");  // what it throws lives in it
    const auto strategy = plugin.strategy(sdk::Params(params));
    const Json state = strategy->adapt({}, {}, *this).value();
    sdk::Input input;
    input.id = "r0";
    input.text = question;
    input.fields = std::move(fields);
    sdk::PromptContext context{&state, folder_ / "files", 0};
    std::vector<sdk::Completion> answers;
    for (const sdk::Request& request : strategy->consult(input, context)) answers.push_back(model_.reply(request));
    context.consulted = answers;
    sdk::PromptDraft draft;
    strategy->compose(input, draft, context);
    return draft;
  }

  static std::vector<std::string> sources(const sdk::PromptDraft& draft) {
    std::vector<std::string> all;
    for (const sdk::Passage& passage : draft.passages) all.push_back(passage.source);
    return all;
  }

  testing::FakeModel model_;
};

TEST_F(RetrievalTest, PassagesComeBestFirstWithTheirSources) {
  const auto draft = ask({{"passages", 2}}, "do fast dogs and cats sleep ?");
  EXPECT_THAT(sources(draft), ElementsAre("2", "1"));
  EXPECT_EQ(draft.passages[0].text, "dogs run {{ fast }} and far");
  EXPECT_EQ(draft.details.at("retrieval").at("sources").at(0).at("source"), "2");
  EXPECT_THAT(sources(ask({{"passages", 2}, {"order", "best_last"}}, "do fast dogs and cats sleep ?")),
              ElementsAre("1", "2"));
}

TEST_F(RetrievalTest, DenseGoesByVectorsAndHybridByBoth) {
  EXPECT_THAT(sources(ask({{"passages", 1}, {"method", "dense"}}, "fishy")), ElementsAre("3"));
  EXPECT_THAT(model_.batches, SizeIs(1)) << "all passages together";
  EXPECT_THAT(sources(ask({{"passages", 2}, {"method", "hybrid"}}, "fishy dogs sleep")), SizeIs(2));
}

TEST_F(RetrievalTest, GoldGivesRecallAndMrrAndChangesNothing) {
  const auto right = ask({{"passages", 2}, {"gold", "pmid"}}, "cats sleep in the sea", {{"pmid", 3}});
  EXPECT_EQ(right.numbers.at("retrieval.recall@2").value, 1);
  EXPECT_EQ(right.numbers.at("retrieval.mrr").value, sources(right)[0] == "3" ? 1 : 0.5);
  const auto wrong =
      ask({{"passages", 2}, {"gold", "pmid"}}, "cats sleep in the sea", {{"pmid", OrderedJson{"2", "nowhere"}}});
  EXPECT_EQ(sources(wrong), sources(right));
  EXPECT_EQ(wrong.numbers.at("retrieval.recall@2").value, 0);
  EXPECT_NEAR(wrong.numbers.at("retrieval.mrr").value, 1.0 / 3, 1e-12);
  EXPECT_THAT(error_of([&] { ask({{"gold", "pmid"}}, "x", {{"label", 1}}); }), HasSubstr("it shows label"));
}

TEST_F(RetrievalTest, DocumentsAreCutByTheModelsTokens) {
  const auto draft = ask({{"passages", 9}, {"chunk_tokens", 10}}, "fish swim");
  for (const sdk::Passage& passage : draft.passages) EXPECT_LE(passage.text.size(), 10U);
  EXPECT_EQ(draft.passages.front().text, "fish swim");
}

}  // namespace
}  // namespace assay
