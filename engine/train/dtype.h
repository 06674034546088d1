#pragma once
#include <c10/core/ScalarType.h>

#include <string>

namespace assay::train {

/// f32, bf16 or f64. @throws BadInput naming what is allowed.
at::ScalarType parse_dtype(const std::string& name);

/// Keeps freed memory in the process: a training step frees and asks for the same sizes again and again, and fresh
/// pages from the kernel cost more than the arithmetic on them.
void keep_memory();

}  // namespace assay::train
