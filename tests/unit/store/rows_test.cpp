#include <assay/sdk/error.h>

#include "store/bundle.h"
#include "unit/store/store_fixture.h"

namespace assay::store {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class RowsTest : public testing::StoreFixture {
 protected:
  /// A bundle of `count` rows of about 100 bytes.
  [[nodiscard]] Bundle with_rows(int count) const {
    BundleWriter writer(place(), "abc", "generate", Json::object());
    RowsWriter rows(writer.folder() / "rows.jsonl");
    for (int i = 0; i < count; ++i) rows.write({{"i", i}, {"text", fmt::format("{:090}", i * 7919)}});
    rows.close();
    writer.commit();
    return Bundle::open(place(), "abc", true);
  }

  [[nodiscard]] std::filesystem::path place() const { return folder_ / "abc"; }

  static int count_in_order(const Bundle& bundle) {
    int next = 0;
    bundle.rows("rows.jsonl", [&](const Json& row) { EXPECT_EQ(row.at("i"), next++); });
    return next;
  }
};

TEST_F(RowsTest, StayPlainTextWhileTheyAreFew) {
  const Bundle bundle = with_rows(100);
  EXPECT_TRUE(std::filesystem::exists(place() / "rows.jsonl"));
  EXPECT_EQ(count_in_order(bundle), 100);
}

TEST_F(RowsTest, AreCompressedPastAMegabyteAndReadInOrder) {
  const Bundle bundle = with_rows(30'000);
  EXPECT_FALSE(std::filesystem::exists(place() / "rows.jsonl"));
  EXPECT_LT(std::filesystem::file_size(place() / "rows.jsonl.gz"), 1'000'000U);
  EXPECT_EQ(count_in_order(bundle), 30'000);
}

TEST_F(RowsTest, AReaderGivesARowAtATimeBesideAnother) {
  const Bundle bundle = with_rows(30'000);
  RowsReader one(bundle, "rows.jsonl"), other(bundle, "rows.jsonl");
  ASSERT_TRUE(other.next());
  std::string before(*other.next());
  for (int i = 0; i < 29'998; ++i) {
    ASSERT_EQ(Json::parse(*one.next()).at("i"), i);
    ASSERT_EQ(Json::parse(before).at("i"), i + 1);
    before = *other.next();
  }
  EXPECT_TRUE(one.next());
  EXPECT_TRUE(one.next());
  EXPECT_FALSE(one.next());
  EXPECT_FALSE(one.next());
}

TEST_F(RowsTest, OfNoExampleAreAnEmptyFile) { EXPECT_EQ(count_in_order(with_rows(0)), 0); }

TEST_F(RowsTest, TextThatIsNoUtf8IsWrittenAsReplacements) {
  BundleWriter writer(place(), "abc", "generate", Json::object());
  RowsWriter rows(writer.folder() / "rows.jsonl");
  rows.write({{"answer", "a\xff"}});
  rows.close();
  writer.commit();
  Bundle::open(place(), "abc").rows("rows.jsonl", [](const Json& row) {
    EXPECT_EQ(row.at("answer"), "a\xef\xbf\xbd");
  });
}

TEST_F(RowsTest, ARowCutOffIsDamage) {
  const Bundle bundle = with_rows(100);
  std::filesystem::resize_file(place() / "rows.jsonl", 250);
  EXPECT_THAT([&] { count_in_order(bundle); }, ThrowsMessage<Corrupted>(HasSubstr("its last row is cut off")));
  write("abc/rows.jsonl", "{\"i\":0}\n{\"i\"\n");
  EXPECT_THAT([&] { count_in_order(bundle); }, ThrowsMessage<Corrupted>(HasSubstr("row 2 is no JSON")));
}

TEST_F(RowsTest, ATornCompressedFileIsDamage) {
  const Bundle bundle = with_rows(30'000);
  const auto whole = std::filesystem::file_size(place() / "rows.jsonl.gz");
  for (const auto size : {whole - 4, whole / 2}) {
    std::filesystem::resize_file(place() / "rows.jsonl.gz", size);
    EXPECT_THROW(bundle.rows("rows.jsonl", [](const Json&) {}), Corrupted) << size;
  }
}

TEST_F(RowsTest, AFileThatTheBundleDoesNotListIsDamage) {
  EXPECT_THAT([&] { with_rows(1).rows("other.jsonl", [](const Json&) {}); },
              ThrowsMessage<Corrupted>(HasSubstr("not listed")));
}

TEST_F(RowsTest, AFullDiskIsSaid) {
  RowsWriter rows("/dev/full");
  rows.write({{"i", 1}});
  EXPECT_THAT([&] { rows.close(); }, ThrowsMessage<Error>(HasSubstr("is the disk full?")));
}

}  // namespace
}  // namespace assay::store
