#include "assay/sdk/documents.h"

#include <gmock/gmock.h>

#include "unit/data/folder_fixture.h"

namespace assay::sdk {
namespace {

using ::testing::HasSubstr;

class DocumentsTest : public assay::testing::FolderFixture {
 protected:
  [[nodiscard]] std::string error(const std::string& place) const {
    return error_of([&] { read_documents(folder_ / place, "text", "id"); });
  }
};

TEST_F(DocumentsTest, RowsOfJsonlKeepTheirTextsAsTheyAre) {
  write("a.jsonl", R"({"pmid": 7, "body": "{{ x }} \"q\"\n\u05e9"})"
                   "\n\n"
                   R"({"pmid": "b", "body": ""})"
                   "\n");
  const auto documents = read_documents(folder_ / "a.jsonl", "body", "pmid");
  ASSERT_EQ(documents.size(), 2);
  EXPECT_EQ(documents[0].id, "7");
  EXPECT_EQ(documents[0].text, "{{ x }} \"q\"\n\u05e9");
  EXPECT_EQ(documents[1].text, "");
}

TEST_F(DocumentsTest, FilesOfAFolderAreNamedByTheirPathsInOrder) {
  write("set/b.txt", "two");
  write("set/a/z.md", "one");
  write("set/.git/x", "hidden");
  write("set/.hidden", "hidden");
  const auto documents = read_documents(folder_ / "set", "", "");
  ASSERT_EQ(documents.size(), 2);
  EXPECT_EQ(documents[0].id, "a/z.md");
  EXPECT_EQ(documents[1].text, "two");
}

TEST_F(DocumentsTest, WhatIsNoDocumentIsSaidWithItsPlace) {
  write("a.jsonl", "{\"id\":1,\"text\":\"x\"}\n[1]\n");
  EXPECT_THAT(error("a.jsonl"), HasSubstr("a.jsonl:2: a document must be a JSON object"));
  write("a.jsonl", "{\"id\":1,\"body\":\"x\"}\n");
  EXPECT_THAT(error("a.jsonl"), HasSubstr("a.jsonl:1: this document has no field 'text'; its fields: body, id"));
  write("a.jsonl", "{\"id\":1,\"text\":\"x\"}\n{\"id\":\"1\",\"text\":\"y\"}\n");
  EXPECT_THAT(error("a.jsonl"), HasSubstr("a.jsonl:2: the document id '1' stands twice"));
  write("a.jsonl", "{\"id\":1.5,\"text\":\"x\"}\n");
  EXPECT_THAT(error("a.jsonl"), HasSubstr("the field 'id' must be a text, found number"));
  write("a.jsonl", "\n");
  EXPECT_THAT(error("a.jsonl"), HasSubstr("there is no document in it"));
  write("set/a.txt", "\xff\xfe");
  EXPECT_THAT(error("set"), HasSubstr("a.txt: this document is no UTF-8 text"));
  std::filesystem::create_directories(folder_ / "none");
  EXPECT_THAT(error("none"), HasSubstr("there is no document in this folder"));
  write("a.csv", "x");
  EXPECT_THAT(error("a.csv"), HasSubstr("a .jsonl file or a folder"));
}

}  // namespace
}  // namespace assay::sdk
