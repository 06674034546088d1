#include "unit/host/library_fixture.h"

namespace assay::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FoldersTest : public testing::LibraryFixture {
 protected:
  FoldersTest() {
    for (const char* folder : {"flag", "path1", "path2", "experiment"})
      std::filesystem::create_directory(folder_ / folder);
  }
  ~FoldersTest() override { ::unsetenv("ASSAY_PLUGIN_PATH"); }

  static void set(const std::string& value) { ::setenv("ASSAY_PLUGIN_PATH", value.c_str(), 1); }
};

TEST_F(FoldersTest, AreSearchedInTheOrderOfFlagsVariableExperimentInstalled) {
  set((folder_ / "path1").string() + ":" + (folder_ / "path2").string());
  EXPECT_THAT(plugin_folders({folder_ / "flag"}, {folder_ / "experiment"}),
              ElementsAre(folder_ / "flag", folder_ / "path1", folder_ / "path2", folder_ / "experiment",
                          installed_plugin_folder()));
}

TEST_F(FoldersTest, NeverHoldTheWorkingDirectory) {
  for (const char* value : {":", "/usr:", ":/usr", "/usr::/usr", ".", "plugins", "/usr:../plugins"}) {
    set(value);
    EXPECT_THAT(error_of([&] { plugin_folders({}, {}); }), HasSubstr("ASSAY_PLUGIN_PATH: the entry")) << value;
  }
  set("");
  EXPECT_THAT(plugin_folders({}, {}), ElementsAre(installed_plugin_folder()));
}

TEST_F(FoldersTest, AFlagThatNamesNoFolderIsRefused) {
  EXPECT_THAT(error_of([&] { plugin_folders({folder_ / "nowhere"}, {}); }), HasSubstr("there is no such folder"));
}

TEST_F(FoldersTest, TheInstalledOneLiesBesideTheBinary) {
  EXPECT_THAT(installed_plugin_folder().string(), ::testing::EndsWith("lib/assay/plugins"));
  EXPECT_TRUE(installed_plugin_folder().is_absolute());
}

}  // namespace
}  // namespace assay::host
