// Model outputs, labels and reasons that would break a format were they not taken for data.
#include <gmock/gmock.h>

#include <algorithm>

#include "report/characters.h"
#include "report/markdown_text.h"
#include "report/terminal.h"
#include "report/terminal_table.h"
#include "report/writers.h"
#include "report/xml.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRightToLeft = "\u202Eabc\u202C";

ReportData hostile(const std::string& text) {
  ReportData report = whole_report();
  Group& group = report.datasets[0].groups[1];
  group.label = group.strategy = text;
  group.failures = {text};
  report.failures[0].reason = text;
  report.warnings = {text};
  return report;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(CharactersTest, BytesThatAreNoUtf8AreReplacedOneByOne) {
  const auto codes = [](std::string_view text) {
    std::vector<std::uint32_t> found;
    for (const Character& c : characters(text)) found.push_back(c.code);
    return found;
  };
  EXPECT_THAT(codes("a\u00e9\u20ac\U0001F600"), testing::ElementsAre('a', 0xE9, 0x20AC, 0x1F600));
  EXPECT_THAT(codes("\xff\xc3z"), testing::ElementsAre(0xFFFD, 0xFFFD, 'z'))
      << "a lone first byte leaves what follows alone";
  EXPECT_THAT(codes("\xed\xa0\x80"), testing::ElementsAre(0xFFFD, 0xFFFD, 0xFFFD)) << "a surrogate is no character";
  EXPECT_THAT(codes("\xc0\x80"), testing::ElementsAre(0xFFFD, 0xFFFD)) << "nor is an overlong NUL";
}

TEST(CharactersTest, WidthsAreTerminals) {
  EXPECT_EQ(width_of("a\u00e9"), 2U);
  EXPECT_EQ(width_of("\u4f60\U0001F600"), 4U);
  EXPECT_EQ(width_of("e\u0301"), 1U);
  EXPECT_EQ(fitted("abcdef", 4), "abc…");
  EXPECT_EQ(fitted("\u4f60\u597d\u5417", 4), "\u4f60…") << "a wide character is not halved";
}

TEST(XmlTest, MarkupIsEscapedAndWhatXmlForbidsReplaced) {
  EXPECT_EQ(xml_escaped("<script>&\"x\"</script>"), "&lt;script&gt;&amp;&quot;x&quot;&lt;/script&gt;");
  EXPECT_EQ(xml_escaped(std::string("a\0b\x01\x1b[31m\x7f", 10)), "a\uFFFDb\uFFFD\uFFFD[31m\uFFFD");
  EXPECT_EQ(xml_escaped("\xEF\xBF\xBF\xff"), "\uFFFD\uFFFD");
  EXPECT_EQ(xml_escaped("one\ntwo"), "one&#10;two");
  EXPECT_EQ(xml_escaped("]]>"), "]]&gt;");
}

TEST(HostileTest, JunitStaysWellFormedAndOfItsLength) {
  const std::string text = junit(hostile("<script>]]>\x01 {{ x }} \"'& \U0001F600"));
  EXPECT_THAT(text,
              AllOf(Not(HasSubstr("<script")), Not(HasSubstr("\x01")), Not(HasSubstr("]]>")), HasSubstr("{{ x }}")));
  EXPECT_LT(junit(hostile(std::string(1 << 20, 'x'))).size(), 100'000U);
}

TEST(HostileTest, MarkdownTakesNoMarkupFromData) {
  const std::string text =
      markdown(hostile("<script>alert(1)</script> {{ 7*7 }} | `x` [a](javascript:b) \u202Eabc\x1b[2J"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202E")), HasSubstr("\\<script\\>alert(1)"),
                          HasSubstr("\\{\\{ 7\\*7 \\}\\}")));
}

TEST(HostileTest, MarkdownCutsAMegabyteWithANote) {
  const std::string text = markdown(hostile(std::string(1 << 20, 'y')));
  EXPECT_LT(text.size(), 200'000U);
  EXPECT_THAT(text, HasSubstr("(of 1048576 bytes)"));
}

TEST(HostileTest, MarkdownsRowsStayRows) {
  EXPECT_EQ(lines_of(markdown(hostile("a\nb\r\nc"))), lines_of(markdown(hostile("a b  c"))));
  EXPECT_EQ(markdown_code("`a`\n|"), "`'a' \\|`");
}

TEST(HostileTest, CsvRunsNothing) {
  for (const std::string start : {"=", "+", "-", "@", "\t", "\r"}) {
    const std::string text = csv(hostile(start + "cmd|' /C calc'!A0"));
    EXPECT_THAT(text, AllOf(HasSubstr("'" + start + "cmd|"), Not(HasSubstr("," + start + "cmd")),
                            Not(HasSubstr(",\"" + start + "cmd"))));
  }
  EXPECT_THAT(csv(whole_report()), HasSubstr(",-0.1,")) << "numbers keep their sign";
  EXPECT_THAT(csv(hostile("a\x01\x1b[2Jb")), HasSubstr("aU+0001U+001B[2Jb"));
}

TEST(HostileTest, ListsOfNumbersInCsvAreNumbers) {
  ReportData report = whole_report();
  report.datasets[0].groups[1].values[0].by_seed = {-0.5, 0.25};
  EXPECT_THAT(csv(report), HasSubstr(",-0.5;0.25,"));
  EXPECT_THAT(csv(hostile("-1;=cmd")), HasSubstr("'-1;=cmd"));
}

TEST(HostileTest, CsvCutsWhatNoSpreadsheetHolds) {
  EXPECT_THAT(csv(hostile(std::string(1 << 20, 'z'))), HasSubstr("more bytes)"));
}

TEST(HostileTest, NothingSteersATerminal) {
  const std::string text = terminal(hostile("\x1b]0;title\x07\x1b[2J\u202Eabc\r\n<b>"), 80);
  EXPECT_THAT(text,
              AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\u202E")), Not(HasSubstr("\r"))));
}

TEST(HostileTest, RightToLeftLettersAreDataAndTheirOverridesAreNot) {
  EXPECT_THAT(markdown_plain("\u05d0\u05d1"), HasSubstr("\u05d0\u05d1"));
  EXPECT_EQ(markdown_plain(kRightToLeft), "U+202EabcU+202C");
  EXPECT_EQ(terminal_plain(kRightToLeft), "abc");
}

}  // namespace
}  // namespace assay::report
