#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/sdk/random.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <cmath>
#include <set>

namespace {

using assay::Json;
using namespace assay::sdk;

/// "model.layers.0.self_attn.q_proj" is a target named "q_proj".
std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

/// LoRA (Hu et al., arXiv 2106.09685): W + alpha / rank · B · A on chosen linear modules; B begins at zero.
class Lora final : public Strategy, public FineTuning {
 public:
  explicit Lora(const Params& params)
      : rank_(params.get<std::int64_t>("rank", 8)),
        alpha_(params.get<double>("alpha", 2.0 * static_cast<double>(rank_))),
        dropout_(params.get<double>("dropout", 0.0)),
        targets_(params.get<std::vector<std::string>>("target_modules", {})) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const override {
    Adaptation adaptation;
    std::set<std::string> known, unused(targets_.begin(), targets_.end());
    for (const LinearModule& module : model.linear_modules()) {
      const std::string target = last_part(module.name);
      known.insert(target);
      if (!targets_.empty() && !std::set<std::string>(targets_.begin(), targets_.end()).contains(target)) continue;
      unused.erase(target);
      const std::string a = module.name + ".lora_A.weight";
      const std::string b = module.name + ".lora_B.weight";
      adaptation.tensors.push_back({a, initial(module, seed)});
      adaptation.tensors.push_back({b, at::zeros({module.out, rank_}, at::TensorOptions().dtype(at::kDouble))});
      adaptation.sites.emplace_back(LowRankDelta{module.name, a, b, alpha_ / static_cast<double>(rank_), dropout_});
    }
    if (!unused.empty()) {
      std::string names;
      for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
      throw assay::BadInput("target_modules names '" + *unused.begin() + "', which this model does not have; it has " + names);
    }
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    std::set<std::string> targets;
    for (const LinearModule& module : trained.model().linear_modules()) {
      const std::string target = last_part(module.name);
      if (!targets_.empty() && !std::set<std::string>(targets_.begin(), targets_.end()).contains(target)) continue;
      targets.insert(target);
      for (const char* part : {".lora_A.weight", ".lora_B.weight"}) {
        tensors["base_model.model." + module.name + part] = trained.tensor(module.name + part);
      }
    }
    trained.write_tensors(folder / "adapter_model.safetensors", tensors);
    trained.write_json(folder / "adapter_config.json", {{"peft_type", "LORA"},
                                                        {"task_type", "CAUSAL_LM"},
                                                        {"base_model_name_or_path", nullptr},
                                                        {"inference_mode", true},
                                                        {"r", rank_},
                                                        {"lora_alpha", alpha_},
                                                        {"lora_dropout", dropout_},
                                                        {"target_modules", targets},
                                                        {"bias", "none"},
                                                        {"fan_in_fan_out", false},
                                                        {"init_lora_weights", true},
                                                        {"modules_to_save", nullptr},
                                                        {"layers_to_transform", nullptr},
                                                        {"layers_pattern", nullptr}});
  }

 private:
  /// As PEFT begins: Kaiming's uniform with a = sqrt(5), which is uniform within ±1/sqrt(in).
  at::Tensor initial(const LinearModule& module, std::uint64_t seed) const {
    at::Tensor tensor = at::empty({rank_, module.in}, at::TensorOptions().dtype(at::kDouble));
    Random random(seed, "lora " + module.name);
    const double bound = 1 / std::sqrt(static_cast<double>(module.in));
    auto* values = tensor.data_ptr<double>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = (2 * random.uniform() - 1) * bound;
    return tensor;
  }

  std::int64_t rank_;
  double alpha_;
  double dropout_;
  std::vector<std::string> targets_;
};

}  // namespace

ASSAY_STRATEGY(Lora, {.name = "lora",
                      .version = "1.0",
                      .summary = "fine-tunes low-rank additions to the model's linear modules",
                      .params = R"({"type":"object","additionalProperties":false,"properties":{
  "rank":{"type":"integer","minimum":1,"maximum":1024,"default":8,"description":"inner dimension of the addition"},
  "alpha":{"type":["number","null"],"exclusiveMinimum":0,"default":null,"description":"the addition is scaled by alpha / rank; twice the rank unless given"},
  "dropout":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0,"description":"share of the addition's input that is dropped while training"},
  "target_modules":{"type":["array","null"],"items":{"type":"string"},"minItems":1,"default":null,"description":"last parts of the modules' names (q_proj, down_proj); all linear modules unless given"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                      .trains = true,
                      .random = true,
                      .needs_train = true,
                      .sites = "weight_delta"})
