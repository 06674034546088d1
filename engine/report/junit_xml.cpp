#include <fmt/format.h>

#include <algorithm>

#include "report/format.h"
#include "report/junit.h"
#include "report/xml.h"

namespace assay::report {
namespace {

constexpr std::size_t kMostBytes = 10'000;  // of one message or value

std::string attribute(const std::string& text) { return xml_escaped(shortened(text, kMostBytes)); }

void put_case(std::string& out, const JunitCase& one) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n", attribute(one.class_name),
                     attribute(one.name), one.seconds);
  if (!one.properties.empty()) {
    out += "      <properties>\n";
    for (const auto& [name, value] : one.properties)
      out += fmt::format("        <property name=\"{}\" value=\"{}\"/>\n", attribute(name), attribute(value));
    out += "      </properties>\n";
  }
  if (!one.failures.empty()) {
    // One element a case is what every reader takes.
    std::string message;
    for (const auto& [type, text] : one.failures) message += (message.empty() ? "" : "; ") + text;
    out += fmt::format("      <failure type=\"{}\" message=\"{}\"/>\n", attribute(one.failures.front().first),
                       attribute(message));
  } else if (!one.skipped.empty()) {
    out += fmt::format("      <skipped message=\"{}\"/>\n", attribute(one.skipped));
  }
  out += "    </testcase>\n";
}

struct Counts {
  std::size_t cases = 0, failures = 0, skipped = 0;
};

Counts count(const JunitSuite& suite) {
  Counts counts{suite.cases.size(), 0, 0};
  for (const JunitCase& one : suite.cases) {
    if (!one.failures.empty())
      ++counts.failures;
    else if (!one.skipped.empty())
      ++counts.skipped;
  }
  return counts;
}

std::string attributes(const std::string& name, const Counts& counts) {
  return fmt::format("name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"", attribute(name),
                     counts.cases, counts.failures, counts.skipped);
}

}  // namespace

std::string junit_xml(const std::string& name, const std::vector<JunitSuite>& suites) {
  Counts all;
  for (const JunitSuite& suite : suites) {
    const Counts counts = count(suite);
    all.cases += counts.cases, all.failures += counts.failures, all.skipped += counts.skipped;
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + attributes(name, all) + ">\n";
  for (const JunitSuite& suite : suites) {
    out += "  <testsuite " + attributes(suite.name, count(suite)) + ">\n";
    for (const JunitCase& one : suite.cases) put_case(out, one);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace assay::report
