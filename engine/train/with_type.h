#pragma once
#include <assay/sdk/error.h>
#include <c10/core/ScalarType.h>

#include "train/kernels.h"

namespace assay::train {

/// Calls `body` with a value of the kernels' element type that stands for `type`.
template <class Body>
void with_type(at::ScalarType type, Body body) {
  switch (type) {
    case at::kBFloat16:
      return body(bfloat16{});
    case at::kFloat:
      return body(float{});
    case at::kDouble:
      return body(double{});
    default:
      throw Error("training computes in f32, f64 or bf16, not in another type");
  }
}

}  // namespace assay::train
