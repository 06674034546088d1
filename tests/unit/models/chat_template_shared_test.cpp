#include <assay/sdk/error.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/local/chat_template.h"
#include "shared_folder.h"

// Chat templates as models bring them (ASSAY_SHARED_DATA/jinja): what is learnt of a conversation is what its answers say,
// and nothing of what the others say.
namespace assay::models {
namespace {

TEST(ChatTemplateSharedTest, EveryTemplatesTurnsHoldTheAnswersAndNothingElse) {
  const std::filesystem::path data = shared_folder("ASSAY_SHARED_DATA");
  if (!std::filesystem::exists(data / "jinja")) GTEST_SKIP() << "needs ASSAY_SHARED_DATA/jinja";
  std::ifstream in(data / "jinja/cases.jsonl");
  const std::vector<sdk::Message> talk{
      {"user", "Qone"}, {"assistant", "Aone"}, {"user", "Qtwo"}, {"assistant", "Atwo"}};
  std::set<std::string> seen;
  std::map<std::string, std::size_t> texts;
  for (std::string line; std::getline(in, line);) {
    const OrderedJson json = OrderedJson::parse(line);
    const std::string name = json.at("name");
    if (!name.starts_with("chat/") || name.find("tools/") != std::string::npos) continue;
    const std::string source = json.at("template"), family = name.substr(0, name.rfind('/'));
    if (!seen.insert(source).second) continue;
    OrderedJson variables = json.at("context");
    const ChatTemplate chat(source, name, variables);
    try {
      const auto learnt = chat.learnt_texts(talk, {false, true, false, true});
      texts[family] = learnt.size();
      std::string said;
      for (const MarkedText& text : learnt) {
        for (const auto& [begin, end] : text.learnt) said += text.text.substr(begin, end - begin) + "|";
      }
      for (const char* answer : {"Aone", "Atwo"})
        EXPECT_NE(said.find(answer), std::string::npos) << name << ": " << said;
      for (const char* question : {"Qone", "Qtwo"})
        EXPECT_EQ(said.find(question), std::string::npos) << name << ": " << said;
    } catch (const BadInput&) {
      texts[family] = 0;
    }
  }
  // One text where a conversation only grows; one a turn, or none, where the template looks at how it ends.
  EXPECT_EQ(texts["chat/chatml"], 1U);
  EXPECT_EQ(texts["chat/llama3"], 1U);
  EXPECT_EQ(texts["chat/gemma"], 1U);
  EXPECT_GE(texts.size(), 5U);
  for (const auto& [family, count] : texts) std::cout << family << ": " << count << " texts\n";
}

}  // namespace
}  // namespace assay::models
