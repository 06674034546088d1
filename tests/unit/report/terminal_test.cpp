#include "report/terminal.h"

#include <gmock/gmock.h>

#include <sstream>

#include "report/characters.h"
#include "report/terminal_table.h"
#include "unit/report/golden.h"
#include "unit/report/sample.h"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TerminalTest, EightyColumnsAreAsAgreed) { expect_golden("terminal-80.txt", terminal(whole_report(), 80)); }
TEST(TerminalTest, AHundredAndSixtyColumnsAreAsAgreed) {
  expect_golden("terminal-160.txt", terminal(whole_report(), 160));
}

TEST(TerminalTest, NoLineIsWiderThanTheTerminal) {
  for (const std::size_t width : {40U, 80U, 120U, 160U}) {
    std::istringstream lines(terminal(whole_report(), width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), width) << line;
  }
}

TEST(TerminalTest, ACellWithoutAResultHasNoBar) {
  std::istringstream lines(terminal(whole_report(), 80));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("evil")) continue;
    EXPECT_THAT(line, Not(HasSubstr("█")));
  }
}

TEST(TerminalTableTest, NamesAreCutBeforeColumnsAreLeftOut) {
  const std::vector<std::vector<std::string>> rows{{"a name that is rather long", "12", "34"}, {"b", "1", "2"}};
  EXPECT_EQ(terminal_table(rows, 1, 25), "a name that is r…  12  34\nb                   1   2\n");
  EXPECT_EQ(terminal_table(rows, 1, 20), "a name that is …  12\nb                  1\n");
}

}  // namespace
}  // namespace assay::report
