#include "train/fine_tune.h"

#include <ATen/Parallel.h>
#include <assay/sdk/error.h>
#include <assay/sdk/strategy.h>
#include <assay/torch/fine_tuning.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "models/adapter_folder.h"
#include "models/merged_model.h"
#include "models/model_weights.h"
#include "train/dtype.h"
#include "train/loop.h"
#include "train/network.h"
#include "train/saving.h"

namespace assay::train {
namespace {

class Model final : public sdk::TrainableModel {
 public:
  Model(const Network& network, const TrainingSettings& settings, const TrainingCallbacks& callbacks)
      : network_(network), config_(network.config().to_json()), choices_(settings.choices), encode_(callbacks.encode) {}
  [[nodiscard]] const Json& config() const override { return config_; }
  [[nodiscard]] sdk::ModelShape shape() const override {
    const models::ModelConfig& c = network_.config();
    return {
        c.num_layers, c.hidden_size, c.num_heads, c.num_kv_heads, c.head_dim, c.vocab_size, c.max_position_embeddings};
  }
  [[nodiscard]] std::string layer_name(std::int64_t layer) const override {
    return network_.config().layer_name(layer);
  }
  [[nodiscard]] std::vector<sdk::LinearModule> linear_modules() const override { return network_.linear_modules(); }
  [[nodiscard]] at::Tensor weight(const std::string& module) const override { return network_.weight(module); }
  [[nodiscard]] std::vector<std::string> parameters() const override {
    std::vector<std::string> names;
    for (const Slot& slot : network_.base().slots()) names.push_back(slot.name);
    return names;
  }
  [[nodiscard]] at::Tensor parameter(const std::string& name) const override {
    return network_.base().master(name).clone();
  }
  [[nodiscard]] std::vector<std::int32_t> encode(const std::string& text) const override {
    if (!encode_) throw UnsupportedModel("this strategy begins from words, and there is no tokenizer here");
    return encode_(text);
  }
  [[nodiscard]] const std::vector<std::string>& choices() const override { return choices_; }
  [[nodiscard]] at::Tensor embeddings(std::span<const std::int32_t> tokens) const override {
    return network_.embeddings(tokens);
  }
  [[nodiscard]] at::Tensor keys_and_values(std::span<const std::int32_t> tokens) const override {
    return network_.keys_and_values(tokens);
  }

 private:
  const Network& network_;
  Json config_;
  std::vector<std::string> choices_;
  std::function<std::vector<std::int32_t>(const std::string&)> encode_;
};

models::Activation parse_activation(const std::string& name) {
  if (name == "relu") return models::Activation::relu;
  if (name == "silu") return models::Activation::silu;
  if (name == "gelu") return models::Activation::gelu;
  if (name == "gelu_tanh") return models::Activation::gelu_tanh;
  throw BadInput("'" + name + "' is no activation; relu, silu, gelu and gelu_tanh are");
}

/// A perplexity of the known text that rose by this factor is called forgetting.
constexpr double kForgettingFactor = 1.5;

/// One fine-tuning run: the network and what the strategy added to it.
class Run final : public sdk::TrainedState {
 public:
  Run(const std::filesystem::path& folder, const sdk::FineTuning& tuning, const TrainingSettings& settings,
      const TrainingCallbacks& callbacks, std::span<const TrainingExample> known)
      : folder_(folder),
        settings_(settings),
        network_(models::ModelConfig::read(folder), parse_dtype(settings.dtype)),
        added_(parse_dtype(settings.dtype)),
        model_(network_, settings, callbacks) {
    network_.allocate();
    const models::ModelWeights weights = models::ModelWeights::open(folder, network_.config());
    if (settings.adapter.empty()) {
      network_.load(weights);
    } else {
      const models::AdapterWeights adapter = models::read_adapter(settings.adapter, network_.config());
      network_.load(weights, &adapter);
    }
    if (!known.empty()) known_loss_before_ = mean_loss(network_, known);
    enter(tuning.adapt(model_, settings.seed));
  }

  TrainingReport train(const TrainingRows& rows, const TrainingCallbacks& callbacks,
                       const std::function<std::filesystem::path()>& save) {
    TrainingReport report = TrainingLoop(network_, added_, settings_, rows, callbacks, save).run();
    report.trained_parameters = network_.base().trained() + added_.trained();
    report.total_parameters = network_.base().size() + added_.size();
    return report;
  }

  /// How the text that the model knew fares with the weights as they are.
  void look_back(std::span<const TrainingExample> known, TrainingReport& report) {
    if (known.empty()) return;
    report.known_loss_before = known_loss_before_;
    report.known_loss = mean_loss(network_, known);
    if (report.known_loss > known_loss_before_ + std::log(kForgettingFactor)) {
      report.warnings.push_back(
          {"forgetting", fmt::format("a token of the known text costs {:.3g} after training, {:.3g} before",
                                     report.known_loss, known_loss_before_)});
    }
  }

  // sdk::TrainedState
  [[nodiscard]] const sdk::TrainableModel& model() const override { return model_; }
  [[nodiscard]] at::Tensor tensor(const std::string& name) const override {
    return (added_.contains(name) ? added_ : network_.base()).master(name).clone();
  }
  void write_tensors(const std::filesystem::path& file,
                     const std::map<std::string, at::Tensor>& tensors) const override {
    save_tensors(file, tensors);
  }
  void write_json(const std::filesystem::path& file, const Json& json) const override { save_json(file, json); }
  void write_model(const std::filesystem::path& folder) const override {
    save_model(folder, network_, settings_.dtype == "f64" ? "f64" : "f32");
    models::copy_tokenizer(folder_, folder);
  }

 private:
  void enter(const sdk::Adaptation& adaptation);
  [[nodiscard]] at::Tensor leaf(const std::string& name) const;
  void attach(const sdk::WholeWeight& site);
  void attach(const sdk::LowRankDelta& site);
  void attach(const sdk::Scaling& site);
  void attach(const sdk::PrefixKeysAndValues& site);
  void attach(const sdk::PrefixEmbeddings& site);
  void attach(const sdk::ResidualModule& site);

  std::filesystem::path folder_;
  TrainingSettings settings_;
  Network network_;
  FlatParameters added_;
  std::map<std::string, std::size_t> leaves_;  // of added_, by name
  std::vector<std::string> whole_;             // the model's own tensors that train
  Model model_;
  double known_loss_before_ = kNotMeasured;
};

/// A folder beside another, gone when this is.
class Beside {
 public:
  explicit Beside(const std::filesystem::path& folder) : path_(folder.string() + ".selecting") {}
  ~Beside() {
    std::error_code ignored;  // the bundle that it lies in goes or is committed without it
    std::filesystem::remove_all(path_, ignored);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void Run::enter(const sdk::Adaptation& adaptation) {
  for (const sdk::TrainedTensor& tensor : adaptation.tensors) {
    if (leaves_.contains(tensor.name)) throw Error("the strategy adds two tensors called '" + tensor.name + "'");
    leaves_[tensor.name] = added_.add(
        {{.name = tensor.name, .shape = tensor.initial.sizes().vec(), .trains = true, .decays = tensor.decays}});
  }
  added_.allocate();
  for (const sdk::TrainedTensor& tensor : adaptation.tensors) added_.master(tensor.name).copy_(tensor.initial);
  added_.round();
  for (const sdk::Site& site : adaptation.sites) {
    std::visit([this](const auto& one) { attach(one); }, site);
  }
  network_.train_base(whole_);
  if (added_.trained() + network_.base().trained() == 0) throw BadInput("the strategy trains nothing on this model");
}

at::Tensor Run::leaf(const std::string& name) const {
  const auto found = leaves_.find(name);
  if (found == leaves_.end()) throw Error("a site reads the tensor '" + name + "', which the strategy does not add");
  return added_.leaf(found->second);
}

void Run::attach(const sdk::WholeWeight& site) { whole_.push_back(site.parameter); }

void Run::attach(const sdk::LowRankDelta& site) {
  const at::Tensor magnitude = site.magnitude.empty() ? at::Tensor() : leaf(site.magnitude);
  network_.attach({site.module, leaf(site.a), leaf(site.b), site.scale, site.dropout, magnitude});
}

void Run::attach(const sdk::Scaling& site) {
  network_.attach(ScalingSite{site.module, leaf(site.factors), site.input});
}

void Run::attach(const sdk::PrefixKeysAndValues& site) {
  PrefixSite prefix{leaf(site.values), std::nullopt};
  if (const auto& net = site.through)
    prefix.through = {leaf(net->in_weight), leaf(net->in_bias), leaf(net->out_weight), leaf(net->out_bias)};
  network_.attach(std::move(prefix));
}

void Run::attach(const sdk::PrefixEmbeddings& site) { network_.attach_prompt(leaf(site.values)); }

void Run::attach(const sdk::ResidualModule& site) {
  network_.attach(
      site.layer, site.after_attention,
      {leaf(site.down), leaf(site.down_bias), leaf(site.up), leaf(site.up_bias), parse_activation(site.activation)});
}

}  // namespace

TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                         std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                         const TrainingSettings& settings, const std::filesystem::path& out_folder,
                         const TrainingCallbacks& callbacks, std::span<const TrainingExample> known) {
  const auto* tuning = dynamic_cast<const sdk::FineTuning*>(&strategy);
  if (tuning == nullptr) {
    throw BadInput(
        "the strategy declares that it trains but does not implement assay::sdk::FineTuning "
        "(assay/torch/fine_tuning.h)");
  }
  at::set_num_threads(settings.threads);
  keep_memory();
  Run run(model_folder, *tuning, settings, callbacks, known);
  const Beside beside(out_folder);
  TrainingReport report = run.train({train, validation}, callbacks, [&] {
    std::filesystem::remove_all(beside.path());
    std::filesystem::create_directories(beside.path());
    tuning->save(run, beside.path());
    return beside.path();
  });
  run.look_back(known, report);
  std::filesystem::create_directories(out_folder);
  tuning->save(run, out_folder);
  return report;
}

}  // namespace assay::train
