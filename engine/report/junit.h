#pragma once
#include <string>
#include <utility>
#include <vector>

namespace assay::report {

/// JUnit XML in the form that CI servers read (the Jenkins schema): suites of cases, each with properties and at most
/// one of failure and skipped.
struct JunitCase {
  std::string class_name, name;
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::pair<std::string, std::string>> failures;  ///< type, message
  std::string skipped;                                        ///< why; empty where it was not
};
struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
};
std::string junit_xml(const std::string& name, const std::vector<JunitSuite>&);

}  // namespace assay::report
