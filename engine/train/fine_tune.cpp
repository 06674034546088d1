#include "train/fine_tune.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <assay/sdk/strategy.h>
#include <assay/torch/fine_tuning.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/model_weights.h"
#include "train/batches.h"
#include "train/dtype.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/saving.h"
#include "train/schedule.h"

namespace assay::train {
namespace {

/// Rows that pass through the network at once; bounds memory, never the result of a batch beyond rounding.
constexpr std::int64_t kRowsAtOnce = 4096;

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

/// One fine-tuning run: the network, what the strategy added to it, and the loop.
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
                       const TrainingCallbacks& callbacks);

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
  [[nodiscard]] double validate(std::span<const TrainingExample> examples);
  double step(std::span<const TrainingExample> examples, std::span<const std::size_t> order, AdamW& optimizer,
              std::int64_t number, double rate, TrainingReport& report);

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

double Run::validate(std::span<const TrainingExample> examples) {
  const at::NoGradGuard no_gradients;
  network_.set_dropout_key(0);
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  double loss = 0, weight = 0;
  for (const Batch& piece : pieces(examples, order, kRowsAtOnce)) {
    loss += network_.loss(piece, 1).item<double>();
    weight += total_weight(piece);
  }
  return loss / weight;
}

double Run::step(std::span<const TrainingExample> examples, std::span<const std::size_t> order, AdamW& optimizer,
                 std::int64_t number, double rate, TrainingReport& report) {
  const std::vector<Batch> parts = pieces(examples, order, kRowsAtOnce);
  double weight = 0, loss = 0;
  for (const Batch& part : parts) weight += total_weight(part);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    network_.set_dropout_key(sdk::Random(settings_.seed, "dropout", static_cast<std::uint64_t>(number), i).next() | 1);
    const at::Tensor share = network_.loss(parts[i], weight);
    loss += share.item<double>();
    share.backward();
    optimizer.accumulate();
    report.tokens += static_cast<std::int64_t>(parts[i].tokens.size());
  }
  if (!std::isfinite(loss)) {
    throw Error("training diverged at step " + std::to_string(number + 1) + ": the loss is no longer a number; lower learning_rate");
  }
  optimizer.step(rate);
  return loss;
}

TrainingReport Run::train(std::span<const TrainingExample> examples, std::span<const TrainingExample> validation,
                          const TrainingCallbacks& callbacks) {
  const auto start = std::chrono::steady_clock::now();
  check(examples, "training", network_.config());
  check(validation, "validation", network_.config());
  if (examples.empty()) throw BadInput("fine-tuning needs at least one training example");

  AdamW optimizer({&network_.base(), &added_}, {.beta1 = settings_.beta1,
                                               .beta2 = settings_.beta2,
                                               .epsilon = settings_.epsilon,
                                               .weight_decay = settings_.weight_decay,
                                               .clip_norm = settings_.clip_norm});
  const std::size_t per_step = static_cast<std::size_t>(settings_.batch_size) * static_cast<std::size_t>(settings_.gradient_accumulation);
  const auto steps_per_epoch = static_cast<std::int64_t>((examples.size() + per_step - 1) / per_step);
  const std::int64_t steps = settings_.max_steps > 0 ? settings_.max_steps : steps_per_epoch * settings_.epochs;
  const Schedule schedule{.kind = Schedule::parse(settings_.schedule),
                          .peak = settings_.learning_rate,
                          .warmup_steps = static_cast<std::int64_t>(std::ceil(settings_.warmup_ratio * static_cast<double>(steps))),
                          .total_steps = steps,
                          .final_share = settings_.final_share};
  const std::int64_t validate_every = settings_.validate_every > 0 ? settings_.validate_every : steps_per_epoch;

  TrainingReport report;
  report.trained_parameters = network_.base().trained() + added_.trained();
  report.total_parameters = network_.base().size() + added_.size();
  report.best_step = steps;
  double best = std::numeric_limits<double>::infinity();
  int worse = 0;
  std::vector<at::Tensor> kept;
  std::vector<std::size_t> order;
  for (std::int64_t number = 0; number < steps; ++number) {
    if (callbacks.stop_requested && callbacks.stop_requested()) throw Stopped("fine-tuning was stopped");
    const std::int64_t in_epoch = number % steps_per_epoch;
    if (in_epoch == 0) order = epoch_order(examples.size(), settings_.seed, static_cast<int>(number / steps_per_epoch));
    const std::size_t first = static_cast<std::size_t>(in_epoch) * per_step;
    const std::span<const std::size_t> batch = std::span(order).subspan(first, std::min(per_step, order.size() - first));
    report.losses.push_back(step(examples, batch, optimizer, number, schedule.at(number), report));
    const std::int64_t done = number + 1;
    if (callbacks.progress) callbacks.progress({{"step", done}, {"steps", steps}, {"loss", report.losses.back()}});
    if (validation.empty() || (done % validate_every != 0 && done != steps)) continue;
    const double loss = validate(validation);
    report.validation.push_back({done, loss});
    if (callbacks.progress) callbacks.progress({{"step", done}, {"validation_loss", loss}});
    if (loss < best) {
      best = loss, worse = 0;
      report.best_step = done;
      kept.clear();
      for (const AdamW::State& state : optimizer.states()) kept.push_back(state.parameters->master().clone());
    } else if (settings_.patience > 0 && ++worse >= settings_.patience) {
      break;
    }
  }
  if (!kept.empty() && settings_.keep_best) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      optimizer.states()[i].parameters->master().copy_(kept[i]);
      optimizer.states()[i].parameters->round();
    }
    report.validation_loss = best;
  } else if (!report.validation.empty()) {
    report.best_step = report.validation.back().step;
    report.validation_loss = report.validation.back().loss;
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace

TrainingSettings TrainingSettings::from_params(const Json& params) {
  TrainingSettings s;
  const auto read = [&](const char* key, auto& value) {
    if (!params.contains(key) || params.at(key).is_null()) return;
    try {
      params.at(key).get_to(value);
    } catch (const Json::exception&) {
      throw BadInput("parameter '" + std::string(key) + "' has the wrong type: " + params.at(key).dump());
    }
  };
  read("learning_rate", s.learning_rate), read("epochs", s.epochs), read("max_steps", s.max_steps);
  read("batch_size", s.batch_size), read("gradient_accumulation", s.gradient_accumulation);
  read("warmup_ratio", s.warmup_ratio), read("schedule", s.schedule), read("final_share", s.final_share);
  read("weight_decay", s.weight_decay), read("beta1", s.beta1), read("beta2", s.beta2), read("epsilon", s.epsilon);
  read("clip_norm", s.clip_norm), read("dtype", s.dtype), read("validate_every", s.validate_every);
  read("patience", s.patience), read("keep_best", s.keep_best);
  if (s.learning_rate <= 0 || s.epochs <= 0 || s.batch_size <= 0 || s.gradient_accumulation <= 0 || s.max_steps < 0) {
    throw BadInput("learning_rate, epochs, batch_size and gradient_accumulation must be above 0");
  }
  Schedule::parse(s.schedule);
  return s;
}

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
