#include "assay/sdk/language_model.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"
#include "unit/run/fake_model.h"

namespace assay::sdk {
namespace {

using ::testing::SizeIs;

std::vector<Request> three_requests() {
  std::vector<Request> requests;
  for (const char* id : {"a", "b", "c"}) requests.push_back({Generate{}, {}, id});
  return requests;
}

TEST(AskAllTest, CompletionsStandInTheOrderOfTheRequests) {
  testing::FakeModel model;  // which answers the last one first
  const std::vector<Completion> completions = ask_all(model, three_requests());
  ASSERT_THAT(completions, SizeIs(3));
  EXPECT_THAT(model.batches, SizeIs(1));
  EXPECT_EQ(completions[0].samples.front().text, " answer to a ");
  EXPECT_EQ(completions[2].samples.front().text, " answer to c ");
}

TEST(AskAllTest, AModelThatFallsSilentIsAnErrorAndNoEndlessWait) {
  class Silent final : public LanguageModel {
   public:
    ModelInfo about;
    [[nodiscard]] const ModelInfo& info() const override { return about; }
    [[nodiscard]] std::int64_t count_tokens(const Prompt&) const override { return 0; }
    [[nodiscard]] std::string render_chat(std::span<const Message>, bool) const override { return ""; }
    std::vector<RequestId> submit(std::vector<Request> requests) override {
      return std::vector<RequestId>(requests.size(), 1);
    }
    std::vector<Finished> collect() override { return {}; }
  };
  Silent model;
  EXPECT_THROW(ask_all(model, three_requests()), Error);
}

}  // namespace
}  // namespace assay::sdk
