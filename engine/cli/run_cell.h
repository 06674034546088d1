#pragma once
#include <string>

#include "plan/plan.h"

namespace assay::cli {

/// The cell whose id begins with `wanted`. @throws BadInput, naming the cells, where it is none or not one.
const plan::Cell& find_cell(const plan::Plan& plan, const std::string& wanted);

}  // namespace assay::cli
