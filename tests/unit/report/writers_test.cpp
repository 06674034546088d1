#include "report/writers.h"

#include <gmock/gmock.h>

#include <sstream>

#include "unit/report/golden.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

TEST(WritersTest, MarkdownIsAsAgreed) { expect_golden("report.md", markdown(whole_report())); }
TEST(WritersTest, SaysHowMetricsWereComputedOnce) {
  ReportData report = whole_report();
  for (Output& output : report.datasets.front().outputs)
    output = {"bleu", output.name, "", true, false, 300, "nrefs:1|tok:13a"};
  EXPECT_EQ(count(markdown(report), "- `bleu: nrefs:1|tok:13a`\n"), 1u);
  EXPECT_EQ(count(html(report), "<code>bleu: nrefs:1|tok:13a</code>"), 1u);
  EXPECT_THAT(json(report), HasSubstr(R"("signature": "nrefs:1|tok:13a")"));
}

TEST(WritersTest, CsvIsAsAgreed) { expect_golden("report.csv", csv(whole_report())); }
TEST(WritersTest, JunitIsAsAgreed) { expect_golden("report.xml", junit(whole_report())); }
TEST(WritersTest, JsonIsAsAgreed) { expect_golden("report.json", json(whole_report())); }
TEST(WritersTest, HtmlIsAsAgreed) { expect_golden("report.html", html(whole_report())); }

TEST(HtmlTest, DataNeverBecomesMarkup) {
  const std::string page = html(whole_report());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<b>no signal")));
  EXPECT_THAT(page, Not(HasSubstr("<boom>")));
  EXPECT_THAT(page, Not(HasSubstr("\x01")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;no signal&lt;/b&gt; &amp; &quot;angry&quot;"));
}

TEST(HtmlTest, ThePageNeedsNothingFromElsewhere) {
  const std::string page = html(whole_report());
  for (const char* elsewhere : {"http:", "https:"}) EXPECT_THAT(page, Not(HasSubstr(elsewhere)));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
}

TEST(HtmlTest, ElementsAreClosed) {
  const std::string page = html(whole_report());
  for (const char* element :
       {"table", "tr", "td", "details", "section", "article", "code", "span", "svg", "pre", "p", "h2", "div"}) {
    const std::string name = element;
    EXPECT_EQ(count(page, "<" + name + ">") + count(page, "<" + name + " "), count(page, "</" + name + ">")) << name;
  }
}

TEST(MarkdownTest, EveryTableRowHasAsManyCellsAsItsHead) {
  std::istringstream lines(markdown(whole_report()));
  std::size_t columns = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    const std::size_t bars = count(line, "|") - count(line, "\\|");
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << line;
  }
}

TEST(MarkdownTest, ARepeatedRunReadsTheSame) {
  ReportData again = whole_report();
  again.run = 9;
  again.started = again.finished = "2030-01-01T00:00:00Z";
  EXPECT_EQ(markdown(whole_report()), markdown(again));
  EXPECT_EQ(csv(whole_report()), csv(again));
}

TEST(MarkdownTest, AGroupThatLostASeedSaysSo) {
  ReportData report = whole_report();
  report.datasets[0].groups[1].failures = {"the time limit of 60 s was reached"};
  EXPECT_THAT(markdown(report), HasSubstr("| `lora(rank=8)` (1 of 2 seeds without a result) |"));
}

TEST(JsonTest, UnknownNumbersAreNull) {
  const Json parsed = Json::parse(json(whole_report()));
  EXPECT_EQ(parsed.at("format"), 1);
  EXPECT_TRUE(parsed.at("datasets").at(0).at("groups").at(0).at("costs").at("dollars_per_1k").is_null());
  EXPECT_EQ(parsed.at("datasets").at(0).at("recommendation").at("group"), "lora(rank=8)");
}

TEST(CsvTest, EveryNumberReadsBack) {
  const std::string text = csv(whole_report());
  EXPECT_THAT(text, HasSubstr(",0.995,0.985,1,0.95,0.0047,0.9983;0.9917,zero_shot,0.762,0.712,0.81,"));
  EXPECT_THAT(text, HasSubstr("\r\n"));
}

}  // namespace
}  // namespace assay::report
