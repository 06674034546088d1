#include "config/for_each.h"

#include <gmock/gmock.h>

#include "config/load.h"
#include "unit/data/folder_fixture.h"

namespace assay::config {
namespace {

using ::testing::HasSubstr;

class ForEachTest : public assay::testing::FolderFixture {
 protected:
  Json written_out(const std::string& text) const {
    Node root = parse_yaml(text, "x.yaml");
    write_out_for_each(root, folder_);
    Json json = to_json(root);
    json.erase("for_each");
    return json;
  }
};

TEST_F(ForEachTest, ListItemsAndEntriesAreWrittenOnceForEachValue) {
  EXPECT_EQ(
      written_out(
          "for_each: {t: [a, b]}\nmap: {\"${t}\": \"x/${t}\", c: 1}\nlist: [0, \"${t}\", {deep: [\"${t}${t}\"]}]\n"),
      Json::parse(
          R"({"map": {"a": "x/a", "b": "x/b", "c": 1}, "list": [0, "a", "b", {"deep": ["aa"]}, {"deep": ["bb"]}]})"))
      << "the outermost item is the one that is copied";
}

TEST_F(ForEachTest, SeveralVariablesMultiply) {
  EXPECT_EQ(written_out("for_each: {a: [1, 2], b: x}\nlist: [\"${a}${b}\", \"${HOME}\"]\n"),
            Json::parse(R"({"list": ["1x", "2x", "${HOME}"]})"));
}

TEST_F(ForEachTest, OneValueIsWrittenWhereverItStandsLaterVariablesToo) {
  write("some/tasks/a.txt", "");
  EXPECT_EQ(written_out("for_each: {folder: some/tasks, t: \"${folder}/*.txt\"}\nname: \"${folder}\"\nlist: "
                        "[\"${folder}/${t}.txt\"]\n"),
            Json::parse(R"({"name": "some/tasks", "list": ["some/tasks/a.txt"]})"));
}

TEST_F(ForEachTest, AStarStandsForWhatIsThere) {
  for (const char* file : {"tasks/b/x", "tasks/a/x", "tasks/.hidden/x", "tasks/README.md", "tasks/a.txt"})
    write(file, "");
  EXPECT_EQ(written_out("for_each: {t: tasks/*/}\nlist: [\"${t}\"]\n")["list"], (Json{"a", "b"}));
  EXPECT_EQ(written_out("for_each: {t: tasks/*.txt}\nlist: [\"${t}\"]\n")["list"], Json{"a"});
}

TEST_F(ForEachTest, SomeOfWhatTheStarStandsForMayBeTakenAndThatMayBeNone) {
  for (const char* file : {"out/a.tuned.jsonl", "out/b.tuned-more.jsonl", "out/c.asked.jsonl"}) write(file, "");
  const char* lists = "tuned: [\"${t}\"]\nasked: [0, \"${p}\"]\nmap: {\"${p}\": 1}\n";
  const Json all = written_out(
      std::string(
          "for_each: {t: {path: out/*.jsonl, only: \"*.tuned*\"}, p: {path: out/*.jsonl, skip: [\"*.tuned*\"]}}\n") +
      lists);
  EXPECT_EQ(all,
            Json::parse(R"({"tuned": ["a.tuned", "b.tuned-more"], "asked": [0, "c.asked"], "map": {"c.asked": 1}})"));
  const Json none =
      written_out(std::string("for_each: {t: {path: out/*.jsonl}, p: {path: out/*.jsonl, only: nothing}}\n") + lists);
  EXPECT_EQ(none["tuned"].size(), 3U);
  EXPECT_EQ(none["asked"], Json{0});
  EXPECT_EQ(none["map"], Json::object());
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: {path: nothing/*, only: a}}\n"); }),
              HasSubstr("'for_each' finds nothing by nothing/*"));
}

TEST_F(ForEachTest, SaysWhatCannotBeWrittenOut) {
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: nothing/*}\n"); }),
              HasSubstr("x.yaml:1:15: 'for_each' finds nothing by nothing/*"));
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: \"*/x\"}\n"); }),
              HasSubstr("takes one * in the last part of a path"));
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: \"${ASSAY_NO_SUCH}/*\"}\n"); }),
              HasSubstr("ASSAY_NO_SUCH, which is not set"));
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: [a, b]}\nname: \"${t}\"\n"); }),
              HasSubstr("x.yaml:2:7: ${t} stands where nothing can be written"));
  EXPECT_THAT(error_of([&] { written_out("for_each: {t: [a, b]}\nmap: {\"${t}\": 1, a: 2}\n"); }),
              HasSubstr("the key 'a' stands twice once ${t} is written out"));
}

TEST_F(ForEachTest, WhatIsMalformedIsLeftToTheSchema) {
  EXPECT_EQ(written_out("for_each: [1]\nlist: [\"${t}\"]\n")["list"], Json{"${t}"});
  EXPECT_EQ(written_out("for_each: {t: {a: 1}}\nlist: [\"${t}\"]\n")["list"], Json{"${t}"});
}

}  // namespace
}  // namespace assay::config
