#pragma once
#include <utility>

#include "run/model_around.h"
#include "run/stage.h"

namespace assay::run {

/// A model whose answers are charged to the stage that asks.
class CountedModel final : public ModelAround {
 public:
  CountedModel(sdk::LanguageModel& model, StageWork& work) : ModelAround(model), work_(work) {}

  std::vector<sdk::RequestId> submit(std::vector<sdk::Request> requests) override {
    return model_.submit(std::move(requests));
  }
  std::vector<sdk::Finished> collect() override {
    std::vector<sdk::Finished> finished = model_.collect();
    for (const sdk::Finished& one : finished) work_.add_usage(one.completion.usage);
    return finished;
  }

 private:
  StageWork& work_;
};

}  // namespace assay::run
