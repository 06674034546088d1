// Compiled once for each instruction set, which defines ASSAY_ISA and a vector type `Vec` before including this. No
// inline functions of the standard library: a symbol shared between the builds could carry instructions that another
// CPU lacks.
#include <math.h>
#include <stdint.h>

#include "models/local/kernels.h"

namespace assay::models::ASSAY_ISA {
namespace {

constexpr int64_t kVectors = 2;  // vectors a panel
constexpr int64_t kPanel = kVectors * Vec::kLanes;
constexpr int64_t kAhead = 48;  // elements of the inner dimension

inline Vec load_panel(const float* from) { return Vec::load(from); }
inline Vec load_panel(const uint16_t* from) { return Vec::load_bf16(from); }
inline Vec load_panel(const Half* from) { return Vec::load_half(from); }
inline Vec load_panel(const int8_t* from) { return Vec::load_int8(from); }
inline Pairs load_panel(const uint32_t* from) { return Pairs::load(from); }
inline Vec spread(float x) { return Vec::broadcast(x); }
inline Pairs spread(uint32_t pair) { return Pairs::broadcast(pair); }

/// R rows by P panels kept in registers while the inner dimension runs. A is what a row holds, T what a panel does.
template <int R, int P, bool Scattered = false, class A, class T>
inline void tile(const PanelProduct& s, const A* rows, const T* panels, float* out) {
  using B = decltype(load_panel(panels));
  Vec sum[R][P * kVectors];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < P * kVectors; ++v) {
      sum[r][v] = s.accumulate ? Vec::load(out + r * s.row_stride_out + v * Vec::kLanes) : Vec::zero();
    }
  }
  // Where panels lie one behind the other the next group comes next, else the rows below.
  const int64_t ahead = s.panel_stride > s.row_stride ? P * s.panel_stride : kAhead * s.row_stride;
  for (int64_t k = 0; k < s.depth; ++k) {
    B b[P * kVectors];
    if constexpr (Scattered) {
      for (int p = 0; p < P; ++p) __builtin_prefetch(panels + p * s.panel_stride + k * s.row_stride + ahead);
    }
    for (int p = 0; p < P; ++p) {
      for (int v = 0; v < kVectors; ++v) {
        b[p * kVectors + v] = load_panel(panels + p * s.panel_stride + k * s.row_stride + v * Vec::kLanes);
      }
    }
    for (int r = 0; r < R; ++r) {
      const auto a = spread(rows[r * s.row_stride_in + k]);
      for (int v = 0; v < P * kVectors; ++v) sum[r][v] = B::multiply_add(a, b[v], sum[r][v]);
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < P * kVectors; ++v) sum[r][v].store(out + r * s.row_stride_out + v * Vec::kLanes);
  }
}

/// R rows over all panels, P at a time.
template <int R, int P, bool Scattered = false, class A, class T>
inline void strip(const PanelProduct& s, const A* rows, const T* panels, float* out) {
  int64_t p = 0;
  for (; p + P <= s.panel_count; p += P) tile<R, P, Scattered>(s, rows, panels + p * s.panel_stride, out + p * kPanel);
  // Two panels at a time keep twice the sums in flight, which is what one row waits for.
  if constexpr (P > 2) {
    for (; p + 2 <= s.panel_count; p += 2)
      tile<R, 2, Scattered>(s, rows, panels + p * s.panel_stride, out + p * kPanel);
  }
  if constexpr (P > 1) {
    for (; p < s.panel_count; ++p) tile<R, 1, Scattered>(s, rows, panels + p * s.panel_stride, out + p * kPanel);
  }
}

template <class A, class T>
void product(const PanelProduct& s, const A* all_rows, const T* panels) {
  const int64_t whole = s.row_count / kRows * kRows;
  if (whole > 0) {
    for (int64_t p = 0; p < s.panel_count; ++p) {
      for (int64_t r = 0; r < whole; r += kRows) {
        tile<kRows, 1>(s, all_rows + r * s.row_stride_in, panels + p * s.panel_stride,
                       s.out + r * s.row_stride_out + p * kPanel);
      }
    }
  }
  const A* rows = all_rows + whole * s.row_stride_in;
  float* out = s.out + whole * s.row_stride_out;
  switch (s.row_count - whole) {
    case 1:
      s.scattered ? strip<1, kWide, true>(s, rows, panels, out) : strip<1, kWide>(s, rows, panels, out);
      break;
    case 2:
      strip<2, kWide>(s, rows, panels, out);
      break;
    case 3:
      strip<3, kMiddle>(s, rows, panels, out);
      break;
    case 4:
      strip<4, kMiddle>(s, rows, panels, out);
      break;
    case 5:
      strip<5, 1>(s, rows, panels, out);
      break;
    case 6:
      strip<6, 1>(s, rows, panels, out);
      break;
    case 7:
      strip<7, 1>(s, rows, panels, out);
      break;
    default:
      break;
  }
}

void product_f32(const PanelProduct& s, const float* panels) { product(s, s.rows, panels); }
void product_bf16(const PanelProduct& s, const uint16_t* panels) { product(s, s.rows, panels); }
void product_half(const PanelProduct& s, const Half* panels) { product(s, s.rows, panels); }
void product_int8(const PanelProduct& s, const int8_t* panels) { product(s, s.rows, panels); }
void product_pairs(const PanelProduct& s, const uint32_t* rows, const uint32_t* panels) { product(s, rows, panels); }

inline uint32_t rounded_half(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  const uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  return (bits & 0x7fffffffU) > 0x7f800000U ? (bits >> 16) | 0x40U : rounded;  // a NaN stays one
}

void round_bf16(const float* x, int64_t width, uint16_t* out) {
  for (int64_t i = 0; i < width; ++i) out[i] = static_cast<uint16_t>(rounded_half(x[i]));
}

void round_pairs(const float* x, int64_t width, uint32_t* out) {
  int64_t i = 0;
  for (; i < width / 2; ++i) out[i] = rounded_half(x[2 * i]) | rounded_half(x[2 * i + 1]) << 16;
  if (width % 2 != 0) out[i] = rounded_half(x[width - 1]);
}

/// `load` reads kLanes numbers of T; `from` may be unaligned.
template <class T, class Load>
inline void widen(const void* from, int64_t width, float* out, Load load) {
  const char* bytes = static_cast<const char*>(from);
  const int64_t whole = width - width % Vec::kLanes, left = width - whole;
  for (int64_t i = 0; i < whole; i += Vec::kLanes) load(reinterpret_cast<const T*>(bytes + 2 * i)).store(out + i);
  if (left == 0) return;
  T rest[Vec::kLanes] = {};
  float wide[Vec::kLanes];
  __builtin_memcpy(rest, bytes + 2 * whole, static_cast<size_t>(2 * left));
  load(rest).store(wide);
  for (int64_t j = 0; j < left; ++j) out[whole + j] = wide[j];
}

void widen_bf16(const void* from, int64_t width, float* out) {
  widen<uint16_t>(from, width, out, [](const uint16_t* x) { return Vec::load_bf16(x); });
}
void widen_half(const void* from, int64_t width, float* out) {
  widen<Half>(from, width, out, [](const Half* x) { return Vec::load_half(x); });
}

void round_half(const float* x, int64_t width, Half* out) {
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) Vec::load(x + i).store_half(out + i);
  if (i == width) return;
  float rest[Vec::kLanes] = {};
  Half narrow[Vec::kLanes];
  for (int64_t j = 0; i + j < width; ++j) rest[j] = x[i + j];
  Vec::load(rest).store_half(narrow);
  for (int64_t j = 0; i + j < width; ++j) out[i + j] = narrow[j];
}

float quantize(const float* x, int64_t width, int8_t* out, double* errors) {
  float largest = 0;
  for (int64_t i = 0; i < width; ++i) {
    const float magnitude = __builtin_fabsf(x[i]);
    largest = magnitude > largest ? magnitude : largest;
  }
  const float scale = largest / 127.0F;
  if (scale == 0.0F) {
    for (int64_t i = 0; i < width; ++i) out[i] = 0;
    return scale;
  }
  // In blocks, so that the compiler makes vector code of each loop.
  constexpr int64_t kBlock = 64, kSums = 8;
  double error[kSums] = {}, total[kSums] = {};
  for (int64_t begin = 0; begin < width; begin += kBlock) {
    float whole[kBlock], value[kBlock];
    const int64_t count = width - begin < kBlock ? width - begin : kBlock;
    for (int64_t i = 0; i < count; ++i) value[i] = x[begin + i];
    for (int64_t i = count; i < kBlock; ++i) value[i] = 0;
    for (int64_t i = 0; i < kBlock; ++i) whole[i] = __builtin_rintf(value[i] / scale);
    for (int64_t i = 0; i < count; ++i) out[begin + i] = static_cast<int8_t>(static_cast<int32_t>(whole[i]));
    for (int64_t i = 0; i < kBlock; i += kSums) {
      for (int64_t j = 0; j < kSums; ++j) {
        const double given = static_cast<double>(value[i + j]);
        const double off = given - static_cast<double>(whole[i + j]) * static_cast<double>(scale);
        error[j] += off * off;
        total[j] += given * given;
      }
    }
  }
  for (int64_t j = 0; j < kSums; ++j) errors[0] += error[j], errors[1] += total[j];
  return scale;
}

inline float exponential_one(float x) {
  alignas(64) float lanes[Vec::kLanes] = {};
  lanes[0] = x;
  Vec::load(lanes).exponential().store(lanes);
  return lanes[0];
}

void rms_norm(const float* x, const float* weight, int64_t width, float epsilon, float* out) {
  Vec squares = Vec::zero();
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) {
    const Vec v = Vec::load(x + i);
    squares = Vec::multiply_add(v, v, squares);
  }
  float sum = squares.sum();
  for (; i < width; ++i) sum += x[i] * x[i];
  const float inverse = 1.0F / __builtin_sqrtf(sum / static_cast<float>(width) + epsilon);
  const Vec factor = Vec::broadcast(inverse);
  for (i = 0; i + Vec::kLanes <= width; i += Vec::kLanes)
    (Vec::load(x + i) * factor * Vec::load(weight + i)).store(out + i);
  for (; i < width; ++i) out[i] = x[i] * inverse * weight[i];
}

void layer_norm(const float* x, const float* weight, const float* bias, int64_t width, float epsilon, float* out) {
  Vec total = Vec::zero();
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) total = total + Vec::load(x + i);
  float sum = total.sum();
  for (; i < width; ++i) sum += x[i];
  const float mean = sum / static_cast<float>(width);
  const Vec m = Vec::broadcast(mean);
  Vec squares = Vec::zero();
  for (i = 0; i + Vec::kLanes <= width; i += Vec::kLanes) {
    const Vec v = Vec::load(x + i) - m;
    squares = Vec::multiply_add(v, v, squares);
  }
  sum = squares.sum();
  for (; i < width; ++i) sum += (x[i] - mean) * (x[i] - mean);
  const float inverse = 1.0F / __builtin_sqrtf(sum / static_cast<float>(width) + epsilon);
  const Vec factor = Vec::broadcast(inverse);
  for (i = 0; i + Vec::kLanes <= width; i += Vec::kLanes) {
    Vec::multiply_add((Vec::load(x + i) - m) * factor, Vec::load(weight + i), Vec::load(bias + i)).store(out + i);
  }
  for (; i < width; ++i) out[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
}

void add(float* x, const float* y, int64_t width) {
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) (Vec::load(x + i) + Vec::load(y + i)).store(x + i);
  for (; i < width; ++i) x[i] += y[i];
}

void multiply(float* x, const float* y, int64_t width) {
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) (Vec::load(x + i) * Vec::load(y + i)).store(x + i);
  for (; i < width; ++i) x[i] *= y[i];
}

void scale(const float* x, float factor, int64_t width, float* out) {
  const Vec f = Vec::broadcast(factor);
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) (Vec::load(x + i) * f).store(out + i);
  for (; i < width; ++i) out[i] = x[i] * factor;
}

void rotate(float* x, int64_t heads, int64_t head_dim, int64_t rotary_dim, const float* cos, const float* sin) {
  const int64_t half = rotary_dim / 2;
  for (int64_t h = 0; h < heads; ++h, x += head_dim) {
    int64_t i = 0;
    for (; i + Vec::kLanes <= half; i += Vec::kLanes) {
      const Vec a = Vec::load(x + i), b = Vec::load(x + half + i), c = Vec::load(cos + i), s = Vec::load(sin + i);
      (a * c - b * s).store(x + i);
      (b * c + a * s).store(x + half + i);
    }
    for (; i < half; ++i) {
      const float a = x[i], b = x[half + i];
      x[i] = a * cos[i] - b * sin[i];
      x[half + i] = b * cos[i] + a * sin[i];
    }
  }
}

void swiglu(const float* gate, const float* up, int64_t width, float* out) {
  const Vec one = Vec::broadcast(1.0F);
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) {
    const Vec g = Vec::load(gate + i);
    (g / (one + (Vec::zero() - g).exponential()) * Vec::load(up + i)).store(out + i);
  }
  for (; i < width; ++i) out[i] = gate[i] / (1.0F + exponential_one(-gate[i])) * up[i];
}

/// out[i] = function(x[i]), whole vectors at a time, so that an element's bits do not depend on its place.
template <class Function>
inline void each(const float* x, int64_t width, float* out, Function function) {
  int64_t i = 0;
  for (; i + Vec::kLanes <= width; i += Vec::kLanes) function(Vec::load(x + i)).store(out + i);
  if (i == width) return;
  alignas(64) float rest[Vec::kLanes] = {};
  for (int64_t j = i; j < width; ++j) rest[j - i] = x[j];
  function(Vec::load(rest)).store(rest);
  for (int64_t j = i; j < width; ++j) out[j] = rest[j - i];
}

inline Vec sigmoid_times(Vec x, Vec z) { return x / (Vec::broadcast(1.0F) + (Vec::zero() - z).exponential()); }

void silu(const float* x, int64_t width, float* out) {
  each(x, width, out, [](Vec v) { return sigmoid_times(v, v); });
}

void relu(const float* x, int64_t width, float* out) {
  each(x, width, out, [](Vec v) { return Vec::max(v, Vec::zero()); });
}

void gelu_tanh(const float* x, int64_t width, float* out) {
  // (1 + tanh(u)) / 2 = 1 / (1 + e^(-2u))
  each(x, width, out, [](Vec v) {
    const Vec cubed = v * v * v;
    return sigmoid_times(
        v, Vec::multiply_add(cubed, Vec::broadcast(0.0713548162726F), v * Vec::broadcast(1.59576912161F)));
  });
}

void gelu(const float* x, int64_t width, float* out) {
  // Φ(-|x|) = erfc(|x| / √2) / 2 by Abramowitz and Stegun, 7.1.26, and x · Φ(x) = max(x, 0) - |x| · Φ(-|x|).
  each(x, width, out, [](Vec v) {
    const Vec magnitude = Vec::max(v, Vec::zero() - v);
    const Vec t =
        Vec::broadcast(1.0F) / Vec::multiply_add(magnitude, Vec::broadcast(0.23164191F), Vec::broadcast(1.0F));
    Vec p = Vec::broadcast(0.5307027145F);
    p = Vec::multiply_add(p, t, Vec::broadcast(-0.7265760135F));
    p = Vec::multiply_add(p, t, Vec::broadcast(0.7107068705F));
    p = Vec::multiply_add(p, t, Vec::broadcast(-0.142248368F));
    p = Vec::multiply_add(p, t, Vec::broadcast(0.127414796F));
    const Vec tail = p * t * (v * v * Vec::broadcast(-0.5F)).exponential();
    return Vec::max(v, Vec::zero()) - magnitude * tail;
  });
}

float largest(const float* x, int64_t count) {
  float result = x[0];
  int64_t i = 0;
  if (count >= Vec::kLanes) {
    Vec best = Vec::load(x);
    for (i = Vec::kLanes; i + Vec::kLanes <= count; i += Vec::kLanes) best = Vec::max(best, Vec::load(x + i));
    result = best.largest();
  }
  for (; i < count; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

int64_t argmax(const float* x, int64_t count) {
  const float top = largest(x, count);
  for (int64_t i = 0; i < count; ++i) {
    if (x[i] == top) return i;
  }
  return 0;
}

/// Lane i % kLanes gathers element i, so that zeros after the end change nothing.
float exponentials(float* scores, int64_t count, int64_t padded, float factor) {
  const float top = largest(scores, count);
  alignas(64) float rest[Vec::kLanes];
  const Vec f = Vec::broadcast(factor), m = Vec::broadcast(top);
  Vec sum = Vec::zero();
  int64_t i = 0;
  for (; i + Vec::kLanes <= count; i += Vec::kLanes) {
    const Vec e = ((Vec::load(scores + i) - m) * f).exponential();
    e.store(scores + i);
    sum = sum + e;
  }
  if (i < count) {
    for (int64_t j = 0; j < Vec::kLanes; ++j) rest[j] = i + j < count ? scores[i + j] : top;
    ((Vec::load(rest) - m) * f).exponential().store(rest);
    for (int64_t j = 0; j < Vec::kLanes; ++j) {
      if (i + j < count) {
        scores[i + j] = rest[j];
      } else {
        rest[j] = 0.0F;
      }
    }
    sum = sum + Vec::load(rest);
  }
  for (i = count; i < padded; ++i) scores[i] = 0.0F;
  return sum.sum();
}

double log_sum_exp(const float* x, int64_t count) {
  const float top = largest(x, count);
  const Vec m = Vec::broadcast(top);
  Vec sum = Vec::zero();
  int64_t i = 0;
  for (; i + Vec::kLanes <= count; i += Vec::kLanes) sum = sum + (Vec::load(x + i) - m).exponential();
  double total = static_cast<double>(sum.sum());
  for (; i < count; ++i) total += static_cast<double>(exponential_one(x[i] - top));
  return static_cast<double>(top) + ::log(total);
}

}  // namespace

const Kernels kKernels = {.instruction_set = ASSAY_ISA_NAME,
                          .panel = kPanel,
                          .product = &product_f32,
                          .product_bf16 = &product_bf16,
                          .product_half = &product_half,
                          .product_int8 = &product_int8,
                          .product_pairs = &product_pairs,
                          .round_bf16 = &round_bf16,
                          .round_pairs = &round_pairs,
                          .widen_bf16 = &widen_bf16,
                          .widen_half = &widen_half,
                          .round_half = &round_half,
                          .quantize = &quantize,
                          .multiply = &multiply,
                          .rms_norm = &rms_norm,
                          .layer_norm = &layer_norm,
                          .add = &add,
                          .rotate = &rotate,
                          .swiglu = &swiglu,
                          .gelu = &gelu,
                          .gelu_tanh = &gelu_tanh,
                          .silu = &silu,
                          .relu = &relu,
                          .argmax = &argmax,
                          .exponentials = &exponentials,
                          .scale = &scale,
                          .log_sum_exp = &log_sum_exp};

}  // namespace assay::models::ASSAY_ISA
