#include "models/local/kernels.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace assay::models {

const Kernels* kernels_named(const char* instruction_set) {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (std::strcmp(instruction_set, "avx512_bf16") == 0) {
    return avx512 && __builtin_cpu_supports("avx512bf16") ? &avx512_bf16::kKernels : nullptr;
  }
  if (std::strcmp(instruction_set, "avx512") == 0) return avx512 ? &avx512::kKernels : nullptr;
  if (std::strcmp(instruction_set, "avx2") == 0) {
    // Every CPU with AVX2 converts half precision too.
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2::kKernels : nullptr;
  }
#endif
  return std::strcmp(instruction_set, "portable") == 0 ? &portable::kKernels : nullptr;
}

const Kernels& kernels() {
  static const Kernels& chosen = []() -> const Kernels& {
    const char* asked = std::getenv("ASSAY_KERNELS");
    if (asked != nullptr) {
      if (const Kernels* found = kernels_named(asked)) return *found;
    }
    for (const char* name : {"avx512_bf16", "avx512", "avx2"}) {
      if (const Kernels* found = kernels_named(name)) return *found;
    }
    return portable::kKernels;
  }();
  return chosen;
}

}  // namespace assay::models
