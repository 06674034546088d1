#include "train/loop.h"

#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <assay/sdk/random.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/batches.h"
#include "train/schedule.h"
#include "train/update_plan.h"

namespace assay::train {
namespace {

/// Rows that pass through the network at once; bounds memory, never the result of a batch beyond rounding.
constexpr std::int64_t kRowsAtOnce = 4096;

/// Rows of each split that are compared after training, at most.
constexpr std::size_t kComparedRows = 256;
/// Training rows that are looked at before and after training where there is nothing to compare them with.
constexpr std::size_t kSampledRows = 64;

constexpr std::size_t kDivergenceWindow = 5;
constexpr double kDivergenceFactor = 1.5;
/// What the kept weights may lose on the sample of training rows: so many times what was lost before training, plus this.
constexpr double kWorseFactor = 1.25, kWorseNats = 0.5;
/// A gradient of exactly zero at a loss above this: values overflowed on the way, and norms hid it.
constexpr double kLearnt = 1e-3;

/// A training loss at least so much (nats a token) and so many times lower than validation's is called overfitting.
constexpr double kOverfittingGap = 0.1;
constexpr double kOverfittingFactor = 1.5;

/// Checkpoints by time take at most this share of it.
constexpr double kCheckpointShare = 0.05;

OptimizerSettings optimizer_settings(const TrainingSettings& s) {
  return {.kind = OptimizerSettings::parse(s.optimizer),
          .momentum = s.momentum,
          .beta1 = s.beta1,
          .beta2 = s.beta2,
          .epsilon = s.epsilon,
          .weight_decay = s.weight_decay,
          .clip_norm = s.clip_norm};
}

/// "2.31, 2.9, …, 310": the way of the loss in a dozen numbers, the last four whole.
std::string curve_text(const std::vector<double>& losses) {
  constexpr std::size_t shown = 12, last = 4;
  std::string text;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const std::size_t stride = losses.size() <= shown ? 1 : (losses.size() - last + shown - last - 1) / (shown - last);
    if (i + last < losses.size() && i % stride != 0) continue;
    text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", losses[i]);
  }
  return text;
}

}  // namespace

double mean_loss(Network& network, std::span<const TrainingExample> examples, std::span<const std::size_t> rows) {
  const at::NoGradGuard no_gradients;
  network.set_dropout_key(0);
  double loss = 0, weight = 0;
  for (const Batch& piece : pieces(examples, rows, kRowsAtOnce)) {
    loss += network.loss(piece, 1).item<double>();
    weight += total_weight(piece);
  }
  return loss / weight;
}

double mean_loss(Network& network, std::span<const TrainingExample> examples) {
  std::vector<std::size_t> rows(examples.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return mean_loss(network, examples, rows);
}

TrainingLoop::TrainingLoop(Network& network, FlatParameters& added, const TrainingSettings& settings, TrainingRows rows,
                           const TrainingCallbacks& callbacks, std::function<std::filesystem::path()> save)
    : network_(network),
      settings_(settings),
      rows_(rows),
      callbacks_(callbacks),
      save_(std::move(save)),
      checkpoint_(settings.checkpoint),
      optimizer_({&network.base(), &added}, optimizer_settings(settings)) {
  network_.set_recompute(settings.activation_checkpointing);
  const std::size_t train = rows.train.size(), validation = rows.validation.size();
  const std::size_t wanted = validation > 0 ? std::min(validation, kComparedRows) : kSampledRows;
  sample_ = sample_rows(train, wanted, settings.seed, "training sample");
  validation_sample_ = sample_rows(validation, std::min(wanted, train), settings.seed, "validation sample");
}

void TrainingLoop::say(const Json& progress) const {
  if (callbacks_.progress) callbacks_.progress(progress);
}

double TrainingLoop::seconds() const {
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

void TrainingLoop::check_rows() const {
  check(rows_.train, "training", network_.config());
  check(rows_.validation, "validation", network_.config());
  if (rows_.train.empty()) throw BadInput("fine-tuning needs at least one training example");
  if (!selects_by_score()) return;
  if (rows_.validation.empty()) {
    throw BadInput(
        fmt::format("select: {} needs validation rows; give the dataset `validation` or `validation_fraction`, or "
                    "select by the training's end (keep_best: false)",
                    settings_.select));
  }
  if (!callbacks_.score)
    throw BadInput(fmt::format("select: {} needs a metric, and none was handed over", settings_.select));
}

void TrainingLoop::begin() {
  std::string why;
  if (checkpoint_.read(state_, optimizer_, why)) {
    seconds_before_ = state_.seconds;
    say({{"resumed", state_.updates}});
    return;
  }
  if (!why.empty()) say({{"warning", why}});
  state_.first_loss = mean_loss(network_, rows_.train, sample_);
  if (!std::isfinite(state_.first_loss))
    diverged("the loss is no finite number before the first step; the model itself is broken");
}

void TrainingLoop::diverged(const std::string& how) const {
  const std::string curve = state_.losses.empty() ? "" : fmt::format(" (loss by step: {})", curve_text(state_.losses));
  throw Diverged(fmt::format("training diverged at step {} of {}: {}{}; lower learning_rate, which is {:g}",
                             state_.losses.size(), steps_, how, curve, settings_.learning_rate),
                 state_.losses, state_.validation);
}

void TrainingLoop::check_losses(double gradient_norm) const {
  const std::vector<double>& losses = state_.losses;
  if (!std::isfinite(losses.back())) diverged("the loss is no finite number");
  if (!std::isfinite(gradient_norm)) diverged("the gradient's norm is no finite number");
  if (gradient_norm == 0 && losses.back() > kLearnt) diverged("the gradient is zero everywhere, as after an overflow");
  if (losses.size() < kDivergenceWindow) return;
  const double recent = std::accumulate(losses.end() - kDivergenceWindow, losses.end(), 0.0) / kDivergenceWindow;
  const double guessing = std::log(static_cast<double>(network_.config().vocab_size));
  if (recent > kDivergenceFactor * std::max(state_.first_loss, guessing)) {
    diverged(fmt::format(
        "the mean loss of the last {} steps, {:.4g}, is far above the {:.4g} before training and the {:.4g} of "
        "guessing evenly",
        kDivergenceWindow, recent, state_.first_loss, guessing));
  }
}

void TrainingLoop::update(std::span<const std::size_t> examples, double rate) {
  const auto start = Clock::now();
  const std::int64_t at_once = settings_.batch_tokens > 0 ? std::min(settings_.batch_tokens, kRowsAtOnce) : kRowsAtOnce;
  const std::vector<Batch> parts = pieces(rows_.train, examples, at_once);
  const auto number = static_cast<std::uint64_t>(state_.updates);
  double weight = 0, loss = 0;
  for (const Batch& part : parts) weight += total_weight(part);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    network_.set_dropout_key(sdk::Random(settings_.seed, "dropout", number, i).next() | 1);
    const at::Tensor share = network_.loss(parts[i], weight);
    loss += share.item<double>();
    share.backward();
    optimizer_.accumulate();
    state_.tokens += static_cast<std::int64_t>(parts[i].tokens.size());
  }
  state_.losses.push_back(loss);
  check_losses(optimizer_.step(rate));
  ++state_.updates;
  state_.step_seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

double TrainingLoop::score(bool training, std::span<const std::size_t> rows) {
  const Score score = callbacks_.score(save_(), training, rows);
  state_.higher_is_better = score.higher_is_better;
  if (std::isnan(score.value))
    throw Error(
        fmt::format("select: {} has no value on the {} rows", settings_.select, training ? "training" : "validation"));
  return score.value;
}

bool TrainingLoop::better(const ValidationPoint& a, const ValidationPoint& b) const {
  if (selects_by_score() && a.score != b.score) return state_.higher_is_better ? a.score > b.score : a.score < b.score;
  return a.loss < b.loss;
}

std::size_t TrainingLoop::best() const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < state_.validation.size(); ++i) {
    if (better(state_.validation[i], state_.validation[best])) best = i;
  }
  return best;
}

bool TrainingLoop::out_of_patience() const {
  if (settings_.patience == 0 || state_.validation.empty()) return false;
  return state_.validation.size() - 1 - best() >= static_cast<std::size_t>(settings_.patience);
}

void TrainingLoop::validate() {
  ValidationPoint point{.step = state_.updates, .loss = mean_loss(network_, rows_.validation)};
  if (!std::isfinite(point.loss)) diverged("the validation loss is no finite number");
  if (selects_by_score()) {
    std::vector<std::size_t> all(rows_.validation.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    point.score = score(false, all);
  }
  state_.validation.push_back(point);
  Json progress = {{"step", point.step}, {"validation_loss", point.loss}};
  if (selects_by_score()) progress["validation_score"] = point.score;
  say(progress);
  if (!settings_.keep_best || best() + 1 != state_.validation.size()) return;
  state_.kept.clear();
  for (const Optimizer::State& set : optimizer_.states()) state_.kept.push_back(set.parameters->master().clone());
}

bool TrainingLoop::checkpoint_due() const {
  if (!checkpoint_.wanted()) return false;
  if (settings_.checkpoint_every > 0) return state_.updates % settings_.checkpoint_every == 0;
  const double since = std::chrono::duration<double>(Clock::now() - saved_).count();
  return since >= std::max(settings_.checkpoint.seconds, write_seconds_ / kCheckpointShare);
}

void TrainingLoop::write_checkpoint() {
  const auto start = Clock::now();
  state_.seconds = seconds();
  try {
    checkpoint_.write(state_, optimizer_);
  } catch (const Error& error) {
    // The training itself needs no checkpoint; what a kill would cost is for the reader to judge.
    say({{"warning", fmt::format("no checkpoint at step {}: {}", state_.updates, error.what())}});
  }
  saved_ = Clock::now();
  write_seconds_ = std::chrono::duration<double>(saved_ - start).count();
}

void TrainingLoop::restore_best() {
  for (std::size_t i = 0; i < state_.kept.size(); ++i) {
    const Optimizer::State& set = optimizer_.states()[i];
    set.parameters->master().copy_(state_.kept[i]);
    set.parameters->round();
  }
}

void TrainingLoop::compare_splits(TrainingReport& report) {
  report.compared_rows = sample_.size();
  report.first_training_loss = state_.first_loss;
  report.training_loss = mean_loss(network_, rows_.train, sample_);
  if (!(report.training_loss <= kWorseFactor * state_.first_loss + kWorseNats)) {
    diverged(fmt::format(
        "the weights that would be kept lose {:.4g} a token over {} training rows, against {:.4g} before training",
        report.training_loss, sample_.size(), state_.first_loss));
  }
  if (rows_.validation.empty()) return;
  report.compared_validation_loss = mean_loss(network_, rows_.validation, validation_sample_);
  if (!selects_by_score()) return;
  if (callbacks_.scores_training) report.training_score = score(true, sample_);
  report.compared_validation_score =
      validation_sample_.size() == rows_.validation.size() ? report.validation_score : score(false, validation_sample_);
}

void TrainingLoop::judge(TrainingReport& report) const {
  if (rows_.train.size() == 1) report.warnings.push_back({"one_example", "it was trained on a single example"});
  if (settings_.patience > 0 && rows_.validation.empty()) {
    report.warnings.push_back({"no_validation", "`patience` has no effect without validation rows"});
  }
  const double train = report.training_loss, validation = report.compared_validation_loss;
  if (validation > train + kOverfittingGap && validation > kOverfittingFactor * train) {
    report.warnings.push_back(
        {"overfitting", fmt::format("it loses {:.3g} a token on {} validation rows, {:.3g} on as many training rows",
                                    validation, report.compared_rows, train)});
  }
}

TrainingReport TrainingLoop::run() {
  check_rows();
  UpdatePlan plan(rows_.train, settings_);
  steps_ = plan.updates();
  const Schedule schedule{
      .kind = Schedule::parse(settings_.schedule),
      .peak = settings_.learning_rate,
      .warmup_steps = static_cast<std::int64_t>(std::ceil(settings_.warmup_ratio * static_cast<double>(steps_))),
      .total_steps = steps_,
      .final_share = settings_.final_share};
  begin();
  TrainingReport report;
  bool out_of_time = false;
  while (state_.updates < steps_ && !out_of_time && !out_of_patience()) {
    if (callbacks_.stop_requested && callbacks_.stop_requested()) {
      if (checkpoint_.wanted()) write_checkpoint();
      throw Stopped("fine-tuning was stopped");
    }
    const std::int64_t number = state_.updates;
    update(plan.examples(number), schedule.at(number));
    say({{"step", state_.updates}, {"steps", steps_}, {"loss", state_.losses.back()}});
    out_of_time = settings_.max_time > 0 && seconds() >= settings_.max_time;
    const bool due =
        settings_.validate_every > 0 ? state_.updates % settings_.validate_every == 0 : plan.ends_epoch(number);
    if (!rows_.validation.empty() && (due || state_.updates == steps_ || out_of_time)) validate();
    if (checkpoint_due() && state_.updates < steps_) write_checkpoint();
  }
  if (state_.updates < steps_) report.ended = out_of_time ? "time" : "patience";
  report.best_step = state_.updates;
  if (!state_.validation.empty()) {
    if (settings_.keep_best) restore_best();
    const ValidationPoint& saved = settings_.keep_best ? state_.validation[best()] : state_.validation.back();
    report.best_step = saved.step, report.validation_loss = saved.loss, report.validation_score = saved.score;
  }
  compare_splits(report);
  judge(report);
  report.losses = state_.losses;
  report.validation = state_.validation;
  report.tokens = state_.tokens;
  report.step_seconds = state_.step_seconds;
  report.seconds = seconds();
  return report;
}

}  // namespace assay::train
