#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/module_patterns.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace {

using assay::Json;
using namespace assay::sdk;

/// LoRA (Hu et al., arXiv 2106.09685): W + alpha / rank · B · A on chosen linear modules; B begins at zero. With `dora`
/// (Liu et al., arXiv 2402.09353) the rows of the sum are brought to lengths that train too.
class Lora final : public Strategy, public FineTuning {
 public:
  explicit Lora(const Params& params)
      : rank_(params.get<std::int64_t>("rank", 8)),
        alpha_(params.get<double>("alpha", 2.0 * static_cast<double>(rank_))),
        dropout_(params.get<double>("dropout", 0.0)),
        rslora_(params.get<bool>("rslora", false)),
        dora_(params.get<bool>("dora", false)),
        ranks_(params.get<std::map<std::string, std::int64_t>>("rank_pattern", {})),
        alphas_(params.get<std::map<std::string, double>>("alpha_pattern", {})),
        targets_{"all-linear"} {
    if (!params.has("target_modules")) return;
    const Json targets = params.json().at("target_modules");
    targets_ = targets.is_string() ? std::vector{targets.get<std::string>()} : targets.get<std::vector<std::string>>();
  }

  Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const override {
    check_patterns(model);
    Adaptation adaptation;
    for (const LinearModule& module : choose_modules(model, targets_, "target_modules")) {
      const std::int64_t rank = rank_of(module.name);
      const std::string a = module.name + ".lora_A.weight", b = module.name + ".lora_B.weight";
      LowRankDelta delta{module.name, a, b, scale_of(module.name), dropout_, {}};
      // As PEFT begins: Kaiming's uniform with a = sqrt(5), which is uniform within ±1/sqrt(in).
      adaptation.tensors.push_back({a, uniform_values({rank, module.in}, 1 / std::sqrt(static_cast<double>(module.in)),
                                                      seed, "lora " + module.name)});
      adaptation.tensors.push_back({b, constant_values({module.out, rank}, 0)});
      if (dora_) {
        delta.magnitude = module.name + ".lora_magnitude_vector";
        adaptation.tensors.push_back({delta.magnitude, model.weight(module.name).to(at::kDouble).norm(2, {1}), false});
      }
      adaptation.sites.emplace_back(std::move(delta));
    }
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    std::map<std::string, at::Tensor> tensors;
    std::set<std::string> targets;
    const std::string prefix = "base_model.model.";
    const std::vector<LinearModule> chosen = choose_modules(trained.model(), targets_, "target_modules"),
                                    all = trained.model().linear_modules();
    for (const LinearModule& module : chosen) {
      targets.insert(target_name(module.name, chosen, all));
      for (const char* part : {".lora_A.weight", ".lora_B.weight"})
        tensors[prefix + module.name + part] = trained.tensor(module.name + part);
      if (dora_)
        tensors[prefix + module.name + ".lora_magnitude_vector"] =
            trained.tensor(module.name + ".lora_magnitude_vector");
    }
    trained.write_tensors(folder / "adapter_model.safetensors", tensors);
    trained.write_json(folder / "adapter_config.json",
                       {{"peft_type", "LORA"},
                        {"task_type", "CAUSAL_LM"},
                        {"base_model_name_or_path", nullptr},
                        {"inference_mode", true},
                        {"r", rank_},
                        {"lora_alpha", alpha_},
                        {"lora_dropout", dropout_},
                        {"use_rslora", rslora_},
                        {"use_dora", dora_},
                        {"rank_pattern", ranks_},
                        {"alpha_pattern", alphas_},
                        {"target_modules", targets},
                        {"bias", "none"},
                        {"fan_in_fan_out", trained.model().config().value("model_type", "") == "gpt2"},
                        {"init_lora_weights", true},
                        {"modules_to_save", nullptr},
                        {"layers_to_transform", nullptr},
                        {"layers_pattern", nullptr}});
  }

 private:
  template <class T>
  static const T* pattern_value(const std::map<std::string, T>& patterns, const std::string& module) {
    for (const auto& [pattern, value] : patterns) {
      if (names_module(pattern, module)) return &value;
    }
    return nullptr;
  }

  std::int64_t rank_of(const std::string& module) const {
    const auto* own = pattern_value(ranks_, module);
    return own == nullptr ? rank_ : *own;
  }

  /// alpha / rank, or alpha / sqrt(rank) (rsLoRA, Kalajdzievski, arXiv 2312.03732).
  double scale_of(const std::string& module) const {
    const auto* own = pattern_value(alphas_, module);
    const auto rank = static_cast<double>(rank_of(module));
    return (own == nullptr ? alpha_ : *own) / (rslora_ ? std::sqrt(rank) : rank);
  }

  void check_patterns(const TrainableModel& model) const {
    const auto names = [](const auto& patterns) {
      std::vector<std::string> keys;
      for (const auto& [pattern, value] : patterns) keys.push_back(pattern);
      return keys;
    };
    static_cast<void>(choose_modules(model, names(ranks_), "rank_pattern"));
    static_cast<void>(choose_modules(model, names(alphas_), "alpha_pattern"));
  }

  /// What PEFT's target_modules must say to mean `module`: the last part of its name where all modules of that last part
  /// are chosen, else the whole name.
  static std::string target_name(const std::string& module, const std::vector<LinearModule>& chosen,
                                 const std::vector<LinearModule>& all) {
    const std::string last = module.substr(module.rfind('.') + 1);
    const auto count = [&](const std::vector<LinearModule>& modules) {
      return std::count_if(modules.begin(), modules.end(),
                           [&](const LinearModule& other) { return other.name.ends_with("." + last); });
    };
    return count(all) == count(chosen) ? last : module;
  }

  std::int64_t rank_;
  double alpha_;
  double dropout_;
  bool rslora_, dora_;
  std::map<std::string, std::int64_t> ranks_;
  std::map<std::string, double> alphas_;
  std::vector<std::string> targets_;
};

}  // namespace

ASSAY_STRATEGY(Lora, {.name = "lora",
                      .version = "1.1",
                      .summary = "fine-tunes low-rank additions to the model's linear modules (LoRA, rsLoRA, DoRA)",
                      .params = R"({"type":"object","additionalProperties":false,"properties":{
  "rank":{"type":"integer","minimum":1,"maximum":1024,"default":8,"description":"inner dimension of the addition"},
  "alpha":{"type":["number","null"],"exclusiveMinimum":0,"default":null,"description":"the addition is scaled by alpha / rank; twice the rank unless given"},
  "dropout":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0,"description":"share of the addition's input that is dropped while training"},
  "rslora":{"type":"boolean","default":false,"description":"scale by alpha over the root of the rank"},
  "dora":{"type":"boolean","default":false,"description":"train the lengths of the weights' rows apart from their directions"},
  "target_modules":{"type":["array","string","null"],"items":{"type":"string"},"minItems":1,"default":null,"description":"ends of the modules' names (q_proj, down_proj), regular expressions over whole names, or all-linear; all linear modules unless given"},
  "rank_pattern":{"type":["object","null"],"additionalProperties":{"type":"integer","minimum":1},"default":null,"description":"other ranks for the modules that a key names, as in target_modules"},
  "alpha_pattern":{"type":["object","null"],"additionalProperties":{"type":"number","exclusiveMinimum":0},"default":null,"description":"likewise, other alphas"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-3,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                      .trains = true,
                      .random = true,
                      .needs_train = true,
                      .sites = "weight_delta"})
