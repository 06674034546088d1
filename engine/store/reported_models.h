#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/sdk/json.h"

namespace assay::store {

/// Whom the servers of remote models said that answers are from, over any number of stages: which of it changed.
class ReportedModels {
 public:
  /// `model` is the experiment's; `stage` how a person knows the stage; `remote` the bundle's timing.remote.
  void add(const std::string& model, const std::string& stage, const Json& remote);

  /// A sentence for each model whose server reported another model or fingerprint for some answers than for others: the
  /// values from the earliest on, how many answers came under each, and the stages that hold answers of several.
  [[nodiscard]] std::vector<std::string> changes() const;

 private:
  struct Count {
    std::int64_t answers = 0, cached = 0, since = 0;
  };
  /// What one word ("model", "fingerprint") said of the answers to one name that was asked for.
  struct Values {
    std::map<std::string, Count> counts;
    std::vector<std::string> mixed;  ///< stages
  };
  struct Word {
    std::string model, asked, word;
    Values values;
  };
  Values& values(const std::string& model, const std::string& asked, const std::string& word);

  std::vector<Word> words_;  ///< in the order of their first appearance
};

}  // namespace assay::store
