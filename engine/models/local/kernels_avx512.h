// The vectors of AVX-512, for the builds with and without AVX512_BF16, which define ASSAY_ISA before including this.
#include <immintrin.h>
#include <stdint.h>

#include "models/local/kernels.h"

namespace assay::models::ASSAY_ISA {
namespace {

constexpr int kRows = 8, kWide = 4, kMiddle = 2;

struct Vec {
  static constexpr int64_t kLanes = 16;
  __m512 v;

  static Vec zero() { return {_mm512_setzero_ps()}; }
  static Vec broadcast(float x) { return {_mm512_set1_ps(x)}; }
  static Vec load(const float* from) { return {_mm512_loadu_ps(from)}; }
  static Vec load_bf16(const uint16_t* from) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
  }
  static Vec load_int8(const int8_t* from) {
    return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))))};
  }
  static Vec load_half(const Half* from) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)))};
  }
  void store(float* to) const { _mm512_storeu_ps(to, v); }
  void store_half(Half* to) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                        _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
  static Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
  float sum() const { return _mm512_reduce_add_ps(v); }
  float largest() const { return _mm512_reduce_max_ps(v); }
  friend Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
  Vec rounded() const { return {_mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  /// this · 2^n for whole n
  Vec times_power_of_two(Vec n) const { return {_mm512_scalef_ps(v, n.v)}; }
  static Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
  Vec exponential() const;
};

/// A pair of bfloat16 a lane.
struct Pairs {
  __m512i v;

  static Pairs load(const uint32_t* from) { return {_mm512_loadu_si512(from)}; }
  static Pairs broadcast(uint32_t pair) { return {_mm512_set1_epi32(static_cast<int>(pair))}; }
  /// c + upper halves' products, + lower halves': the order of VDPBF16PS.
  static Vec multiply_add(Pairs a, Pairs b, Vec c) {
#ifdef __AVX512BF16__
    return {_mm512_dpbf16_ps(c.v, reinterpret_cast<__m512bh>(a.v), reinterpret_cast<__m512bh>(b.v))};
#else
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
    const auto high = [&](__m512i x) { return _mm512_castsi512_ps(_mm512_and_si512(x, upper)); };
    const auto low = [](__m512i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); };
    return {_mm512_fmadd_ps(low(a.v), low(b.v), _mm512_fmadd_ps(high(a.v), high(b.v), c.v))};
#endif
  }
};

#include "models/local/kernels_exponential.h"

}  // namespace
}  // namespace assay::models::ASSAY_ISA

#include "models/local/kernels_impl.h"
