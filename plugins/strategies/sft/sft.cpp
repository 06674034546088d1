#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <regex>
#include <set>

namespace {

using namespace assay::sdk;

/// Supervised fine-tuning of the model's own weights: all of them, or those that parameters leave.
class Sft final : public Strategy, public FineTuning {
 public:
  explicit Sft(const Params& params)
      : freeze_(params.get<std::vector<std::string>>("freeze", {})),
        last_layers_(params.get<std::int64_t>("last_layers", 0)),
        biases_only_(params.get<std::string>("train", "all") == "biases") {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : trained(model)) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  /// A whole model, or the tensors that trained where they are only some.
  void save(const TrainedState& state, const std::filesystem::path& folder) const override {
    const std::vector<std::string> names = trained(state.model());
    if (names.size() == state.model().parameters().size()) return state.write_model(folder);
    std::map<std::string, at::Tensor> tensors;
    for (const std::string& name : names) tensors[name] = state.tensor(name);
    state.write_tensors(folder / "model.safetensors", tensors);
  }

 private:
  std::vector<std::string> trained(const TrainableModel& model) const {
    const std::vector<std::string> all = model.parameters();
    std::vector<std::string> names = all;
    if (biases_only_) {
      std::erase_if(names, [](const std::string& name) { return !name.ends_with(".bias"); });
      if (names.empty()) {
        throw assay::BadInput(
            "train: biases has nothing to train: this model has no biases (GPT-2, GPT-NeoX, Phi and Qwen2 have); use "
            "lora or ia3");
      }
    }
    if (last_layers_ > 0) {
      const std::int64_t layers = model.shape().layers;
      if (last_layers_ > layers) {
        throw assay::BadInput("last_layers is " + std::to_string(last_layers_) + " and the model has " +
                              std::to_string(layers));
      }
      std::erase_if(names, [&](const std::string& name) {
        for (std::int64_t layer = layers - last_layers_; layer < layers; ++layer) {
          if (name.starts_with(model.layer_name(layer))) return false;
        }
        return true;
      });
    }
    for (const std::string& pattern : freeze_) {
      const std::regex wanted = expression(pattern);
      const auto frozen = [&](const std::string& name) { return std::regex_match(name, wanted); };
      if (std::none_of(all.begin(), all.end(), frozen)) {
        throw assay::BadInput("freeze names '" + pattern + "', which is no tensor of this model; the first is " +
                              all.front());
      }
      std::erase_if(names, frozen);
    }
    if (names.empty()) throw assay::BadInput("train, last_layers and freeze leave nothing to train");
    return names;
  }

  /// `*` stands for any characters, all others for themselves.
  static std::regex expression(const std::string& pattern) {
    std::string written;
    for (const char c : pattern) {
      if (c == '*') {
        written += ".*";
      } else {
        if (std::string("\\^$.|?+()[]{}").find(c) != std::string::npos) written += '\\';
        written += c;
      }
    }
    return std::regex(written);
  }

  std::vector<std::string> freeze_;
  std::int64_t last_layers_;
  bool biases_only_;
};

}  // namespace

ASSAY_STRATEGY(Sft, {.name = "sft",
                     .version = "1.1",
                     .summary = "fine-tunes the model's own weights on the training rows",
                     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "train":{"type":"string","enum":["all","biases"],"default":"all","description":"which weights: all, or BitFit, which is biases alone"},
  "last_layers":{"type":["integer","null"],"minimum":1,"default":null,"description":"train so many of the last layers, and nothing outside layers; all weights unless given"},
  "freeze":{"type":["array","null"],"items":{"type":"string"},"default":null,"description":"tensors that stay as they are: names, in which * stands for any characters"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                     .trains = true,
                     .random = true,
                     .needs_train = true,
                     .sites = "weight_delta"})
