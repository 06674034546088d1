#include "store/bundle.h"

#include <assay/sdk/error.h>

#include "unit/store/store_fixture.h"

namespace assay::store {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class BundleTest : public testing::StoreFixture {
 protected:
  [[nodiscard]] std::filesystem::path place() const { return folder_ / "ab" / "abc"; }

  void make_bundle(const std::string& text = "some text") const {
    BundleWriter writer(place(), "abc", "adapt", {{"seed", 1}});
    put(writer, "state.json", text);
    std::filesystem::create_directory(writer.folder() / "adapter");
    put(writer, "adapter/weights", "12345");
    writer.kpis["loss"] = {{"value", 2.0}};
    writer.timing["seconds"] = 1.5;  // past a second: synced to the disk
    writer.commit();
  }

  [[nodiscard]] std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(place().parent_path())) ++count;
    return count;
  }
};

TEST_F(BundleTest, IsAbsentUntilItIsCommitted) {
  {
    BundleWriter writer(place(), "abc", "adapt", Json::object());
    put(writer, "state.json", "{}");
    EXPECT_FALSE(std::filesystem::exists(place()));
  }
  EXPECT_EQ(entries(), 0U) << "what is not committed leaves nothing behind";
  EXPECT_THROW(Bundle::open(place(), "abc"), BadInput);
}

TEST_F(BundleTest, TellsAfterwardsWhatWasPutIn) {
  make_bundle();
  const Bundle bundle = Bundle::open(place(), "abc", true);
  EXPECT_EQ(bundle.header().at("kind"), "adapt");
  EXPECT_EQ(bundle.header().at("inputs").at("seed"), 1);
  EXPECT_EQ(bundle.header().at("kpis").at("loss").at("value"), 2.0);
  EXPECT_EQ(bundle.header().at("files").at("adapter/weights").at("size"), 5);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(BundleTest, TheFirstOfTwoEqualOnesStays) {
  make_bundle("first");
  make_bundle("second");
  EXPECT_EQ(read(place() / "state.json"), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(BundleTest, AFileOfAnotherSizeIsDamage) {
  make_bundle();
  std::filesystem::resize_file(place() / "state.json", 4);
  EXPECT_THAT([&] { Bundle::open(place(), "abc"); },
              ThrowsMessage<Corrupted>(
                  ::testing::AllOf(HasSubstr(place().string()), HasSubstr("state.json has another size"))));
}

TEST_F(BundleTest, AMissingFileIsDamage) {
  make_bundle();
  std::filesystem::remove(place() / "adapter/weights");
  EXPECT_THAT([&] { Bundle::open(place(), "abc"); }, ThrowsMessage<Corrupted>(HasSubstr("adapter/weights is missing")));
}

TEST_F(BundleTest, AChangedByteIsFoundByItsHash) {
  make_bundle("some text");
  write("ab/abc/state.json", "some tezt");
  EXPECT_NO_THROW(Bundle::open(place(), "abc"));
  EXPECT_THAT([&] { Bundle::open(place(), "abc", true); },
              ThrowsMessage<Corrupted>(HasSubstr("state.json was changed")));
}

TEST_F(BundleTest, ATornOrMissingHeaderIsDamage) {
  make_bundle();
  std::filesystem::resize_file(place() / "bundle.json", 30);
  EXPECT_THAT([&] { Bundle::open(place(), "abc"); }, ThrowsMessage<Corrupted>(HasSubstr("bundle.json is torn")));
  std::filesystem::remove(place() / "bundle.json");
  EXPECT_FALSE(Bundle::exists(place()));
  EXPECT_THAT([&] { Bundle::open(place(), "abc"); }, ThrowsMessage<Corrupted>(HasSubstr("bundle.json is missing")));
}

TEST_F(BundleTest, OfAnotherStageIsDamage) {
  make_bundle();
  EXPECT_THAT([&] { Bundle::open(place(), "abd"); }, ThrowsMessage<Corrupted>(HasSubstr("names another stage")));
}

TEST_F(BundleTest, ItsSignatureChangesWithEveryWriting) {
  make_bundle();
  const std::string before = Bundle::open(place(), "abc").signature();
  EXPECT_EQ(Bundle::open(place(), "abc").signature(), before);
  write("ab/abc/state.json", "some text");
  EXPECT_NE(Bundle::open(place(), "abc").signature(), before);
}

TEST_F(BundleTest, AFileThatIsNoJsonIsDamage) {
  make_bundle("{\"torn\":");
  const Bundle bundle = Bundle::open(place(), "abc");
  EXPECT_THAT([&] { (void)bundle.json("state.json"); }, ThrowsMessage<Corrupted>(HasSubstr("state.json is no JSON")));
  EXPECT_THAT([&] { (void)bundle.json("other.json"); }, ThrowsMessage<Corrupted>(HasSubstr("not listed")));
}

}  // namespace
}  // namespace assay::store
