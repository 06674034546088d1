#include <assay/sdk/error.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <algorithm>

namespace {

using namespace assay::sdk;

/// Trains the weights of the normalisation layers and nothing else (Zhao et al. 2023, arXiv 2312.11420): a few thousand numbers.
class NormTuning final : public Strategy, public FineTuning {
 public:
  explicit NormTuning(const Params& params) : final_norm_(params.get<bool>("final_norm")) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : norms_of(model)) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  /// Tensors by the model's own names replace those of the model.
  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    for (const std::string& name : norms_of(trained.model())) tensors[name] = trained.tensor(name);
    trained.write_tensors(folder / "model.safetensors", tensors);
  }

 private:
  [[nodiscard]] std::vector<std::string> norms_of(const TrainableModel& model) const {
    const std::int64_t layers = model.shape().layers;
    const auto in_a_layer = [&](const std::string& name) {
      for (std::int64_t layer = 0; layer < layers; ++layer) {
        if (name.starts_with(model.layer_name(layer))) return true;
      }
      return false;
    };
    std::vector<std::string> names = model.parameters();
    std::erase_if(names, [&](const std::string& name) {
      const bool is_norm = name.find("norm") != std::string::npos || name.find("ln_") != std::string::npos;
      return !is_norm || (!final_norm_ && !in_a_layer(name));
    });
    if (names.empty()) throw assay::BadInput("this model has no tensor whose name speaks of a norm");
    return names;
  }

  bool final_norm_;
};

}  // namespace

ASSAY_STRATEGY(NormTuning, {.name = "norm_tuning",
                            .version = "1.0",
                            .summary = "fine-tunes the weights of normalisation layers",
                            .params = R"({"type":"object","additionalProperties":false,"properties":{
  "final_norm":{"type":"boolean","default":true,"description":"whether the norm after the last layer trains, too"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                            .trains = true,
                            .random = true,
                            .needs_train = true,
                            .sites = "weight_delta"})
