#pragma once
#include <assay/sdk/metric.h>

#include <vector>

namespace metric_text {

/// Probabilities of an example's choices: what contextual_calibration left in details.calibrated, else the softmax of
/// the choices' scores; empty where there are neither. @throws BadInput naming the example where one is no number.
std::vector<double> choice_probabilities(const assay::sdk::Prediction& prediction);

}  // namespace metric_text
