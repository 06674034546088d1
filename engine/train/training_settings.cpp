#include <assay/sdk/error.h>

#include <cstdlib>

#include "train/backend.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace assay::train {
namespace {

/// Seconds as a number, or "90s", "10m", "1h30m", as `limits.stage_time` has it.
double seconds_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const auto impossible = [&] {
    return BadInput("max_time is a number of seconds or a text like 90s, 10m, 1h30m; it is " + value.dump());
  };
  if (!value.is_string()) throw impossible();
  const auto text = value.get<std::string>();
  double sum = 0;
  for (const char* at = text.c_str(); *at != 0; ++at) {
    char* end = nullptr;
    const double amount = std::strtod(at, &end);
    if (end == at || (*end != 'h' && *end != 'm' && *end != 's')) throw impossible();
    sum += amount * (*end == 'h' ? 3600 : *end == 'm' ? 60 : 1);
    at = end;
  }
  return sum;
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
  read("max_tokens", s.max_tokens), read("batch_size", s.batch_size), read("batch_tokens", s.batch_tokens);
  read("gradient_accumulation", s.gradient_accumulation), read("warmup_ratio", s.warmup_ratio);
  read("schedule", s.schedule), read("final_share", s.final_share), read("optimizer", s.optimizer);
  read("momentum", s.momentum), read("weight_decay", s.weight_decay), read("beta1", s.beta1), read("beta2", s.beta2);
  read("epsilon", s.epsilon), read("clip_norm", s.clip_norm), read("dtype", s.dtype);
  read("validate_every", s.validate_every), read("select", s.select), read("patience", s.patience);
  read("keep_best", s.keep_best), read("activation_checkpointing", s.activation_checkpointing);
  read("checkpoint_every", s.checkpoint_every);
  if (params.contains("max_time") && !params.at("max_time").is_null()) s.max_time = seconds_of(params.at("max_time"));
  if (!(s.learning_rate > 0) || s.epochs <= 0 || s.batch_size <= 0 || s.gradient_accumulation <= 0) {
    throw BadInput("learning_rate, epochs, batch_size and gradient_accumulation must be above 0");
  }
  if (s.max_steps < 0 || s.max_tokens < 0 || s.batch_tokens < 0 || s.max_time < 0 || s.checkpoint_every < 0) {
    throw BadInput("max_steps, max_tokens, max_time, batch_tokens and checkpoint_every must be 0 or above");
  }
  Schedule::parse(s.schedule);
  OptimizerSettings::parse(s.optimizer);
  return s;
}

}  // namespace assay::train
