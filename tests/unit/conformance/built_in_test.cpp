#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "conformance/conformance.h"

namespace assay::conformance {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = ASSAY_SOURCE_DIR;

std::vector<std::string> built_in() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(std::getenv("ASSAY_PLUGINS"))) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What plugins need that have no default.
Json params_of(const std::string& plugin) {
  if (plugin == "exec") return {{"command", {"python3", (kSource / "examples/exec/length.py").string()}}};
  if (plugin == "prompt_chain") return {{"steps", {{{"name", "draft"}}, {{"name", "final"}}}}};
  if (plugin == "label_words") return {{"words", {{"billing", {"billing", "money"}}}}};
  if (plugin == "llm_judge") return {{"model", "judge"}};
  const fs::path folder = ::testing::TempDir();
  if (plugin == "retrieval") {
    const fs::path file = folder / "conformance-documents.jsonl";
    std::ofstream(file)
        << "{\"id\": \"a\", \"text\": \"an invoice is paid\"}\n{\"id\": \"b\", \"text\": \"the network is down\"}\n";
    return {{"documents", file.string()}};
  }
  if (plugin == "instruction_tuning") {
    const fs::path file = folder / "conformance-talks.jsonl";
    std::ofstream out(file);
    for (int i = 0; i < 8; ++i)
      out << fmt::format("{{\"instruction\": \"say {}\", \"input\": \"\", \"output\": \"it is {}\"}}\n", i, i);
    return {{"data", {file.string()}}};
  }
  return Json::object();
}

class BuiltInTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BuiltInTest, KeepsToTheRules) {
  const std::string& name = GetParam();
  const auto findings = check({fs::path(std::getenv("ASSAY_PLUGINS")) / (name + ".so"), params_of(name),
                               kSource / "experiments/models/nano", ASSAY_TORCH_VERSION, 60});
  EXPECT_GT(findings.size(), 6U);
  for (const Finding& finding : findings)
    EXPECT_TRUE(finding.outcome != Outcome::failed) << finding.check << ": " << finding.detail;
}

INSTANTIATE_TEST_SUITE_P(Plugins, BuiltInTest, ::testing::ValuesIn(built_in()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace assay::conformance
