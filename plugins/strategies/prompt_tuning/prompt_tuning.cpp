#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/first_tokens.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

namespace {

using assay::Json;
using namespace assay::sdk;

/// Prompt tuning (Lester et al., arXiv 2104.08691): embeddings that come before those of the text.
class PromptTuning final : public Strategy, public FineTuning {
 public:
  explicit PromptTuning(const Params& params)
      : tokens_(params.get<std::int64_t>("virtual_tokens", 20)),
        init_(params.get<std::string>("init", "vocabulary")),
        text_(params.get<std::string>("init_text", "")) {
    check_init_text(init_, text_);
  }

  Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const override {
    check_room(model, tokens_);
    Adaptation adaptation;
    adaptation.tensors.push_back({kValues, initial(model, seed)});
    adaptation.sites.emplace_back(PrefixEmbeddings{kValues});
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    const ModelShape shape = trained.model().shape();
    trained.write_tensors(folder / "adapter_model.safetensors", {{"prompt_embeddings", trained.tensor(kValues)}});
    trained.write_json(folder / "adapter_config.json", {{"peft_type", "PROMPT_TUNING"},
                                                        {"task_type", "CAUSAL_LM"},
                                                        {"base_model_name_or_path", nullptr},
                                                        {"inference_mode", true},
                                                        {"num_virtual_tokens", tokens_},
                                                        {"num_layers", shape.layers},
                                                        {"num_attention_heads", shape.heads},
                                                        {"token_dim", shape.hidden_size},
                                                        {"num_transformer_submodules", 1},
                                                        {"prompt_tuning_init", "RANDOM"},
                                                        {"prompt_tuning_init_text", nullptr},
                                                        {"tokenizer_name_or_path", nullptr}});
  }

 private:
  static constexpr const char* kValues = "prompt_embeddings";

  /// Section 3.2 of the paper.
  at::Tensor initial(const TrainableModel& model, std::uint64_t seed) const {
    if (init_ == "random") return uniform_values({tokens_, model.shape().hidden_size}, 0.5, seed, kValues);
    if (init_ == "text") return model.embeddings(repeated_tokens(model, tokens_, text_));
    const at::Tensor rows = model.embeddings(drawn_tokens(model, tokens_, seed, kValues)).clone();
    if (init_ == "vocabulary") return rows;
    // The embedding of each label, the mean where it has several tokens; what is left of the prompt stays drawn.
    const auto& labels = model.choices();
    if (labels.empty()) throw assay::BadInput("init: labels needs a dataset with choices");
    for (std::size_t i = 0; i < labels.size() && static_cast<std::int64_t>(i) < tokens_; ++i) {
      const auto tokens = model.encode(" " + labels[i]);
      if (!tokens.empty()) rows.select(0, static_cast<std::int64_t>(i)).copy_(model.embeddings(tokens).mean(0));
    }
    return rows;
  }

  std::int64_t tokens_;
  std::string init_, text_;
};

}  // namespace

ASSAY_STRATEGY(PromptTuning, {.name = "prompt_tuning",
                              .version = "1.0",
                              .summary = "fine-tunes embeddings that come before the text (a soft prompt)",
                              .params = R"({"type":"object","additionalProperties":false,"properties":{
  "virtual_tokens":{"type":"integer","minimum":1,"default":20,"description":"length of the soft prompt; it takes room in the context"},
  "init":{"type":"string","enum":["vocabulary","labels","text","random"],"default":"vocabulary","description":"the prompt begins as embeddings of drawn tokens, of the dataset's choices, of init_text, or uniform within 0.5 of zero"},
  "init_text":{"type":["string","null"],"default":null,"description":"words to begin from, said again until they fill the prompt"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                              .trains = true,
                              .random = true,
                              .needs_train = true,
                              .sites = "prefix_embeddings"})
