#pragma once
#include "config/experiment.h"
#include "plan/plan.h"
#include "store/store.h"

namespace assay::run {

/// Dollars that earlier runs of the same plan spent in this results folder: what a run that goes on after a stop or a kill
/// finds spent of its budget. Of remote models by their journal, answers of stages that died included; of others by the
/// attempts' seconds and, of finished stages, tokens.
double earlier_dollars(const config::Experiment&, const plan::Plan&, store::Store&, std::int64_t run);

}  // namespace assay::run
