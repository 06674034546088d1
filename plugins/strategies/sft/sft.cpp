#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Supervised fine-tuning of all weights.
class Sft final : public Strategy, public FineTuning {
 public:
  explicit Sft(const Params&) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : model.parameters()) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override { trained.write_model(folder); }
};

}  // namespace

ASSAY_STRATEGY(Sft, {.name = "sft",
                     .version = "1.0",
                     .summary = "fine-tunes all of the model's weights on the training rows",
                     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                     .trains = true,
                     .random = true,
                     .needs_train = true,
                     .sites = "weight_delta"})
