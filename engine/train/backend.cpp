#include "train/backend.h"

#include <torch/version.h>

#include "train/fine_tune.h"
#include "train/pretraining.h"

namespace assay::train {
namespace {

class TorchBackend final : public Backend {
 public:
  [[nodiscard]] const char* torch_version() const override { return TORCH_VERSION; }
  PretrainSettings pretrain_settings(const Json& training) const override { return PretrainSettings::parse(training); }
  [[nodiscard]] TrainingSettings settings(const Json& params) const override {
    return TrainingSettings::from_params(params);
  }

  TrainingReport fine_tune(const std::filesystem::path& model_folder, const sdk::Strategy& strategy,
                           std::span<const TrainingExample> train, std::span<const TrainingExample> validation,
                           const TrainingSettings& settings, const std::filesystem::path& out_folder,
                           const TrainingCallbacks& callbacks, std::span<const TrainingExample> known) override {
    return train::fine_tune(model_folder, strategy, train, validation, settings, out_folder, callbacks, known);
  }

  PretrainReport pretrain(const models::ModelConfig& config, DocumentSource& source, std::int32_t eos,
                          const PretrainSettings& settings, const std::filesystem::path& out,
                          const PretrainCallbacks& callbacks) override {
    return train::pretrain(config, source, eos, settings, out, callbacks);
  }
};

}  // namespace
}  // namespace assay::train

extern "C" __attribute__((visibility("default"))) assay::train::Backend* assay_torch_backend() {
  static assay::train::TorchBackend backend;
  return &backend;
}
