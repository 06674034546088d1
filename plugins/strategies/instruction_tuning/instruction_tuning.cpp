#include <assay/sdk/params.h>
#include <assay/torch/conversation_parameters.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Instruction tuning (Wei et al., arXiv 2109.01652): all weights learn the assistant's turns of conversations. The engine
/// reads, renders and mixes the conversations by the parameters declared below; what trains is the whole model.
class InstructionTuning final : public Strategy, public FineTuning {
 public:
  explicit InstructionTuning(const Params&) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : model.parameters()) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override { trained.write_model(folder); }
};

}  // namespace

ASSAY_STRATEGY(InstructionTuning, {.name = "instruction_tuning",
                                   .version = "1.0",
                                   .summary = "fine-tunes all of the model's weights on the assistant's turns of conversations",
                                   .params = R"({"type":"object","additionalProperties":false,"properties":{
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":5e-4,"description":"at its peak"},
)" ASSAY_CONVERSATION_PARAMETERS "," ASSAY_TRAINING_PARAMETERS R"(}})",
                                   .trains = true,
                                   .random = true,
                                   .needs_train = true,
                                   .sites = "weight_delta"})
