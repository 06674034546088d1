#include "data/rows.h"

#include <gmock/gmock.h>

#include "assay/sdk/error.h"
#include "unit/data/folder_fixture.h"

namespace assay::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RowsTest : public assay::testing::FolderFixture {
 protected:
  std::vector<std::string> read(const std::string& name, const std::string& text) const {
    RowReader reader(write(name, text), name);
    std::vector<std::string> rows;
    while (reader.next()) rows.push_back(reader.fields().dump());
    return rows;
  }
};

TEST_F(RowsTest, JsonLinesKeepTheOrderOfTheirFields) {
  EXPECT_THAT(read("a.jsonl", "\xef\xbb\xbf{\"b\":1,\"a\":\"x\"}\r\n\n  \n{\"c\":[1,2]}"),
              ElementsAre(R"({"b":1,"a":"x"})", R"({"c":[1,2]})"));
}

TEST_F(RowsTest, AMalformedLineIsNamedByRowAndLine) {
  EXPECT_THAT(
      error_of([&] { read("a.jsonl", "{\"a\":1}\n\n{\"a\":}\n"); }),
      AllOf(HasSubstr("a.jsonl, row 2 (line 3): malformed JSON at column 6"), Not(HasSubstr("json.exception"))));
  EXPECT_THAT(error_of([&] { read("a.jsonl", "[1]\n"); }),
              HasSubstr("a.jsonl, row 1: a row must be a JSON object, found array"));
  EXPECT_THAT(error_of([&] { read("a.jsonl", "{\"a\":\"\xff\"}\n"); }), HasSubstr("a.jsonl, row 1: malformed JSON"));
  EXPECT_THAT(error_of([&] { read("a.jsonl", "{\"a\":1e999}\n"); }),
              HasSubstr("a.jsonl, row 1: number overflow parsing '1e999'; write"));
}

TEST_F(RowsTest, CsvFollowsRfc4180) {
  EXPECT_THAT(read("a.csv", "\xef\xbb\xbftext,label\r\n\"a, b\",x\r\n\"say \"\"hi\"\"\",y\r\n\"two\r\nlines\",z\r\n"),
              ElementsAre(R"({"text":"a, b","label":"x"})", R"({"text":"say \"hi\"","label":"y"})",
                          R"({"text":"two\r\nlines","label":"z"})"));
  EXPECT_THAT(
      read("b.csv", "text,label\n,\n5\" disk,x\n\"\",\"\"\n"),
      ElementsAre(R"({"text":"","label":""})", R"({"text":"5\" disk","label":"x"})", R"({"text":"","label":""})"));
  EXPECT_THAT(read("c.csv", "text\na"), ElementsAre(R"({"text":"a"})"));
}

TEST_F(RowsTest, MalformedCsvIsNamedByRow) {
  EXPECT_THAT(error_of([&] { read("a.csv", "t,l\na,b\na,b,c\n"); }),
              HasSubstr("a.csv, row 2 (line 3): this row has 3 fields, the header row has 2"));
  EXPECT_THAT(error_of([&] { read("a.csv", "t,l\n\"a,b\nc,d\n"); }),
              HasSubstr("a.csv, line 2: a quote is opened in this row and never closed"));
  EXPECT_THAT(error_of([&] { read("a.csv", "t,l\n\"a\"b,c\n"); }),
              HasSubstr("a.csv, line 2: text follows a closing quote"));
  EXPECT_THAT(error_of([&] { read("a.csv", "t,t\n"); }), HasSubstr("the field 't' stands twice in the header row"));
  EXPECT_THAT(error_of([&] { read("a.csv", ""); }), HasSubstr("this file is empty"));
  EXPECT_THAT(error_of([&] { read("a.csv", "t\n\xff\n"); }), HasSubstr("row 1 (line 2): this row is not UTF-8"));
}

TEST_F(RowsTest, TsvHasNoQuotes) {
  EXPECT_THAT(read("a.tsv", "text\tlabel\n\"a\tb\"\n\tx\n"),
              ElementsAre(R"({"text":"\"a","label":"b\""})", R"({"text":"","label":"x"})"));
}

TEST_F(RowsTest, OtherFilesAreRefused) {
  EXPECT_THAT(error_of([&] { read("a.parquet", ""); }), HasSubstr("must end in .jsonl, .csv or .tsv"));
  EXPECT_THROW(RowReader((folder_ / "absent.csv").string(), "absent.csv"), BadInput);
}

}  // namespace
}  // namespace assay::data
