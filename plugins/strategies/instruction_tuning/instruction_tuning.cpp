#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <numeric>

namespace {

using namespace assay::sdk;

/// Fine-tunes all weights on conversations (Ouyang et al., arXiv 2203.02155, the supervised part): the loss counts on the
/// assistant's turns.
class InstructionTuning final : public Strategy, public FineTuning {
 public:
  explicit InstructionTuning(const Params& params)
      : data_{params.get<std::vector<std::string>>("data", {}), params.get<std::vector<double>>("weights", {}),
              params.get<std::int64_t>("conversations", 0), params.get<std::string>("chat_template", ""),
              params.get<std::string>("too_long", "fail")} {
    if (!data_.weights.empty() && data_.weights.size() != data_.files.size()) {
      throw assay::BadInput("weights has " + std::to_string(data_.weights.size()) + " numbers and data " +
                            std::to_string(data_.files.size()) + " files; give one weight a file");
    }
    if (!data_.weights.empty() && std::accumulate(data_.weights.begin(), data_.weights.end(), 0.0) <= 0) {
      throw assay::BadInput("weights are all zero; at least one file must have a share");
    }
  }

  std::optional<ConversationData> conversations() const override { return data_; }

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : model.parameters()) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    trained.write_model(folder);
  }

 private:
  ConversationData data_;
};

}  // namespace

ASSAY_STRATEGY(InstructionTuning,
               {.name = "instruction_tuning",
                .version = "1.0",
                .summary = "fine-tunes all weights on conversations, with the loss on the assistant's turns",
                .params = R"({"type":"object","additionalProperties":false,"required":["data"],"properties":{
  "data":{"type":"array","items":{"type":"string","format":"conversations"},"minItems":1,"description":"files of conversations: OpenAI's, ShareGPT's or Alpaca's rows, .jsonl or .json"},
  "weights":{"type":["array","null"],"items":{"type":"number","minimum":0},"default":null,"description":"shares of the mixture, one a file; by their sizes unless given"},
  "conversations":{"type":["integer","null"],"minimum":1,"default":null,"description":"conversations an epoch; as many as the files hold unless given"},
  "chat_template":{"type":["string","null"],"format":"prompt-file","default":null,"description":"a Jinja file that writes conversations; the model's own unless given"},
  "too_long":{"type":"string","enum":["fail","drop","truncate"],"default":"fail","description":"what to do with a conversation that does not fit the context"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                .trains = true,
                .random = true,
                .sites = "weight_delta"})
