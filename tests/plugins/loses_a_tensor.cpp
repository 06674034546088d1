#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Trains the weights of all normalisation layers and forgets one of them when it saves.
class LosesATensor final : public Strategy, public FineTuning {
 public:
  explicit LosesATensor(const Params&) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : norms_of(model)) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    for (const std::string& name : norms_of(trained.model())) tensors[name] = trained.tensor(name);
    tensors.erase(tensors.begin());
    trained.write_tensors(folder / "model.safetensors", tensors);
  }

 private:
  static std::vector<std::string> norms_of(const TrainableModel& model) {
    std::vector<std::string> names = model.parameters();
    std::erase_if(names, [](const std::string& name) { return name.find("norm") == std::string::npos; });
    return names;
  }
};

}  // namespace

ASSAY_STRATEGY(LosesATensor, {.name = "loses_a_tensor",
                              .version = "1.0",
                              .summary = "loses one of the tensors that it trains",
                              .params = R"({"type":"object","additionalProperties":false,"properties":{
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                              .trains = true,
                              .random = true,
                              .needs_train = true,
                              .sites = "weight_delta"})
