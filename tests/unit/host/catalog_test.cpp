#include <assay/sdk/plugin.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include "unit/host/library_fixture.h"

namespace assay::host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CatalogTest : public testing::LibraryFixture {
 protected:
  static std::vector<std::string> names(const Catalog& catalog) {
    std::vector<std::string> all;
    for (const FoundPlugin& plugin : catalog.plugins) all.push_back(plugin.manifest.at("name"));
    return all;
  }
};

TEST_F(CatalogTest, ListsPluginsByKindAndName) {
  plugin("f/1.so", {{"name", "zeta"}});
  plugin("f/2.so", {{"name", "alpha"}});
  plugin("f/3.so", {{"name", "mu"}, {"kind", "metric"}});
  write("f/readme.txt", "no library");
  const Catalog catalog = find({"f"});
  EXPECT_THAT(names(catalog), ElementsAre("mu", "alpha", "zeta"));
  EXPECT_THAT(catalog.problems, IsEmpty());
}

TEST_F(CatalogTest, APluginOfAnotherSdkIsOneProblemWithBothVersionsAndTheCure) {
  std::filesystem::create_directories(folder_ / "f");
  std::filesystem::copy(built("wrong_sdk"), folder_ / "f/wrong_sdk.so");
  plugin("f/good.so", {{"name", "good"}});
  const Catalog catalog = find({"f"});
  EXPECT_THAT(names(catalog), ElementsAre("good"));
  EXPECT_THAT(catalog.problems,
              ElementsAre(AllOf(HasSubstr("f/wrong_sdk.so"), HasSubstr("built for SDK 999"),
                                HasSubstr(fmt::format("has SDK {}", ASSAY_SDK_VERSION)), HasSubstr("build it again"))));
}

TEST_F(CatalogTest, AnOlderAndANewerSdkAreRefusedAlikeWhateverTheirManifestsHold) {
  Json older = manifest(), newer = manifest();
  older["sdk"] = ASSAY_SDK_VERSION - 1, older["name"] = "older";
  older.erase("consults"), older.erase("reads_no_rows");  // there was a time without them
  newer["sdk"] = ASSAY_SDK_VERSION + 1, newer["name"] = "newer";
  newer["params"] = "elsewhere", newer["sites"] = Json::array({"a site of its own"}), newer["more"] = {{"a", 1}};
  write("f/newer.so", elf(newer.dump()));
  write("f/older.so", elf(older.dump()));
  plugin("f/good.so", {{"name", "good"}});
  const Catalog catalog = find({"f"});
  EXPECT_THAT(names(catalog), ElementsAre("good"));
  EXPECT_THAT(catalog.problems,
              ElementsAre(AllOf(HasSubstr("newer.so"), HasSubstr(fmt::format("SDK {},", ASSAY_SDK_VERSION + 1))),
                          AllOf(HasSubstr("older.so"), HasSubstr(fmt::format("SDK {},", ASSAY_SDK_VERSION - 1)))));
}

TEST_F(CatalogTest, APluginOfAnotherAbiIsOneProblem) {
  plugin("f/a.so", {{"abi", "clang-abi1"}});
  EXPECT_THAT(find({"f"}).problems,
              ElementsAre(AllOf(HasSubstr("f/a.so"), HasSubstr("clang-abi1"), HasSubstr(ASSAY_ABI_TAG))));
}

TEST_F(CatalogTest, ATrainingPluginOfAnotherLibtorchIsOneProblem) {
  plugin("f/a.so", {{"torch", "2.4.0"}});
  plugin("f/b.so", {{"name", "trains"}, {"torch", "1.13.0"}});
  const Catalog catalog = find({"f"});
  EXPECT_THAT(catalog.problems,
              ElementsAre(AllOf(HasSubstr("f/a.so"), HasSubstr("libtorch 2.4.0"), HasSubstr("libtorch 1.13.0"))));
  EXPECT_THAT(names(catalog), ElementsAre("trains"));
}

TEST_F(CatalogTest, WhatFitsNoMoreInTheManifestIsOneProblem) {
  plugin("f/a.so", {{"kind", "oracle"}});
  plugin("f/b.so", {{"params", "none"}});
  plugin("f/c.so", {{"composes", 1}});
  plugin("f/d.so", {{"summary", nullptr}});
  EXPECT_THAT(find({"f"}).problems, ElementsAre(HasSubstr("unknown kind 'oracle'"), HasSubstr("'params'"),
                                                HasSubstr("'composes'"), HasSubstr("'summary'")));
}

TEST_F(CatalogTest, FilesThatAreNoPluginsAreProblemsAndTheOthersAreThere) {
  write("f/text.so", "no library at all");
  write("f/torn.so", elf(manifest().dump()).substr(0, 100));
  std::filesystem::create_directory(folder_ / "f/folder.so");
  ASSERT_EQ(::mkfifo((folder_ / "f/pipe.so").c_str(), 0600), 0);
  plugin("f/good.so", {{"name", "good"}});
  const Catalog catalog = find({"f"});
  EXPECT_THAT(names(catalog), ElementsAre("good"));
  EXPECT_THAT(catalog.problems,
              ElementsAre(HasSubstr("folder.so"), HasSubstr("pipe.so"), HasSubstr("text.so"), HasSubstr("torn.so")));
}

TEST_F(CatalogTest, ANameThatStandsTwiceIsOneProblemWithBothFilesAndVersions) {
  plugin("first/a.so", {{"name", "twin"}, {"version", "1.1"}});
  plugin("second/b.so", {{"name", "twin"}, {"version", "2.2"}});
  plugin("second/c.so", {{"name", "single"}});
  const Catalog catalog = find({"first", "second"});
  EXPECT_THAT(catalog.problems,
              ElementsAre(AllOf(HasSubstr("first/a.so (version 1.1)"), HasSubstr("second/b.so (version 2.2)"),
                                HasSubstr("the strategy 'twin'"), HasSubstr("rename one of them"))));
  EXPECT_THAT(names(catalog), ElementsAre("single", "twin"));
  EXPECT_EQ(catalog.plugins[1].manifest.at("version"), "1.1") << "the folder that is searched first wins";
}

TEST_F(CatalogTest, AStrategyAndAMetricMayShareAName) {
  plugin("f/a.so", {{"name", "twin"}});
  plugin("f/b.so", {{"name", "twin"}, {"kind", "metric"}});
  EXPECT_THAT(find({"f"}).problems, IsEmpty());
}

TEST_F(CatalogTest, OneFileReachedByTwoWaysIsOnePlugin) {
  plugin("f/a.so", {{"name", "single"}});
  std::filesystem::create_directory_symlink(folder_ / "f", folder_ / "link");
  const Catalog catalog = find({"f", "link", "f"});
  EXPECT_THAT(names(catalog), ElementsAre("single"));
  EXPECT_THAT(catalog.problems, IsEmpty());
}

TEST_F(CatalogTest, PluginsOfTheInstalledFolderAreBuiltIn) {
  plugin("builtin/a.so", {{"name", "ours"}});
  plugin("f/b.so", {{"name", "theirs"}});
  const Catalog catalog = find({"f", "builtin"});
  EXPECT_TRUE(catalog.plugins[0].builtin);
  EXPECT_FALSE(catalog.plugins[1].builtin);
}

TEST_F(CatalogTest, AFolderThatIsNotThereIsAProblem) {
  EXPECT_THAT(find({"nowhere"}).problems,
              ElementsAre(AllOf(HasSubstr("nowhere: plugin folder cannot be read"), HasSubstr("--plugin-dir"))));
}

}  // namespace
}  // namespace assay::host
