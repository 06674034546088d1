#pragma once
#include "run/stage.h"

namespace assay::run {

/// An adapt stage whose training is a job at the model's provider: state.json names the tuned model and its checkpoints.
void fine_tune_remotely(StageWork&, const plan::PartJob&);

/// The model that a stage asks: the job's, and where one of its parts was trained at the provider, what came of it.
/// @throws UnsupportedModel where the checkpoint that is wanted was not kept
plan::ModelJob asked_model(const StageWork&);

}  // namespace assay::run
