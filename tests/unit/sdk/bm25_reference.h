#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "assay/sdk/bm25.h"
#include "assay/sdk/json.h"

namespace assay::testing {

/// Holds an index's scores and rankings for every query against tests/reference/bm25_reference.py's. Files go to
/// `folder`.
inline void expect_reference_rankings(const sdk::Bm25& index, const std::vector<std::string>& texts,
                                      const std::vector<std::string>& queries, sdk::Bm25::Parameters parameters,
                                      const std::string& folder) {
  const std::string asked = folder + "/asked.json", told = folder + "/scores.jsonl";
  std::ofstream(asked)
      << Json{{"texts", texts}, {"queries", queries}, {"k1", parameters.k1}, {"b", parameters.b}}.dump();
  const std::string command = fmt::format("/usr/bin/python3 '{}/tests/reference/bm25_reference.py' < '{}' > '{}'",
                                          ASSAY_SOURCE_DIR, asked, told);
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream in(told);
  std::size_t at = 0;
  for (std::string line; std::getline(in, line); ++at) {
    const auto reference = Json::parse(line).get<std::vector<double>>();
    const std::vector<double> scores = index.scores(queries.at(at));
    ASSERT_EQ(scores.size(), reference.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
      ASSERT_NEAR(scores[i], reference[i], 1e-9) << queries[at] << " on text " << i;
    const std::vector<sdk::Ranked> ours = index.rank(queries[at], texts.size()),
                                   theirs = sdk::best_of(reference, texts.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
      ASSERT_EQ(ours[i].position, theirs[i].position) << queries[at] << " at rank " << i + 1;
  }
  ASSERT_EQ(at, queries.size());
}

}  // namespace assay::testing
