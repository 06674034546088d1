#pragma once
#include <map>
#include <string>
#include <vector>

#include "report/report_data.h"
#include "store/store.h"

namespace assay::report {

/// What one example got, a mean over the seeds that have it; its target tells whether it is the same question in
/// another run.
struct ExampleScore {
  std::string target;
  double score = 0;
};

/// Scores of a run's cells, example by example, from its bundles.
class ExampleScores {
 public:
  ExampleScores(store::Store& store, std::int64_t run) : store_(store), plan_(store.plan(run)) {}

  /// By example id; empty where the output has no value of its own for one example. @throws Corrupted
  std::map<std::string, ExampleScore> of(const Group&, const Output&);

  /// The output's values in every resample of the comparison; empty where it kept none. @throws Corrupted
  std::vector<double> resampled(const Dataset&, const Group&, const Output&);

  /// Ids with targets in the order of the test split, of the group's first cell that was asked: runs whose lists are
  /// equal were resampled alike. @throws Corrupted
  std::vector<std::pair<std::string, std::string>> questions(const Group&);

 private:
  /// The score bundle's rows of one cell, the output's column; empty where it has none.
  std::vector<double> column(const plan::Cell&, const Output&);

  store::Store& store_;
  plan::Plan plan_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> questions_;  ///< by generate stage
};

}  // namespace assay::report
