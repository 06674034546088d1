#include <immintrin.h>
#include <stdint.h>

#include "models/local/kernels.h"

#define ASSAY_ISA avx2
#define ASSAY_ISA_NAME "avx2"

namespace assay::models::avx2 {
namespace {

constexpr int kRows = 6, kWide = 2, kMiddle = 1;

struct Vec {
  static constexpr int64_t kLanes = 8;
  __m256 v;

  static Vec zero() { return {_mm256_setzero_ps()}; }
  static Vec broadcast(float x) { return {_mm256_set1_ps(x)}; }
  static Vec load(const float* from) { return {_mm256_loadu_ps(from)}; }
  static Vec load_bf16(const uint16_t* from) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
  }
  static Vec load_int8(const int8_t* from) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))))};
  }
  static Vec load_half(const Half* from) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)))};
  }
  void store(float* to) const { _mm256_storeu_ps(to, v); }
  void store_half(Half* to) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
  }
  static Vec multiply_add(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
  static Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }
  static Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }
  float sum() const {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  float largest() const {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  friend Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
  Vec rounded() const { return {_mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  /// this · 2^n for whole n in [-126, 127]
  Vec times_power_of_two(Vec n) const {
    const __m256i bits = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127)), 23);
    return {_mm256_mul_ps(v, _mm256_castsi256_ps(bits))};
  }
  Vec exponential() const;
};

/// A pair of bfloat16 a lane.
struct Pairs {
  __m256i v;

  static Pairs load(const uint32_t* from) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))}; }
  static Pairs broadcast(uint32_t pair) { return {_mm256_set1_epi32(static_cast<int>(pair))}; }
  /// c + upper halves' products, + lower halves': the order of VDPBF16PS.
  static Vec multiply_add(Pairs a, Pairs b, Vec c) {
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
    const auto high = [&](__m256i x) { return _mm256_castsi256_ps(_mm256_and_si256(x, upper)); };
    const auto low = [](__m256i x) { return _mm256_castsi256_ps(_mm256_slli_epi32(x, 16)); };
    return {_mm256_fmadd_ps(low(a.v), low(b.v), _mm256_fmadd_ps(high(a.v), high(b.v), c.v))};
  }
};

#include "models/local/kernels_exponential.h"

}  // namespace
}  // namespace assay::models::avx2

#include "models/local/kernels_impl.h"
