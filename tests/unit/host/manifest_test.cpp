#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>

#include "unit/host/library_fixture.h"

namespace assay::host {
namespace {

using ::testing::HasSubstr;

class ManifestTest : public testing::LibraryFixture {
 protected:
  std::string refusal(const std::string& content) const {
    const std::string file = write("library.so", content);
    const std::string said = error_of([&] { read_manifest(file); });
    EXPECT_THAT(said, HasSubstr(file));
    return said;
  }

  static bool is_mapped(const std::string& name) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(name) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(ManifestTest, IsReadWithoutLoadingTheLibrary) {
  const Json manifest = read_manifest(built("segfaults"));
  EXPECT_EQ(manifest.at("name"), "segfaults");
  EXPECT_EQ(manifest.at("kind"), "strategy");
  EXPECT_EQ(manifest.at("sdk"), ASSAY_SDK_VERSION);
  EXPECT_EQ(manifest.at("abi"), ASSAY_ABI_TAG);
  EXPECT_EQ(manifest.at("composes"), true);
  EXPECT_FALSE(is_mapped("segfaults.so"));
}

TEST_F(ManifestTest, HoldsTheParametersSchema) {
  EXPECT_EQ(read_manifest(built("throws")).at("params").at("properties").at("odd").at("type"), "boolean");
}

TEST_F(ManifestTest, OfAHandMadeLibraryIsReadToo) {
  EXPECT_EQ(read_manifest(plugin("a.so", {{"name", "hand_made"}})).at("name"), "hand_made");
}

TEST_F(ManifestTest, AFileThatIsNoLibraryIsRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("it is no shared library"));
  EXPECT_THAT(refusal(std::string(4096, 'x')), HasSubstr("it is no shared library"));
  EXPECT_THAT(refusal("#!/bin/sh\n"), HasSubstr("remove the file from the plugin folder"));
}

TEST_F(ManifestTest, ALibraryCutShortAnywhereIsRefused) {
  const std::string whole = elf(manifest().dump());
  for (std::size_t size = 0; size < whole.size(); size += 7) refusal(whole.substr(0, size));
}

TEST_F(ManifestTest, ALibraryThatRegistersNothingIsRefused) {
  std::string text = elf(manifest().dump());
  text.replace(text.find(".assay"), 6, ".essay");
  EXPECT_THAT(refusal(text), HasSubstr("it registers no strategy or metric"));
}

TEST_F(ManifestTest, AManifestThatIsNoJsonOrLacksAFieldIsRefused) {
  EXPECT_THAT(refusal(elf("{\"name\":")), HasSubstr("its manifest is no JSON"));
  Json lacking = manifest();
  lacking.erase("abi");
  EXPECT_THAT(refusal(elf(lacking.dump())), HasSubstr("its manifest lacks 'abi'"));
}

TEST_F(ManifestTest, AHeaderFullOfHugeNumbersIsRefused) {
  std::string text = elf(manifest().dump());
  for (const std::size_t at : {offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Ehdr) + offsetof(Elf64_Shdr, sh_offset),
                               sizeof(Elf64_Ehdr) + offsetof(Elf64_Shdr, sh_size),
                               sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size)}) {
    std::string changed = text;
    changed.replace(at, 8, std::string(8, '\xff'));
    refusal(changed);
  }
}

TEST_F(ManifestTest, AFileThatIsNotThereOrNoFileIsRefused) {
  EXPECT_THAT(error_of([&] { read_manifest(folder_ / "none.so"); }), HasSubstr("cannot be opened"));
  EXPECT_THROW(read_manifest(folder_), BadInput);
}

TEST_F(ManifestTest, ALibraryWithAManifestButNoCodeIsNotLoaded) {
  const std::string file = plugin("a.so", {{"name", "hollow"}});
  EXPECT_THAT(error_of([&] { LoadedPlugin::load(file); }),
              ::testing::AllOf(HasSubstr(file), HasSubstr("'hollow' cannot be loaded")));
}

TEST_F(ManifestTest, ALoadedStrategyIsNoMetric) {
  const LoadedPlugin loaded = LoadedPlugin::load(built("throws"));
  EXPECT_NE(loaded.strategy(sdk::Params(Json::object())), nullptr);
  EXPECT_THAT(error_of([&] { (void)loaded.metric(sdk::Params(Json::object())); }),
              HasSubstr("'throws' is a strategy, not a metric"));
}

}  // namespace
}  // namespace assay::host
