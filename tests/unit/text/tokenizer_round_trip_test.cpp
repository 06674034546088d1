#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "text/tokenizer.h"

namespace assay::text {
namespace {

namespace fs = std::filesystem;

/// Every string in a JSON value.
void strings_of(const Json& value, std::vector<std::string>& out) {
  if (value.is_string()) out.push_back(value.get<std::string>());
  if (value.is_structured())
    for (const Json& part : value) strings_of(part, out);
}

/// The texts of a data file: the strings of each JSON line, or the lines of a table.
std::vector<std::string> texts_of(const fs::path& file) {
  std::vector<std::string> texts;
  std::ifstream stream(file, std::ios::binary);
  for (std::string line; std::getline(stream, line);)
    if (file.extension() == ".jsonl")
      strings_of(Json::parse(line), texts);
    else
      texts.push_back(line);
  return texts;
}

TEST(TokenizerRoundTripTest, EveryTrainingTextComesBackAsItWas) {
  const char* data = std::getenv("ASSAY_SHARED_DATA");
  if (data == nullptr) GTEST_SKIP() << "set ASSAY_SHARED_DATA to the folder of shared data";
  const fs::path root = data;
  const Tokenizer tokenizer = Tokenizer::from_folder(root / "gpt2-tokenizer");
  for (const char* name : {"banking77/train.csv", "pubmedqa/train.jsonl", "gsm8k/train.jsonl", "e2e/devset.csv"}) {
    SCOPED_TRACE(name);
    const auto texts = texts_of(root / name);
    EXPECT_GT(texts.size(), 400U);
    for (const std::string& text : texts) ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

}  // namespace
}  // namespace assay::text
