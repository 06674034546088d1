#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::stats {

using Json = nlohmann::json;

/// What tests/reference/statistics_reference.py, that is SciPy and statsmodels, answers to the questions, in their
/// order.
inline std::vector<Json> ask_reference(const std::vector<Json>& questions) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::path(::testing::TempDir()) / (std::string("assay-stats-") + test->name());
  std::filesystem::create_directories(folder);
  const std::string asked = folder / "asked.jsonl", told = folder / "told.jsonl";
  {
    std::ofstream out(asked);
    for (const Json& question : questions) out << question.dump() << '\n';
  }
  const std::string command = "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 -W ignore '" ASSAY_SOURCE_DIR
                              "/tests/reference/statistics_reference.py' < '" +
                              asked + "' > '" + told + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << "needs python3-scipy and python3-statsmodels: scripts/setup --tests";
  std::vector<Json> answers;
  std::ifstream in(told);
  for (std::string line; std::getline(in, line);) answers.push_back(Json::parse(line));
  EXPECT_EQ(answers.size(), questions.size());
  answers.resize(questions.size());
  std::filesystem::remove_all(folder);
  return answers;
}

inline void expect_interval(const Json& expected, double low, double high, double tolerance) {
  EXPECT_NEAR(low, expected.at(0).get<double>(), tolerance);
  EXPECT_NEAR(high, expected.at(1).get<double>(), tolerance);
}

}  // namespace assay::stats
