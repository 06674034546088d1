#include "search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace prompt_optimizer {

using assay::Json;

namespace {

constexpr std::size_t kFirstRows = 8;
constexpr double kStandardErrors = 2;

/// An answer whose score is undefined is no reason to prefer a prompt.
double defined(double score) { return std::isfinite(score) ? score : 0; }

double mean(const std::vector<double>& scores, std::size_t rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows; ++i) sum += defined(scores[i]);
  return rows == 0 ? 0 : sum / static_cast<double>(rows);
}

}  // namespace

Difference paired(const std::vector<double>& a, const std::vector<double>& b, std::size_t rows) {
  const auto n = static_cast<double>(rows);
  const double mean_difference = mean(a, rows) - mean(b, rows);
  double squares = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double off = defined(a[i]) - defined(b[i]) - mean_difference;
    squares += off * off;
  }
  return {mean_difference, rows < 2 ? INFINITY : std::sqrt(squares / (n - 1) / n)};
}

Search::Search(assay::sdk::AdaptContext& context, std::vector<const assay::sdk::Example*> rows, Settings settings)
    : context_(context), rows_(std::move(rows)), settings_(settings) {
  if (settings_.first_rows == 0) settings_.first_rows = std::max(kFirstRows, rows_.size() / 8);
}

bool Search::extend(Candidate& candidate, std::size_t rows, const std::string& stage) {
  if (settings_.trials > 0 && trials_ == settings_.trials) return false;
  const auto fresh = std::span(rows_).subspan(candidate.scores.size(), rows - candidate.scores.size());
  const auto attempt = context_.attempt(to_state(candidate.prompt), fresh);
  if (!attempt) return false;
  ++trials_;
  candidate.scores.insert(candidate.scores.end(), attempt->scores.begin(), attempt->scores.end());
  history_.push_back({{"stage", stage},
                      {"origin", candidate.prompt.origin},
                      {"prompt", to_state(candidate.prompt)},
                      {"rows", rows},
                      {"score", mean(candidate.scores, rows)},
                      {"tokens_spent", context_.tokens_spent()}});
  return true;
}

Prompt Search::best_of(std::vector<Prompt> prompts, const std::string& stage) {
  std::vector<Candidate> alive;
  for (Prompt& prompt : prompts) alive.push_back({std::move(prompt), {}});
  ranking_.clear();
  std::size_t finished = 0;
  for (std::size_t rows = std::min(settings_.first_rows, rows_.size()); alive.size() > 1;
       rows = std::min(2 * rows, rows_.size())) {
    for (Candidate& candidate : alive) {
      spent_ = spent_ || !extend(candidate, rows, stage);
      if (spent_) break;
    }
    if (spent_) break;
    finished = rows;
    std::stable_sort(alive.begin(), alive.end(), [&](const Candidate& a, const Candidate& b) {
      return mean(a.scores, rows) > mean(b.scores, rows);
    });
    const std::vector<double> leader = alive.front().scores;
    std::vector<Candidate> kept;
    for (Candidate& candidate : alive) {
      const Difference behind = paired(candidate.scores, leader, rows);
      const bool worse = behind.mean + kStandardErrors * behind.error < 0;
      const bool last = rows == rows_.size();
      if (kept.empty() || (!last && !worse && kept.size() < (alive.size() + 1) / 2)) {
        kept.push_back(std::move(candidate));
      } else {
        ranking_.push_back({std::move(candidate.prompt), mean(candidate.scores, rows), rows});
      }
    }
    alive = std::move(kept);
  }
  // Of equals the first stays; of those that were not all tried on the same rows, what they share decides.
  std::stable_sort(alive.begin(), alive.end(), [&](const Candidate& a, const Candidate& b) {
    return mean(a.scores, finished) > mean(b.scores, finished);
  });
  for (const Candidate& candidate : alive)
    ranking_.push_back({candidate.prompt, mean(candidate.scores, finished), finished});
  std::stable_sort(ranking_.begin(), ranking_.end(), [](const Scored& a, const Scored& b) {
    return a.rows != b.rows ? a.rows > b.rows : a.score > b.score;
  });
  return alive.front().prompt;
}

}  // namespace prompt_optimizer
