#include <assay/sdk/error.h>

#include "train/backend.h"
#include "train/schedule.h"

namespace assay::train {

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

}  // namespace assay::train
