#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "text/stream_decoder.h"
#include "text/tokenizer.h"

namespace assay::text {
namespace {

namespace fs = std::filesystem;

/// Every folder with a tokenizer.json and recorded ids that were made by an independent encoder.
std::vector<fs::path> reference_folders() {
  std::vector<fs::path> folders;
  for (const char* variable : {"ASSAY_SHARED_DATA", "ASSAY_SHARED_NANO"}) {
    const char* root = std::getenv(variable);
    if (root == nullptr || !fs::is_directory(root)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root))
      if (entry.path().filename() == "tokenizer.json" && fs::exists(entry.path().parent_path() / "reference.json"))
        folders.push_back(entry.path().parent_path());
  }
  std::ranges::sort(folders);
  return folders;
}

/// The rows of a reference.json that pair a text with its ids.
std::vector<Json> reference_rows(const fs::path& folder) {
  std::ifstream file(folder / "reference.json");
  const Json reference = Json::parse(file);
  std::vector<Json> rows;
  const Json& list = reference.is_array() ? reference : reference.value("texts", Json::array());
  for (const Json& row : list)
    if (row.contains("text") && row.contains("ids")) rows.push_back(row);
  return rows;
}

TEST(TokenizerReferenceTest, EveryRecordedTextGivesTheRecordedIdsAndComesBack) {
  const auto folders = reference_folders();
  if (folders.empty()) GTEST_SKIP() << "set ASSAY_SHARED_DATA and ASSAY_SHARED_NANO to the folders of shared data";
  std::size_t compared = 0;
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.filename().string());
    const Tokenizer tokenizer = Tokenizer::from_folder(folder);
    for (const Json& row : reference_rows(folder)) {
      const auto text = row.at("text").get<std::string>();
      const auto ids = row.at("ids").get<std::vector<TokenId>>();
      EXPECT_EQ(tokenizer.encode(text), ids) << text;
      EXPECT_EQ(tokenizer.decode(ids), text);
      StreamDecoder stream(tokenizer);
      std::string streamed;
      for (const TokenId id : ids) streamed += stream.add(id);
      EXPECT_EQ(streamed + stream.finish(), text);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0U);
}

}  // namespace
}  // namespace assay::text
