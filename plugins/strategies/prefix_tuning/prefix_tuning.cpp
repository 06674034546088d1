#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <assay/sdk/params.h>
#include <assay/torch/fine_tuning.h>
#include <assay/torch/first_tokens.h>
#include <assay/torch/initial_values.h>
#include <assay/torch/training_parameters.h>
// after fine_tuning.h, which says for which libtorch this library is built
#include <assay/sdk/plugin.h>

#include <cmath>

namespace {

using namespace assay::sdk;

/// Prefix tuning (Li & Liang, arXiv 2101.00190): keys and values of each layer that come before the text's own.
class PrefixTuning final : public Strategy, public FineTuning {
 public:
  explicit PrefixTuning(const Params& params)
      : tokens_(params.get<std::int64_t>("virtual_tokens", 16)),
        init_(params.get<std::string>("init", "vocabulary")),
        text_(params.get<std::string>("init_text", "")),
        reparametrization_(params.get<bool>("reparametrization", false)),
        middle_(params.get<std::int64_t>("encoder_hidden_size", 0)) {
    check_init_text(init_, text_);
    if (reparametrization_ && init_ != "random") {
      throw assay::BadInput(
          "a reparametrised prefix begins at random: its values come out of a network, so set init: random");
    }
  }

  Adaptation adapt(const TrainableModel& model, std::uint64_t seed) const override {
    check_room(model, tokens_);
    const ModelShape shape = model.shape();
    const std::int64_t width = shape.kv_heads * shape.head_dim, all = shape.layers * 2 * width;
    Adaptation adaptation;
    PrefixKeysAndValues site{kValues, std::nullopt};
    if (reparametrization_) {
      // As PEFT's PrefixEncoder begins: torch.nn.Embedding and torch.nn.Linear.
      const std::int64_t middle = middle_ > 0 ? middle_ : shape.hidden_size;
      const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
        const double bound = 1 / std::sqrt(static_cast<double>(in));
        adaptation.tensors.push_back({name + ".weight", uniform_values({out, in}, bound, seed, name + ".weight")});
        adaptation.tensors.push_back({name + ".bias", uniform_values({out}, bound, seed, name + ".bias"), false});
      };
      adaptation.tensors.push_back({kValues, normal_values({tokens_, width}, 1, seed, kValues)});
      linear("transform.0", middle, width);
      linear("transform.2", all, middle);
      site.through = {"transform.0.weight", "transform.0.bias", "transform.2.weight", "transform.2.bias"};
    } else {
      adaptation.tensors.push_back({kValues, initial(model, all, seed)});
    }
    adaptation.sites.emplace_back(std::move(site));
    return adaptation;
  }

  void save(const TrainedState& trained, const std::filesystem::path& folder) const override {
    at::Tensor values = trained.tensor(kValues);
    const ModelShape shape = trained.model().shape();
    if (reparametrization_) {
      const auto through = [&](const at::Tensor& x, const std::string& name) {
        return at::addmm(trained.tensor(name + ".bias").to(at::kDouble), x,
                         trained.tensor(name + ".weight").to(at::kDouble).t());
      };
      values = through(through(values.to(at::kDouble), "transform.0").tanh(), "transform.2").to(values.scalar_type());
    }
    trained.write_tensors(folder / "adapter_model.safetensors", {{"prompt_embeddings", values}});
    trained.write_json(folder / "adapter_config.json",
                       {{"peft_type", "PREFIX_TUNING"},
                        {"task_type", "CAUSAL_LM"},
                        {"base_model_name_or_path", nullptr},
                        {"inference_mode", true},
                        {"num_virtual_tokens", tokens_},
                        {"num_layers", shape.layers},
                        {"num_attention_heads", shape.kv_heads},
                        {"token_dim", shape.kv_heads * shape.head_dim},
                        {"num_transformer_submodules", 1},
                        {"encoder_hidden_size", middle_ > 0 ? middle_ : shape.hidden_size},
                        {"prefix_projection", reparametrization_}});
  }

 private:
  static constexpr const char* kValues = "prompt_embeddings";

  at::Tensor initial(const TrainableModel& model, std::int64_t width, std::uint64_t seed) const {
    // Small enough that attention begins nearly as it was without a prefix of any meaning.
    if (init_ == "random") return normal_values({tokens_, width}, 0.02, seed, kValues);
    // Activations of real words, which the paper's section 7.4 finds best.
    return model.keys_and_values(init_ == "text" ? repeated_tokens(model, tokens_, text_)
                                                 : drawn_tokens(model, tokens_, seed, kValues));
  }

  std::int64_t tokens_;
  std::string init_, text_;
  bool reparametrization_;
  std::int64_t middle_;
};

}  // namespace

ASSAY_STRATEGY(PrefixTuning, {.name = "prefix_tuning",
                              .version = "1.0",
                              .summary = "fine-tunes keys and values that each layer finds before the text",
                              .params = R"({"type":"object","additionalProperties":false,"properties":{
  "virtual_tokens":{"type":"integer","minimum":1,"default":16,"description":"length of the prefix; it takes room in the context"},
  "init":{"type":"string","enum":["vocabulary","text","random"],"default":"vocabulary","description":"the prefix begins as the model's own keys and values of drawn tokens, as those of init_text, or near zero"},
  "init_text":{"type":["string","null"],"default":null,"description":"words to begin from, said again until they fill the prefix"},
  "reparametrization":{"type":"boolean","default":false,"description":"make the prefix by a two-layer network while training, as section 4.3 of the paper does"},
  "encoder_hidden_size":{"type":["integer","null"],"minimum":1,"default":null,"description":"inner width of that network; the model's hidden size unless given"},
  "learning_rate":{"type":"number","exclusiveMinimum":0,"default":3e-2,"description":"at its peak"},
)" ASSAY_TRAINING_PARAMETERS R"(}})",
                              .trains = true,
                              .random = true,
                              .needs_train = true,
                              .sites = "prefix_keys_and_values"})
