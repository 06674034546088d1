#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "run/model_around.h"

namespace assay::run {

/// A model whose answers are kept, in a file as they come, and given again: asked the same once more, also by a stage that
/// goes on after a kill, it answers without asking. The first to be given an answer is charged for it. Failed requests are
/// not kept.
class ReplayedModel final : public ModelAround {
 public:
  /// Without a `file` answers are kept as long as this lives; a line that was not written to its end is not there.
  ReplayedModel(sdk::LanguageModel& model, std::filesystem::path file);

  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override;
  std::vector<sdk::Finished> collect() override;

 private:
  void keep(const std::string& name, const sdk::Completion& completion);

  std::filesystem::path file_;
  std::ofstream out_;
  std::unordered_map<std::string, sdk::Completion> known_;  ///< by the request's hash
  std::unordered_set<std::string> charged_;                 ///< hashes
  std::unordered_map<sdk::RequestId, std::pair<sdk::RequestId, std::string>>
      asked_;  ///< by the model's id: ours, and the hash
  std::vector<sdk::Finished> ready_;
  sdk::RequestId next_ = 1;
};

}  // namespace assay::run
