#include "data/prompt_library.h"

#include <gmock/gmock.h>

#include "data/prompt_file.h"
#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromptLibraryTest : public assay::testing::FolderFixture {
 protected:
  std::string prompt(const std::string& file, const std::string& name, const std::string& version,
                     const std::string& body = "{{ input }}",
                     const std::string& variables = "{input: required}") const {
    return write(file, "---\nname: " + name + "\nversion: " + version + "\ndescription: d\nvariables: " + variables +
                           "\noutput: text\n---\n" + body);
  }

  static std::vector<std::string> references(const PromptLibrary& library) {
    std::vector<std::string> all;
    for (const LibraryPrompt& one : library.prompts()) all.push_back(one.about.reference());
    return all;
  }
};

TEST_F(PromptLibraryTest, PromptsAreFoundByNameAndVersion) {
  prompt("p/a.j2", "route", "1.9"), prompt("p/b.j2", "route", "1.10"), prompt("p/c.j2", "ask", "2");
  write("p/_parts.j2", "no front matter"), write("p/notes.txt", "---\n");
  const PromptLibrary library({folder_ / "p", folder_ / "absent"});
  EXPECT_THAT(references(library), ElementsAre("ask@2", "route@1.9", "route@1.10"));
  EXPECT_EQ(library.find("route@1.9").file, folder_ / "p/a.j2");
  EXPECT_EQ(library.find("route").file, folder_ / "p/b.j2") << "its highest version";
  EXPECT_THAT(error_of([&] { static_cast<void>(library.find("route@3")); }),
              HasSubstr("there is no prompt route@3 in"));
  EXPECT_THAT(error_of([&] { static_cast<void>(library.find("route@3")); }),
              HasSubstr("known: ask@2, route@1.9, route@1.10"));
}

TEST_F(PromptLibraryTest, AnEarlierFoldersPromptCounts) {
  prompt("mine/x.j2", "route", "1"), prompt("theirs/y.j2", "route", "1");
  EXPECT_EQ(PromptLibrary({folder_ / "mine", folder_ / "theirs"}).find("route@1").file, folder_ / "mine/x.j2");
}

TEST_F(PromptLibraryTest, TwoOfOneNameAndVersionInAFolderAreAnError) {
  prompt("p/a.j2", "route", "1"), prompt("p/b.j2", "route", "1");
  const std::string error = error_of([&] { PromptLibrary({folder_ / "p"}); });
  EXPECT_THAT(error, HasSubstr("b.j2:2:1:"));
  EXPECT_THAT(error, HasSubstr("a.j2 is route@1 already"));
}

TEST_F(PromptLibraryTest, VersionsCompareByTheirNumbers) {
  EXPECT_TRUE(lower_version("1.9", "1.10"));
  EXPECT_TRUE(lower_version("1", "1.1"));
  EXPECT_FALSE(lower_version("2", "1.10"));
  EXPECT_FALSE(lower_version("1.0", "1.0"));
}

TEST_F(PromptLibraryTest, DeclaredVariablesAreThoseUsedInAllThatAPromptIsMadeOf) {
  write("p/_base.j2", "{{ system }}{% block body %}{% endblock %}");
  write("p/_head.j2", "{{ tone }}");
  const std::string child = "{% extends '_base.j2' %}{% block body %}{% include '_head.j2' %}{{ input }}{% endblock %}";
  EXPECT_THAT(
      variable_problems(prompt("p/a.j2", "a", "1", child, "{input: required, system: optional, tone: optional}")),
      IsEmpty());
  const auto problems =
      variable_problems(prompt("p/a.j2", "a", "1", child, "{input: required, tone: optional, shots: optional}"));
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(
      problems[0],
      HasSubstr(
          "a.j2:5:1: the prompt uses 'system', which `variables` does not declare; declared: input, tone, shots"));
  EXPECT_THAT(problems[1], HasSubstr("a.j2:5:1: `variables` declares 'shots', which the prompt does not use"));
  EXPECT_THAT(variable_problems(write("p/plain.j2", "{{ anything }}")), IsEmpty())
      << "without front matter nothing is declared";
}

TEST_F(PromptLibraryTest, AHashCountsWhatAPromptIsMadeOfAndNotItsOwnName) {
  write("p/_head.j2", "head");
  const std::string body = "{% include '_head.j2' %}{{ input }}";
  const std::string file = prompt("p/a.j2", "a", "1", body);
  FileHashes hashes{std::filesystem::path()};
  const std::string before = prompt_hash(file, hashes);
  EXPECT_EQ(before, prompt_hash(prompt("p/other.j2", "a", "1", body), hashes));
  write("p/_head.j2", "heat");
  FileHashes again{std::filesystem::path()};
  EXPECT_NE(prompt_hash(file, again), before);
}

/// Of the prompts that come with assay.
TEST_F(PromptLibraryTest, EveryReadyPromptDeclaresWhatItUses) {
  const std::filesystem::path folder = std::filesystem::path(ASSAY_SOURCE_DIR) / "experiments/prompts";
  const PromptLibrary library({folder});
  EXPECT_GE(library.prompts().size(), 12U);
  for (const LibraryPrompt& one : library.prompts()) EXPECT_THAT(variable_problems(one.file), IsEmpty()) << one.file;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".j2")) continue;
    EXPECT_EQ(read_prompt(entry.path()).about.has_value(), !name.starts_with("_")) << name;
  }
}

}  // namespace
}  // namespace assay::data
