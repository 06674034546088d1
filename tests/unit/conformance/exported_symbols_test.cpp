#include "conformance/exported_symbols.h"

#include <assay/sdk/error.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace assay::conformance {
namespace {

namespace fs = std::filesystem;

TEST(ExportedSymbolsTest, EveryPluginExportsItsEntryPointAndItsManifestAndNothingElse) {
  int plugins = 0;
  for (const auto& entry : fs::directory_iterator(std::getenv("ASSAY_PLUGINS"))) {
    if (entry.path().extension() != ".so") continue;
    EXPECT_THAT(exported_symbols(entry.path()), ::testing::ElementsAre("assay_manifest_json", "assay_plugin_create"))
        << entry.path();
    ++plugins;
  }
  EXPECT_GT(plugins, 40);
}

TEST(ExportedSymbolsTest, WhatIsNoLibraryIsRefused) {
  const fs::path file = fs::path(::testing::TempDir()) / "no_library.so";
  std::ofstream(file) << std::string(100, 'x');
  EXPECT_THROW(exported_symbols(file), BadInput);
  std::ofstream(file) << "\x7f"
                         "ELF";
  EXPECT_THROW(exported_symbols(file), BadInput);
}

}  // namespace
}  // namespace assay::conformance
