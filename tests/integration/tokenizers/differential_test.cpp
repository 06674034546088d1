// Compares ids and decoded texts with Hugging Face's own tokenizers, live: npm installs the pinned packages, a script
// writes tokenizers over real vocabularies together with what the reference makes of hard texts.
#include <assay/sdk/json.h>
#include <gtest/gtest.h>
#include <sentencepiece_trainer.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "text/tokenizer.h"

namespace assay::text {
namespace {

namespace fs = std::filesystem;

const fs::path source = fs::path(ASSAY_SOURCE_DIR) / "tests/integration/tokenizers";
const fs::path work = fs::path(ASSAY_BINARY_DIR) / "tests/tokenizers";

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

/// The exit status of a shell command, whose output goes to `work`/log.
int run(const std::string& command) {
  const int status = std::system(("( " + command + " ) > '" + (work / "log").string() + "' 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class TokenizerDifferentialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (run("command -v node && command -v npm") != 0) GTEST_SKIP() << "node and npm are not installed";
    const fs::path lock = work / "package-lock.json";
    if (read(lock) != read(source / "package-lock.json") || !fs::exists(work / "node_modules/.package-lock.json")) {
      for (const char* name : {"package.json", "package-lock.json"})
        fs::copy_file(source / name, work / name, fs::copy_options::overwrite_existing);
      if (run("cd '" + work.string() + "' && npm ci --ignore-scripts --no-audit --no-fund") != 0)
        GTEST_SKIP() << "npm could not install Hugging Face's tokenizers:\n" << read(work / "log");
    }
    train();
    if (HasFatalFailure()) return;
    fs::remove_all(work / "references");
    ASSERT_EQ(run("node '" + (source / "references.mjs").string() + "' '" + (work / "node_modules").string() + "' '" +
                  (work / "trained.model").string() + "' '" + (work / "references").string() + "'"),
              0)
        << read(work / "log");
  }

  /// A Unigram model with SentencePiece's usual table of replacements.
  static void train() {
    ASSERT_EQ(run("node '" + (source / "texts.mjs").string() + "' '" + (work / "texts.txt").string() + "'"), 0)
        << read(work / "log");
    const auto status = sentencepiece::SentencePieceTrainer::Train(
        "--input=" + (work / "texts.txt").string() + " --model_prefix=" + (work / "trained").string() +
        " --vocab_size=8000 --hard_vocab_limit=false --character_coverage=0.98 --minloglevel=2");
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  static void SetUpTestSuite() { fs::create_directories(work); }
};

TEST_F(TokenizerDifferentialTest, IdsAndTextsAreHuggingFacesOwn) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(work / "references"))
    if (entry.is_directory()) folders.push_back(entry.path());
  std::ranges::sort(folders);
  ASSERT_GT(folders.size(), 40U);
  std::size_t compared = 0;
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.filename().string());
    const Tokenizer tokenizer = Tokenizer::from_folder(folder);
    const Json rows = Json::parse(read(folder / "reference.json"));
    std::size_t differences = 0;
    for (const Json& row : rows) {
      const auto& text = row.at("text").get_ref<const std::string&>();
      const auto ids = row.at("ids").get<std::vector<TokenId>>();
      const auto same = [&](const auto& ours, const Json& theirs) {
        differences += Json(ours) != theirs;
        return Json(ours) == theirs;
      };
      if (differences >= 5) break;  // more would not be read
      EXPECT_TRUE(same(tokenizer.encode(text), row.at("ids")))
          << Json(text) << "\nours:   " << Json(tokenizer.encode(text)) << "\ntheirs: " << row.at("ids");
      EXPECT_TRUE(same(tokenizer.encode(text, false), row.at("plain"))) << Json(text);
      EXPECT_TRUE(same(tokenizer.decode(ids, false), row.at("decoded")))
          << Json(text) << "\nours:   " << Json(tokenizer.decode(ids, false)) << "\ntheirs: " << row.at("decoded");
      EXPECT_TRUE(same(tokenizer.decode(ids, true), row.at("skipped")))
          << Json(text) << "\nours:   " << Json(tokenizer.decode(ids, true)) << "\ntheirs: " << row.at("skipped");
      ++compared;
    }
  }
  std::printf("%zu texts compared over %zu tokenizers\n", compared, folders.size());
}

}  // namespace
}  // namespace assay::text
