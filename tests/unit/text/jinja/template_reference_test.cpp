#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "text/jinja/template.h"

namespace assay::text {
namespace {

/// The local time of `2024-07-26T09:05:03`.
std::time_t local_time(const std::string& text) {
  std::tm parts{};
  strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

TEST(TemplateReferenceTest, RendersEveryRecordedCaseAsJinja2Does) {
  const char* root = std::getenv("ASSAY_SHARED_DATA");
  const auto folder = std::filesystem::path(root == nullptr ? "" : root) / "jinja";
  if (root == nullptr || !std::filesystem::is_directory(folder))
    GTEST_SKIP() << "set ASSAY_SHARED_DATA to the folder of shared data";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.empty()) continue;
      const OrderedJson row = OrderedJson::parse(line);
      SCOPED_TRACE(row.at("name").get<std::string>() + "\n" + row.at("template").get<std::string>());
      Template::Options options;
      if (row.contains("now")) options.now = local_time(row.at("now").get<std::string>());
      const auto render = [&] {
        return Template::parse(row.at("template").get<std::string>(), options)
            .render(row.value("context", OrderedJson::object()));
      };
      if (row.contains("expected")) {
        try {
          EXPECT_EQ(render(), row.at("expected").get<std::string>());
        } catch (const TemplateError& error) {
          ADD_FAILURE() << error.what();
        }
      } else {
        EXPECT_THROW(render(), TemplateError) << row.at("error").dump();
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 0U);
  RecordProperty("compared", static_cast<int>(compared));
}

}  // namespace
}  // namespace assay::text
