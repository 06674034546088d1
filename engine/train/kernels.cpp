#include "train/kernels.h"

namespace assay::train {

namespace baseline {
template <class T>
const Kernels<T>& table();
}
namespace avx2 {
template <class T>
const Kernels<T>& table();
}
namespace avx512 {
template <class T>
const Kernels<T>& table();
}

template <class T>
const Kernels<T>* kernels(std::string_view instruction_set) {
#ifdef __x86_64__
  if (instruction_set == "avx512") {
    const bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bf16");
    return runs ? &avx512::table<T>() : nullptr;
  }
  if (instruction_set == "avx2") {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2::table<T>() : nullptr;
  }
#endif
  return instruction_set == "baseline" ? &baseline::table<T>() : nullptr;
}

template <class T>
const Kernels<T>& kernels() {
  static const Kernels<T>& best = []() -> const Kernels<T>& {
    for (const char* name : {"avx512", "avx2"}) {
      if (const Kernels<T>* found = kernels<T>(name)) return *found;
    }
    return *kernels<T>("baseline");
  }();
  return best;
}

template const Kernels<bfloat16>& kernels<bfloat16>();
template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();
template const Kernels<bfloat16>* kernels<bfloat16>(std::string_view);
template const Kernels<float>* kernels<float>(std::string_view);
template const Kernels<double>* kernels<double>(std::string_view);

}  // namespace assay::train
