#include "train/loop.h"

#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <assay/sdk/random.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "train/batches.h"
#include "train/schedule.h"

namespace assay::train {
namespace {

/// Rows that pass through the network at once; bounds memory, never the result of a batch beyond rounding.
constexpr std::int64_t kRowsAtOnce = 4096;

}  // namespace

double TrainingLoop::validate(std::span<const TrainingExample> examples) {
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

double TrainingLoop::step(std::span<const TrainingExample> examples, std::span<const std::size_t> order,
                          AdamW& optimizer, std::int64_t number, double rate, TrainingReport& report) {
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
    throw Error("training diverged at step " + std::to_string(number + 1) +
                ": the loss is no longer a number; lower learning_rate");
  }
  optimizer.step(rate);
  return loss;
}

TrainingReport TrainingLoop::run(std::span<const TrainingExample> examples, std::span<const TrainingExample> validation,
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
  const std::size_t per_step =
      static_cast<std::size_t>(settings_.batch_size) * static_cast<std::size_t>(settings_.gradient_accumulation);
  const auto steps_per_epoch = static_cast<std::int64_t>((examples.size() + per_step - 1) / per_step);
  const std::int64_t steps = settings_.max_steps > 0 ? settings_.max_steps : steps_per_epoch * settings_.epochs;
  const Schedule schedule{
      .kind = Schedule::parse(settings_.schedule),
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
    const std::span<const std::size_t> batch =
        std::span(order).subspan(first, std::min(per_step, order.size() - first));
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

}  // namespace assay::train
