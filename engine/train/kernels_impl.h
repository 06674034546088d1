// Compiled once for each instruction set; ASSAY_ISA names the namespace. No pragma once and no inline functions of the
// standard library: a symbol shared between the builds could carry instructions that another CPU lacks.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "train/kernels.h"

namespace assay::train::ASSAY_ISA {

using std::int32_t;
using std::int64_t;
using std::uint32_t;

inline float widen(bfloat16 x) { return __builtin_bit_cast(float, uint32_t{x.bits} << 16); }
inline float widen(float x) { return x; }
inline double widen(double x) { return x; }

inline uint32_t rounded_bits(float x) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, x);
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
inline void narrow(float x, bfloat16& out) { out.bits = static_cast<std::uint16_t>(rounded_bits(x)); }
inline void narrow(float x, float& out) { out = x; }
inline void narrow(double x, double& out) { out = x; }

/// e^x to about one unit in the last place: a range reduction by log 2 and a polynomial, free of branches.
inline float exponential(float x) {
  x = x < -87.0F ? -87.0F : (x > 88.0F ? 88.0F : x);
  const float n = __builtin_rintf(x * 1.44269504F);
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * __builtin_bit_cast(float, (static_cast<int32_t>(n) + 127) << 23);
}
inline double exponential(double x) { return ::exp(x); }
inline float logarithm(float x) { return ::logf(x); }
inline double logarithm(double x) { return ::log(x); }
inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

/// Memory of one call, aligned for vectors.
template <class E>
class Scratch {
 public:
  explicit Scratch(int64_t size) : data_(static_cast<E*>(::aligned_alloc(64, (size * sizeof(E) + 127) / 64 * 64))) {
    if (data_ == nullptr) ::abort();
  }
  ~Scratch() { ::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  E* get() { return data_; }

 private:
  E* data_;
};

template <class T, class A = typename Accumulate<T>::type>
void add_rms_norm(const A* x, const T* delta, const T* weight, int64_t rows, int64_t width, A epsilon, A* sum, T* out,
                  A* inverse) {
  for (int64_t r = 0; r < rows; ++r, x += width, sum += width, out += width) {
    A squares = 0;
    if (delta != nullptr) {
#pragma omp simd reduction(+ : squares)
      for (int64_t i = 0; i < width; ++i) {
        const A v = x[i] + widen(delta[i]);
        sum[i] = v;
        squares += v * v;
      }
      delta += width;
    } else {
#pragma omp simd reduction(+ : squares)
      for (int64_t i = 0; i < width; ++i) {
        sum[i] = x[i];
        squares += x[i] * x[i];
      }
    }
    const A scale = A(1) / root(squares / static_cast<A>(width) + epsilon);
    inverse[r] = scale;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) narrow(sum[i] * scale * widen(weight[i]), out[i]);
  }
}

template <class T, class A = typename Accumulate<T>::type>
void add_rms_norm_backward(const A* grad_sum, const T* grad_out, const A* sum, const A* inverse, const T* weight,
                           int64_t rows, int64_t width, A* grad_x, T* grad_delta, A* grad_weight) {
  for (int64_t r = 0; r < rows; ++r, grad_out += width, sum += width, grad_x += width) {
    const A scale = inverse[r];
    A dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int64_t i = 0; i < width; ++i) {
      const A g = widen(grad_out[i]);
      const A normed = sum[i] * scale;
      grad_weight[i] += g * normed;
      dot += g * widen(weight[i]) * normed;
    }
    const A share = dot / static_cast<A>(width);
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      grad_x[i] = scale * (widen(grad_out[i]) * widen(weight[i]) - sum[i] * scale * share);
    }
    if (grad_sum != nullptr) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) grad_x[i] += grad_sum[i];
      grad_sum += width;
    }
    if (grad_delta != nullptr) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) narrow(grad_x[i], grad_delta[i]);
      grad_delta += width;
    }
  }
}

template <class T, class A = typename Accumulate<T>::type>
void swiglu(const T* gate_up, int64_t rows, int64_t width, T* out) {
  for (int64_t r = 0; r < rows; ++r, gate_up += 2 * width, out += width) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const A gate = widen(gate_up[i]);
      narrow(gate / (A(1) + exponential(-gate)) * widen(gate_up[width + i]), out[i]);
    }
  }
}

template <class T, class A = typename Accumulate<T>::type>
void swiglu_backward(const T* gate_up, const T* grad_out, int64_t rows, int64_t width, T* grad) {
  for (int64_t r = 0; r < rows; ++r, gate_up += 2 * width, grad_out += width, grad += 2 * width) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const A gate = widen(gate_up[i]);
      const A g = widen(grad_out[i]);
      const A sigmoid = A(1) / (A(1) + exponential(-gate));
      narrow(g * widen(gate_up[width + i]) * sigmoid * (A(1) + gate * (A(1) - sigmoid)), grad[i]);
      narrow(g * gate * sigmoid, grad[width + i]);
    }
  }
}

template <class T, class A = typename Accumulate<T>::type>
void cross_entropy(T* logits, const int32_t* targets, const float* weights, int64_t rows, int64_t vocabulary,
                   A grad_scale, A* losses) {
  Scratch<A> scratch(vocabulary);
  A* e = scratch.get();
  for (int64_t r = 0; r < rows; ++r, logits += vocabulary) {
    if (weights[r] == 0.0F) {
      losses[r] = 0;
      if (grad_scale != 0) ::memset(static_cast<void*>(logits), 0, vocabulary * sizeof(T));
      continue;
    }
    A top = widen(logits[0]);
#pragma omp simd reduction(max : top)
    for (int64_t i = 0; i < vocabulary; ++i) {
      const A v = widen(logits[i]);
      top = v > top ? v : top;
    }
    A total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < vocabulary; ++i) {
      e[i] = exponential(widen(logits[i]) - top);
      total += e[i];
    }
    const A weight = static_cast<A>(weights[r]);
    losses[r] = weight * (logarithm(total) + top - widen(logits[targets[r]]));
    if (grad_scale == 0) continue;
    const A scale = weight * grad_scale;
    e[targets[r]] -= total;
    const A share = scale / total;
#pragma omp simd
    for (int64_t i = 0; i < vocabulary; ++i) narrow(e[i] * share, logits[i]);
  }
}

template <class T, class A = typename Accumulate<T>::type>
void embed(const T* table, const int32_t* ids, int64_t rows, int64_t width, A* out) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < width; ++i) out[r * width + i] = widen(table[ids[r] * width + i]);
  }
}

template <class A>
void embed_backward(const A* grad, const int32_t* ids, int64_t rows, int64_t width, A* grad_table) {
  for (int64_t r = 0; r < rows; ++r) {
    A* to = grad_table + ids[r] * width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) to[i] += grad[r * width + i];
  }
}

template <class T, class A = typename Accumulate<T>::type>
void accumulate(const T* part, int64_t size, A* total) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) total[i] += widen(part[i]);
}

template <class A>
double sum_of_squares(const A* values, int64_t size) {
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < size; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return total;
}

template <class T, class A = typename Accumulate<T>::type>
void adamw(const AdamWStep<A>& s, const A* gradient, int64_t size, A* master, A* mean, A* variance, T* copy) {
  const AdamWStep<A> step = s;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const A g = gradient[i] * step.gradient_scale;
    const A m = step.beta1 * mean[i] + (A(1) - step.beta1) * g;
    const A v = step.beta2 * variance[i] + (A(1) - step.beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    const A p = master[i] * step.decay - step.step * m / (root(v) * step.inverse_root + step.epsilon);
    master[i] = p;
    narrow(p, copy[i]);
  }
}

template <class T, class A = typename Accumulate<T>::type>
void sgd(const SgdStep<A>& s, const A* gradient, int64_t size, A* master, A* velocity, T* copy) {
  const SgdStep<A> step = s;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const A v = step.momentum * velocity[i] + (gradient[i] * step.gradient_scale + step.decay * master[i]);
    velocity[i] = v;
    const A p = master[i] - step.step * v;
    master[i] = p;
    narrow(p, copy[i]);
  }
}

template <class T, class A = typename Accumulate<T>::type>
void round_to(const A* from, int64_t size, T* to) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) narrow(from[i], to[i]);
}

}  // namespace assay::train::ASSAY_ISA

#include "train/attention_impl.h"

namespace assay::train::ASSAY_ISA {

template <class T>
const Kernels<T>& table() {
  using A = typename Accumulate<T>::type;
  static const Kernels<T> all = {ASSAY_ISA_NAME,
                                 &add_rms_norm<T>,
                                 &add_rms_norm_backward<T>,
                                 &swiglu<T>,
                                 &swiglu_backward<T>,
                                 &attention<T>,
                                 &attention_backward<T>,
                                 &cross_entropy<T>,
                                 &embed<T>,
                                 &embed_backward<A>,
                                 &accumulate<T>,
                                 &sum_of_squares<A>,
                                 &adamw<T>,
                                 &sgd<T>,
                                 &round_to<T>};
  return all;
}
template const Kernels<bfloat16>& table<bfloat16>();
template const Kernels<float>& table<float>();
template const Kernels<double>& table<double>();

}  // namespace assay::train::ASSAY_ISA
