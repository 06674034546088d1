#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using namespace assay::sdk;

/// Supervised fine-tuning of all weights.
class Sft final : public Strategy, public FineTuning {
 public:
  explicit Sft(const Params&) {}

  Adaptation adapt(const TrainableModel& model, std::uint64_t) const override {
    Adaptation adaptation;
    for (const std::string& name : model.parameters()) adaptation.sites.emplace_back(WholeWeight{name});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override { trained.write_model(folder); }
};

}  // namespace

ASSAY_STRATEGY(Sft, {.name = "sft",
                     .version = "1.0",
                     .summary = "fine-tunes all of the model's weights on the training rows",
                     .params = R"({"type":"object","additionalProperties":false,"properties":{
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":1e-3,"description":"at its peak"},
  "epochs":{"type":"integer","minimum":1,"default":4,"description":"passes over the training rows"},
  "max_steps":{"type":"integer","minimum":0,"default":0,"description":"updates; 0: as many as the epochs have"},
  "batch_size":{"type":"integer","minimum":1,"default":16,"description":"rows a backward pass"},
  "gradient_accumulation":{"type":"integer","minimum":1,"default":1,"description":"batches an update"},
  "warmup_ratio":{"type":"number","minimum":0,"maximum":1,"default":0.06,"description":"share of the updates in which the learning rate rises"},
  "schedule":{"type":"string","enum":["constant","linear","cosine"],"default":"linear","description":"how the learning rate falls"},
  "final_share":{"type":"number","minimum":0,"maximum":1,"default":0,"description":"of the learning rate, at the last update"},
  "weight_decay":{"type":"number","minimum":0,"default":0,"description":"AdamW's, on matrices"},
  "beta1":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.9,"description":"AdamW's"},
  "beta2":{"type":"number","minimum":0,"exclusiveMaximum":1,"default":0.999,"description":"AdamW's"},
  "epsilon":{"type":"number","exclusiveMinimum":0,"default":1e-8,"description":"AdamW's"},
  "clip_norm":{"type":"number","minimum":0,"default":1,"description":"longest gradient; 0: any"},
  "dtype":{"type":"string","enum":["f32","bf16","f64"],"default":"f32","description":"type of the arithmetic; bf16 keeps f32 master values"},
  "validate_every":{"type":"integer","minimum":0,"default":0,"description":"updates between validations; 0: an epoch"},
  "patience":{"type":"integer","minimum":0,"default":0,"description":"validations without improvement before stopping; 0: never stop early"},
  "keep_best":{"type":"boolean","default":true,"description":"keep the weights of the lowest validation loss"}}})",
                     .trains = true,
                     .random = true,
                     .needs_train = true,
                     .sites = "weight_delta"})
