#pragma once
#include <assay/sdk/strategy.h>

#include <cstdint>
#include <string>
#include <vector>

#include "prompt.h"

namespace prompt_optimizer {

/// Successive halving (Jamieson & Talwalkar 2016, arXiv 1502.07943) over prompts, with validation rows as the resource: all are
/// tried on the first rows, the better half on twice as many, and so on; what was answered in one round counts in the next.
/// Comparisons are in pairs, row by row: a prompt goes early where its mean difference from the leader is below zero by
/// two standard errors or more.
class Search {
 public:
  struct Settings {
    std::size_t first_rows = 0;  ///< 0: an eighth of the rows, at least 8
    std::size_t trials = 0;      ///< attempts in all; 0: as many as it takes
  };

  /// Rows in the order in which they are drawn on. Both outlive this.
  Search(assay::sdk::AdaptContext& context, std::vector<const assay::sdk::Example*> rows, Settings settings);

  /// The best of `prompts`, the first of equals. Where the budget ends, the best by the last round that was finished.
  Prompt best_of(std::vector<Prompt> prompts, const std::string& stage);

  [[nodiscard]] bool spent() const { return spent_; }  ///< the budget allowed no more
  /// A row an attempt: stage, prompt, origin, rows, its mean score so far, tokens spent till then.
  [[nodiscard]] const assay::Json& history() const { return history_; }
  /// Of the last `best_of`: what was tried with its mean score, the best first.
  struct Scored {
    Prompt prompt;
    double score = 0;
    std::size_t rows = 0;
  };
  [[nodiscard]] const std::vector<Scored>& ranking() const { return ranking_; }

 private:
  struct Candidate {
    Prompt prompt;
    std::vector<double> scores;
  };
  bool extend(Candidate& candidate, std::size_t rows, const std::string& stage);

  assay::sdk::AdaptContext& context_;
  std::vector<const assay::sdk::Example*> rows_;
  Settings settings_;
  assay::Json history_ = assay::Json::array();
  std::vector<Scored> ranking_;
  std::size_t trials_ = 0;
  bool spent_ = false;
};

/// The mean difference a - b over the first `rows`, and its standard error; undefined scores count as zero.
struct Difference {
  double mean = 0, error = 0;
};
Difference paired(const std::vector<double>& a, const std::vector<double>& b, std::size_t rows);

}  // namespace prompt_optimizer
