#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

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
      options.name = "chat_template.jinja";
      std::string stage = "compile";
      try {
        const Template parsed = Template::parse(row.at("template").get<std::string>(), options);
        stage = "render";
        const std::string text = parsed.render(row.value("context", OrderedJson::object()));
        if (row.contains("expected"))
          EXPECT_EQ(text, row.at("expected").get<std::string>());
        else
          ADD_FAILURE() << "rendered, though jinja2 fails: " << row.at("error").dump();
      } catch (const TemplateError& error) {
        ASSERT_TRUE(row.contains("error")) << error.what();
        EXPECT_EQ(stage, row.at("error").at("stage").get<std::string>()) << error.what();
        EXPECT_THAT(error.what(), testing::ContainsRegex("^chat_template.jinja:[0-9]+:[0-9]+: ."));
        if (row.at("error").at("type") == "TemplateError") {  // its words are the template's own
          EXPECT_THAT(error.what(), testing::HasSubstr(row.at("error").at("message").get<std::string>()));
        }
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 0U);
  std::cout << compared << " cases compared\n";
}

}  // namespace
}  // namespace assay::text
