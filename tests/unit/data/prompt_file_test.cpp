#include "data/prompt_file.h"

#include <gmock/gmock.h>

#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using PromptFileTest = assay::testing::FolderFixture;

TEST_F(PromptFileTest, IncludedFilesAreFoundHoweverDeep) {
  const std::string file = write("p/route.j2", "{% include 'head.j2' %}{{ input }}");
  write("p/head.j2", "{% include 'parts/tail.j2' %}");
  write("p/parts/tail.j2", "x");
  EXPECT_THAT(prompt_file_names(file), ::testing::ElementsAre("head.j2", "parts/tail.j2", "route.j2"));
}

TEST_F(PromptFileTest, WhatIsMissingOrMalformedIsNamed) {
  EXPECT_THAT(error_of([&] { prompt_file_names(folder_ / "absent.j2"); }), ::testing::HasSubstr("absent.j2"));
  EXPECT_THAT(error_of([&] { prompt_file_names(write("a.j2", "{% if %}")); }), ::testing::HasSubstr("a.j2:1:"));
  EXPECT_THAT(error_of([&] { prompt_file_names(write("b.j2", "{% include 'absent.j2' %}")); }),
              ::testing::HasSubstr("absent.j2"));
  EXPECT_THAT(error_of([&] { prompt_file_names(write("c.j2", "{% include '../secret.j2' %}")); }),
              ::testing::HasSubstr("own folder"));
}

}  // namespace
}  // namespace assay::data
