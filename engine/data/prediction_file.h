#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "assay/sdk/example.h"
#include "data/rows.h"

namespace assay::data {

/// One answered example that some other program wrote.
struct RecordedPrediction {
  sdk::Input input;  ///< all fields of the row; id, text and choices where it has them
  std::string target, answer;
  std::vector<std::string> references;
  std::vector<std::string> outputs;
  Json details = Json::object();
  std::vector<double> choice_scores;
};

/// Streams predictions from rows {"prediction", "references" | "target"} with, where a metric wants them, "id", "input" (what
/// was answered), "samples" (several answers; they become details.samples, as self_consistency leaves them), "choices" and
/// "choice_scores" (log-probabilities), and "details".
class PredictionReader {
 public:
  /// @throws BadInput when the file cannot be opened.
  PredictionReader(const std::filesystem::path& file, std::string name);

  bool next() { return rows_.next(); }

  [[nodiscard]] std::string where() const { return rows_.where(); }

  /// The current row. @throws BadInput naming the row and the field that is missing or of a wrong type.
  [[nodiscard]] RecordedPrediction prediction() const;

 private:
  RowReader rows_;
};

}  // namespace assay::data
