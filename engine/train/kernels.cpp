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
const Kernels<T>& kernels() {
#ifdef __x86_64__
  static const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                 __builtin_cpu_supports("avx512bf16");
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx512) return avx512::table<T>();
  if (has_avx2) return avx2::table<T>();
#endif
  return baseline::table<T>();
}
template const Kernels<bfloat16>& kernels<bfloat16>();
template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();

}  // namespace assay::train
