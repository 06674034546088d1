#include "unit/cpu_time.h"
#include "unit/data/folder_fixture.h"
#include "unit/sdk/bm25_reference.h"

// The questions of ASSAY_SHARED_DATA/pubmedqa with the abstracts that they were asked about, each split by itself.
namespace assay::sdk {
namespace {

class Bm25SharedTest : public assay::testing::FolderFixture {
 protected:
  bool read(const std::string& split) {
    const char* shared = std::getenv("ASSAY_SHARED_DATA");
    if (shared == nullptr) return false;
    std::ifstream in(std::string(shared) + "/pubmedqa/" + split + ".jsonl");
    for (std::string line; std::getline(in, line);) {
      const Json row = Json::parse(line);
      abstracts_.push_back(row.at("context"));
      questions_.push_back(row.at("question"));
    }
    return !abstracts_.empty();
  }

  std::vector<std::string> abstracts_, questions_;
};

TEST_F(Bm25SharedTest, RankingsOfPubMedQaAreTheReferencesAndTheRightAbstractComesFirst) {
  for (const char* split : {"test", "train"}) {
    abstracts_.clear(), questions_.clear();
    if (!read(split)) GTEST_SKIP() << "needs ASSAY_SHARED_DATA/pubmedqa";
    Bm25 index;
    double start = testing::cpu_milliseconds();
    for (const std::string& abstract : abstracts_) index.add(abstract);
    const double indexed = testing::cpu_milliseconds() - start;
    start = testing::cpu_milliseconds();
    std::size_t first = 0;
    for (std::size_t i = 0; i < questions_.size(); ++i)
      first += index.rank(questions_[i], 10).front().position == i ? 1 : 0;
    const double asked = (testing::cpu_milliseconds() - start) / static_cast<double>(questions_.size());
    const double recall = static_cast<double>(first) / static_cast<double>(questions_.size());
    std::printf("%s: %zu abstracts indexed in %.1f ms, a query %.4f ms, recall@1 %.3f\n", split, abstracts_.size(),
                indexed, asked, recall);
    EXPECT_LT(indexed, 1000);
    EXPECT_LT(asked, 1);
    EXPECT_GE(recall, 0.9);
    assay::testing::expect_reference_rankings(index, abstracts_, questions_, {}, folder_.string());
  }
}

}  // namespace
}  // namespace assay::sdk
