#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Bottleneck adapters: small modules after sublayers, h + up · activation(down · h), behind both sublayers of each layer
/// (Houlsby et al., arXiv 1902.00751) or behind the MLP alone (Pfeiffer et al., arXiv 2005.00247).
class Adapters final : public Strategy, public FineTuning {
 public:
  explicit Adapters(const Params& params)
      : houlsby_(params.get<std::string>("placement", "houlsby") == "houlsby"),
        width_(params.get<std::int64_t>("bottleneck", 32)),
        activation_(params.get<std::string>("activation", "gelu")),
        deviation_(params.get<double>("init_deviation", 0.01)),
        train_norms_(params.get<bool>("train_norms", false)) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const override {
    const ModelShape shape = model.shape();
    Adaptation adaptation;
    for (const Place& place : places(model)) {
      // Near the identity: a normal of deviation 0.01 cut at two deviations (section 3.6 of Houlsby et al.).
      const auto matrix = [&](const char* part, std::int64_t rows, std::int64_t columns) {
        adaptation.tensors.push_back(
            {place.name + part, normal_values({rows, columns}, deviation_, seed, place.name + part, 2)});
      };
      const auto bias = [&](const char* part, std::int64_t rows) {
        adaptation.tensors.push_back({place.name + part, constant_values({rows}, 0), false});
      };
      matrix("down.weight", width_, shape.hidden_size), bias("down.bias", width_);
      matrix("up.weight", shape.hidden_size, width_), bias("up.bias", shape.hidden_size);
      adaptation.sites.emplace_back(ResidualModule{place.layer, place.after_attention, activation_,
                                                   place.name + "down.weight", place.name + "down.bias",
                                                   place.name + "up.weight", place.name + "up.bias"});
    }
    for (const std::string& name : norms(model)) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    for (const Place& place : places(trained.model())) {
      for (const char* part : {"down.weight", "down.bias", "up.weight", "up.bias"})
        tensors[place.name + part] = trained.tensor(place.name + part);
    }
    for (const std::string& name : norms(trained.model())) tensors[name] = trained.tensor(name);
    trained.write_tensors(folder / "adapter_model.safetensors", tensors);
    trained.write_json(folder / "adapter_config.json", {{"adapter_type", "bottleneck"},
                                                        {"placement", houlsby_ ? "houlsby" : "pfeiffer"},
                                                        {"bottleneck", width_},
                                                        {"activation", activation_},
                                                        {"train_norms", train_norms_}});
  }

 private:
  struct Place {
    std::int64_t layer;
    bool after_attention;
    std::string name;  ///< what its tensors' names begin with
  };

  std::vector<Place> places(const TrainableModel& model) const {
    std::vector<Place> all;
    for (std::int64_t layer = 0; layer < model.shape().layers; ++layer) {
      if (houlsby_) all.push_back({layer, true, model.layer_name(layer) + "attention_adapter."});
      all.push_back({layer, false, model.layer_name(layer) + "mlp_adapter."});
    }
    return all;
  }

  /// The layers' own norms.
  std::vector<std::string> norms(const TrainableModel& model) const {
    std::vector<std::string> names;
    if (!train_norms_) return names;
    for (const std::string& name : model.parameters()) {
      if (name.find("norm") != std::string::npos || name.find(".ln_") != std::string::npos) names.push_back(name);
    }
    return names;
  }

  bool houlsby_;
  std::int64_t width_;
  std::string activation_;
  double deviation_;
  bool train_norms_;
};

}  // namespace

ASSAY_STRATEGY(Adapters,
               {.name = "adapters",
                .version = "1.0",
                .summary = "fine-tunes small bottleneck modules after the model's sublayers (Houlsby, Pfeiffer)",
                .params = R"({"type":"object","additionalProperties":false,"properties":{
  "placement":{"type":"string","enum":["houlsby","pfeiffer"],"default":"houlsby","description":"after both sublayers of a layer, or after the MLP alone"},
  "bottleneck":{"type":"integer","minimum":1,"default":32,"description":"inner width of a module"},
  "activation":{"type":"string","enum":["relu","silu","gelu","gelu_tanh"],"default":"gelu","description":"inside a module"},
  "init_deviation":{"type":"number","exclusiveMinimum":0,"default":0.01,"description":"of the matrices at the start, cut at two deviations"},
  "train_norms":{"type":"boolean","default":false,"description":"train the model's norms too, as Houlsby et al. do"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                .trains = true,
                .random = true,
                .needs_train = true,
                .sites = "residual_module"})
