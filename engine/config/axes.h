#pragma once
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "config/experiment.h"

namespace assay::config {

/// What several values in a parameter's place ask for.
///   sweep  `{"sweep": […]}`: an axis of the matrix, a cell for each value
///   tune   `{"tune": […]}`: the value that does best on the validation split, a trial for each value in one cell
enum class AxisKind { sweep, tune };

/// All settings of parameters that hold axes of this kind (at any depth), the last axis changing fastest.
std::vector<Json> expand_axes(const Json& params, AxisKind kind = AxisKind::sweep);

/// How many settings axes of both kinds make together, without making them.
double count_settings(const Json& params);

/// The names of the parameters that are axes of this kind or hold some.
std::vector<std::string> axis_names(const Json& params, AxisKind kind = AxisKind::sweep);

/// All settings of an entry's parts, the last axis of the last part changing fastest. Axes of one of the `zips` move
/// together, at the place of the first of them. @throws Error where zipped axes differ in length (read_strategies
/// refuses it).
std::vector<std::vector<StrategySetting>> expand_parts(const std::vector<StrategySetting>& parts,
                                                       const std::vector<std::vector<AxisPlace>>& zips,
                                                       AxisKind kind = AxisKind::sweep);

}  // namespace assay::config
