#include <math.h>
#include <stdint.h>
#include <string.h>

#include "models/local/kernels.h"

#define ASSAY_ISA portable
#define ASSAY_ISA_NAME "portable"

namespace assay::models::portable {
namespace {

constexpr int kRows = 4, kWide = 2, kMiddle = 1;

uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

float from_half(Half half) {
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000U) << 16;
  const uint32_t magnitude = half.bits & 0x7fffU;
  if (magnitude >= 0x7c00U)
    return float_of(sign | 0x7f800000U | magnitude << 13 | (magnitude > 0x7c00U ? 0x400000U : 0U));
  // The exponent's field lies 112 below a float's; the product puts that right and normalises subnormals.
  return float_of(sign | bits_of(float_of(magnitude << 13) * 0x1p112F));
}

Half to_half(float x) {
  const uint32_t sign = (bits_of(x) >> 16) & 0x8000U;
  const float magnitude = fabsf(x);
  uint32_t bits = bits_of(magnitude);
  if (bits > 0x7f800000U) return {static_cast<uint16_t>(sign | 0x7e00U | (bits >> 13 & 0x3ffU))};
  if (magnitude < 0x1p-14F) return {static_cast<uint16_t>(sign | static_cast<uint32_t>(rintf(magnitude * 0x1p24F)))};
  bits += 0xfffU + (bits >> 13 & 1U);
  return {static_cast<uint16_t>(sign | (bits >= 0x47800000U ? 0x7c00U : (bits >> 13) - (112U << 10)))};
}

struct Vec {
  static constexpr int64_t kLanes = 4;
  typedef float Lanes __attribute__((vector_size(16)));
  Lanes v;

  static Vec zero() { return {Lanes{}}; }
  static Vec broadcast(float x) { return {Lanes{x, x, x, x}}; }
  static Vec load(const float* from) {
    Vec result;
    memcpy(&result.v, from, sizeof result.v);
    return result;
  }
  static Vec load_bf16(const uint16_t* from) {
    uint16_t halves[4];
    memcpy(halves, from, sizeof halves);  // it may be unaligned
    const uint32_t bits[4] = {uint32_t{halves[0]} << 16, uint32_t{halves[1]} << 16, uint32_t{halves[2]} << 16,
                              uint32_t{halves[3]} << 16};
    Vec result;
    memcpy(&result.v, bits, sizeof result.v);
    return result;
  }
  static Vec load_int8(const int8_t* from) {
    return {Lanes{static_cast<float>(from[0]), static_cast<float>(from[1]), static_cast<float>(from[2]),
                  static_cast<float>(from[3])}};
  }
  static Vec load_half(const Half* from) {
    Half halves[4];
    memcpy(halves, from, sizeof halves);
    return {Lanes{from_half(halves[0]), from_half(halves[1]), from_half(halves[2]), from_half(halves[3])}};
  }
  void store_half(Half* to) const {
    for (int lane = 0; lane < 4; ++lane) to[lane] = to_half(v[lane]);
  }
  void store(float* to) const { memcpy(to, &v, sizeof v); }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
  static Vec max(Vec a, Vec b) { return {a.v > b.v ? a.v : b.v}; }
  static Vec min(Vec a, Vec b) { return {a.v < b.v ? a.v : b.v}; }
  float sum() const { return (v[0] + v[2]) + (v[1] + v[3]); }
  float largest() const {
    const float a = v[0] > v[2] ? v[0] : v[2], b = v[1] > v[3] ? v[1] : v[3];
    return a > b ? a : b;
  }
  friend Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
  friend Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
  friend Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
  friend Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
  Vec rounded() const { return {Lanes{rintf(v[0]), rintf(v[1]), rintf(v[2]), rintf(v[3])}}; }
  /// this · 2^n for whole n in [-126, 127]
  Vec times_power_of_two(Vec n) const {
    const uint32_t bits[4] = {static_cast<uint32_t>(static_cast<int32_t>(n.v[0]) + 127) << 23,
                              static_cast<uint32_t>(static_cast<int32_t>(n.v[1]) + 127) << 23,
                              static_cast<uint32_t>(static_cast<int32_t>(n.v[2]) + 127) << 23,
                              static_cast<uint32_t>(static_cast<int32_t>(n.v[3]) + 127) << 23};
    Lanes power;
    memcpy(&power, bits, sizeof power);
    return {v * power};
  }
  Vec exponential() const;
};

/// A pair of bfloat16 a lane.
struct Pairs {
  uint32_t v[4];

  static Pairs load(const uint32_t* from) { return {{from[0], from[1], from[2], from[3]}}; }
  static Pairs broadcast(uint32_t pair) { return {{pair, pair, pair, pair}}; }
  static Vec half(const uint32_t (&bits)[4]) {
    Vec result;
    memcpy(&result.v, bits, sizeof result.v);
    return result;
  }
  [[nodiscard]] Vec high() const {
    const uint32_t bits[4] = {v[0] & 0xffff0000U, v[1] & 0xffff0000U, v[2] & 0xffff0000U, v[3] & 0xffff0000U};
    return half(bits);
  }
  [[nodiscard]] Vec low() const {
    const uint32_t bits[4] = {v[0] << 16, v[1] << 16, v[2] << 16, v[3] << 16};
    return half(bits);
  }
  /// c + upper halves' products, + lower halves': the order of VDPBF16PS.
  static Vec multiply_add(const Pairs& a, const Pairs& b, Vec c) {
    return Vec::multiply_add(a.low(), b.low(), Vec::multiply_add(a.high(), b.high(), c));
  }
};

#include "models/local/kernels_exponential.h"

}  // namespace
}  // namespace assay::models::portable

#include "models/local/kernels_impl.h"
