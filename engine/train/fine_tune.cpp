#include "train/fine_tune.h"

#include <ATen/Parallel.h>
#include <assay/sdk/error.h>
#include <assay/sdk/strategy.h>
#include <assay/torch/fine_tuning.h>

#include "models/model_weights.h"
#include "train/dtype.h"
#include "train/loop.h"
#include "train/network.h"
#include "train/saving.h"

namespace assay::train {
namespace {

class Model final : public sdk::TrainableModel {
 public:
  Model(const Network& network) : network_(network), config_(network.config().to_json()) {}
  [[nodiscard]] const Json& config() const override { return config_; }
  [[nodiscard]] std::vector<sdk::LinearModule> linear_modules() const override { return network_.linear_modules(); }
  [[nodiscard]] std::vector<std::string> parameters() const override {
    std::vector<std::string> names;
    for (const Slot& slot : network_.base().slots()) names.push_back(slot.name);
    return names;
  }
  [[nodiscard]] at::Tensor parameter(const std::string& name) const override { return network_.base().master(name).clone(); }

 private:
  const Network& network_;
  Json config_;
};

/// One fine-tuning run: the network and what the strategy added to it.
class Run final : public sdk::TrainedState {
 public:
  Run(const std::filesystem::path& folder, const sdk::FineTuning& tuning, const TrainingSettings& settings)
      : folder_(folder),
        settings_(settings),
        network_(models::ModelConfig::read(folder), parse_dtype(settings.dtype)),
        added_(parse_dtype(settings.dtype)),
        model_(network_) {
    network_.allocate();
    network_.load(models::ModelWeights::open(folder, network_.config()));
    enter(tuning.adapt(model_, settings.seed));
  }

  TrainingReport train(std::span<const TrainingExample> examples, std::span<const TrainingExample> validation,
                       const TrainingCallbacks& callbacks) {
    return TrainingLoop(network_, added_, settings_).run(examples, validation, callbacks);
  }

  // sdk::TrainedState
  [[nodiscard]] const sdk::TrainableModel& model() const override { return model_; }
  [[nodiscard]] at::Tensor tensor(const std::string& name) const override {
    return (added_.contains(name) ? added_ : network_.base()).master(name).clone();
  }
  void write_tensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors) const override {
    save_tensors(file, tensors);
  }
  void write_json(const std::filesystem::path& file, const Json& json) const override { save_json(file, json); }
  void write_model(const std::filesystem::path& folder) const override {
    save_model(folder, network_, settings_.dtype == "f64" ? "f64" : "f32");
    copy_tokenizer(folder_, folder);
  }

 private:
  void enter(const sdk::Adaptation& adaptation);

  std::filesystem::path folder_;
  TrainingSettings settings_;
  Network network_;
  FlatParameters added_;
  Model model_;
};

void Run::enter(const sdk::Adaptation& adaptation) {
  std::map<std::string, std::size_t> leaves;
  for (const sdk::TrainedTensor& tensor : adaptation.tensors) {
    if (leaves.contains(tensor.name)) throw Error("the strategy adds two tensors called '" + tensor.name + "'");
    leaves[tensor.name] = added_.add({{.name = tensor.name, .shape = tensor.initial.sizes().vec(), .trains = true, .decays = tensor.decays}});
  }
  added_.allocate();
  for (const sdk::TrainedTensor& tensor : adaptation.tensors) added_.master(tensor.name).copy_(tensor.initial);
  added_.round();

  std::vector<std::string> whole;
  const auto leaf = [&](const std::string& name) {
    const auto found = leaves.find(name);
    if (found == leaves.end()) throw Error("a site reads the tensor '" + name + "', which the strategy does not add");
    return added_.leaf(found->second);
  };
  for (const sdk::Site& site : adaptation.sites) {
    if (const auto* weight = std::get_if<sdk::WholeWeight>(&site)) whole.push_back(weight->parameter);
    if (const auto* delta = std::get_if<sdk::LowRankDelta>(&site)) {
      network_.attach({delta->module, leaf(delta->a), leaf(delta->b), delta->scale, delta->dropout});
    }
  }
  network_.train_base(whole);
  if (added_.trained() + network_.base().trained() == 0) throw BadInput("the strategy trains nothing on this model");
}

}  // namespace

TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                         std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                         const TrainingSettings& settings, const std::filesystem::path& out_folder,
                         const TrainingCallbacks& callbacks) {
  const auto* tuning = dynamic_cast<const sdk::FineTuning*>(&strategy);
  if (tuning == nullptr) {
    throw BadInput("the strategy declares that it trains but does not implement assay::sdk::FineTuning (assay/torch/fine_tuning.h)");
  }
  at::set_num_threads(settings.threads);
  keep_memory();
  Run run(model_folder, *tuning, settings);
  TrainingReport report = run.train(train, validation, callbacks);
  std::filesystem::create_directories(out_folder);
  tuning->save(run, out_folder);
  return report;
}

}  // namespace assay::train
