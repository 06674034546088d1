#pragma once
#include <assay/sdk/metric.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace assay::conformance {

/// What the examples are that plugins are tried on.
enum class Task {
  labels,   ///< one of three choices
  texts,    ///< free answers, with a rationale
  numbers,  ///< a number; for metrics alone
  objects,  ///< JSON, asked for by slots; for metrics alone
};

/// Which examples: `other` shares none with `usual`; `odd` has one training row and texts that are empty, long or hold Jinja.
enum class Examples { usual, other, odd };

/// A dataset of made-up rows, its files written into `folder`.
data::DatasetSource sample_rows(const std::filesystem::path& folder, Task task, Examples examples);

/// An answered example as a bundle keeps it, with storage behind what sdk::Prediction refers to.
struct AnsweredSample {
  sdk::Input input;
  std::string target, answer;
  std::vector<std::string> references, outputs;
  Json details = Json::object();
  sdk::Usage usage;
  double milliseconds = 0, dollars = 0;
  std::vector<double> choice_scores;

  [[nodiscard]] bool operator==(const AnsweredSample& other) const;
  [[nodiscard]] sdk::Prediction prediction() const {
    return {input, target, references, answer, outputs, details, usage, milliseconds, dollars, choice_scores};
  }
};

/// Answers of which some are right, some wrong and some empty; `odd` ones hold what metrics are rarely given.
std::vector<AnsweredSample> sample_answers(Task task, Examples examples);

}  // namespace assay::conformance
