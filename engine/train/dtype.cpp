#include "train/dtype.h"

#include <assay/sdk/error.h>
#include <malloc.h>

namespace assay::train {

at::ScalarType parse_dtype(const std::string& name) {
  if (name == "f32") return at::kFloat;
  if (name == "bf16") return at::kBFloat16;
  if (name == "f64") return at::kDouble;
  throw BadInput("dtype '" + name + "' is not one that training computes in: f32, bf16, f64");
}

void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

}  // namespace assay::train
