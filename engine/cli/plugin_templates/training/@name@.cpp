#include <assay/torch/fine_tuning.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/module_patterns.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Trains a factor on each number that the named modules write, all of them 1 at first. Change what `adapt` adds and what `save`
/// writes; the training loop is the engine's.
class @Class@ final : public Strategy, public FineTuning {
 public:
  explicit @Class@(const Params& params) : modules_(params.get<std::vector<std::string>>("modules")) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const LinearModule& module : choose_modules(model, modules_, "modules")) {
      adaptation.tensors.push_back({factors_of(module), constant_values({module.out}, 1), false});
      adaptation.sites.emplace_back(Scaling{module.name, factors_of(module)});
    }
    return adaptation;
  }

  /// In the form of PEFT's IA3, which inference reads and merges.
  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    std::vector<std::string> names;
    for (const LinearModule& module : choose_modules(trained.model(), modules_, "modules")) {
      tensors["base_model.model." + module.name + ".ia3_l"] = trained.tensor(factors_of(module)).view({-1, 1});
      names.push_back(module.name);
    }
    trained.write_tensors(folder / "adapter_model.safetensors", tensors);
    trained.write_json(folder / "adapter_config.json", {{"peft_type", "IA3"},
                                                        {"task_type", "CAUSAL_LM"},
                                                        {"target_modules", names},
                                                        {"feedforward_modules", assay::Json::array()},
                                                        {"fan_in_fan_out", false}});
  }

 private:
  static std::string factors_of(const LinearModule& module) { return module.name + ".factors"; }

  std::vector<std::string> modules_;
};

}  // namespace

ASSAY_STRATEGY(@Class@, {.name = "@name@",
                         .version = "0.1",
                         .summary = "fine-tunes factors on what modules write",
                         .params = R"({"type":"object","additionalProperties":false,"properties":{
  "modules":{"type":"array","minItems":1,"items":{"type":"string"},"default":["v_proj","o_proj"],"description":"ends of modules' names, or regular expressions over them"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                         .trains = true,
                         .random = true,
                         .needs_train = true,
                         .sites = "scaling"})
