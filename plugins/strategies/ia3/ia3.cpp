#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/module_patterns.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <set>

namespace {

using namespace assay::sdk;

/// IA3 (Liu et al., arXiv 2205.05638): keys, values and the inner activations of the MLP are multiplied by vectors that
/// begin at one.
class Ia3 final : public Strategy, public FineTuning {
 public:
  explicit Ia3(const Params& params)
      : targets_(params.get<std::vector<std::string>>("target_modules", {})),
        feed_forward_(params.get<std::vector<std::string>>("feedforward_modules", {})) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const Target& target : targets(model)) {
      const std::string name = target.module.name + ".ia3_l";
      adaptation.tensors.push_back(
          {name, constant_values({target.input ? target.module.in : target.module.out}, 1), false});
      adaptation.sites.emplace_back(Scaling{target.module.name, name, target.input});
    }
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    std::set<std::string> all, inputs;
    for (const Target& target : targets(trained.model())) {
      const at::Tensor factors = trained.tensor(target.module.name + ".ia3_l");
      tensors["base_model.model." + target.module.name + ".ia3_l"] =
          target.input ? factors.view({1, -1}) : factors.view({-1, 1});
      all.insert(target.module.name);
      if (target.input) inputs.insert(target.module.name);
    }
    trained.write_tensors(folder / "adapter_model.safetensors", tensors);
    trained.write_json(folder / "adapter_config.json",
                       {{"peft_type", "IA3"},
                        {"task_type", "CAUSAL_LM"},
                        {"base_model_name_or_path", nullptr},
                        {"inference_mode", true},
                        {"target_modules", all},
                        {"feedforward_modules", inputs},
                        {"fan_in_fan_out", trained.model().config().value("model_type", "") == "gpt2"},
                        {"init_ia3_weights", true},
                        {"modules_to_save", nullptr}});
  }

 private:
  struct Target {
    LinearModule module;
    bool input;  ///< what it reads is scaled: the inner activations of the MLP
  };

  std::vector<Target> targets(const TrainableModel& model) const {
    const auto [both, inner] =
        targets_.empty() && feed_forward_.empty() ? defaults(model) : std::pair(targets_, feed_forward_);
    std::vector<std::string> all = both;
    all.insert(all.end(), inner.begin(), inner.end());
    std::set<std::string> inputs;
    for (const LinearModule& module : choose_modules(model, inner, "feedforward_modules")) inputs.insert(module.name);
    std::vector<Target> result;
    for (const LinearModule& module : choose_modules(model, all, "target_modules"))
      result.push_back({module, inputs.contains(module.name)});
    return result;
  }

  /// Keys, values and the MLP's output module, by the names that architectures give them.
  static std::pair<std::vector<std::string>, std::vector<std::string>> defaults(const TrainableModel& model) {
    const auto has = [modules = model.linear_modules()](const std::string& name) {
      return std::any_of(modules.begin(), modules.end(),
                         [&](const LinearModule& m) { return names_module(name, m.name); });
    };
    std::pair<std::vector<std::string>, std::vector<std::string>> found;
    for (const char* name : {"k_proj", "v_proj", "query_key_value", "c_attn"}) {
      if (has(name)) found.first.emplace_back(name);
    }
    for (const char* name : {"mlp.down_proj", "mlp.dense_4h_to_h", "mlp.fc2", "mlp.c_proj"}) {
      if (has(name)) found.second.emplace_back(name);
    }
    return found;
  }

  std::vector<std::string> targets_, feed_forward_;
};

}  // namespace

ASSAY_STRATEGY(Ia3, {.name = "ia3",
                     .version = "1.0",
                     .summary = "fine-tunes factors on keys, values and inner activations (IA3)",
                     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "target_modules":{"type":["array","null"],"items":{"type":"string"},"default":null,"description":"modules whose outputs are scaled, as in lora; those of keys and values unless given"},
  "feedforward_modules":{"type":["array","null"],"items":{"type":"string"},"default":null,"description":"modules whose inputs are scaled; the MLP's output module unless either list is given"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                     .trains = true,
                     .random = true,
                     .needs_train = true,
                     .sites = "scaling"})
