#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::models {

/// Element types of safetensors files; `name()` gives the spelling used there.
enum class DType { Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 };

[[nodiscard]] std::string_view name(DType dtype) noexcept;
[[nodiscard]] std::size_t size_of(DType dtype) noexcept;

/// @returns false when `text` names no type that is known.
[[nodiscard]] bool parse(std::string_view text, DType& dtype) noexcept;

/// bfloat16 is the upper half of a float; widening loses nothing.
[[nodiscard]] inline float from_bfloat16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Rounds to the nearest, ties to even; NaN stays NaN.
[[nodiscard]] inline std::uint16_t to_bfloat16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

/// IEEE 754 half precision to float, without loss, subnormals included.
[[nodiscard]] float from_half(std::uint16_t bits) noexcept;

}  // namespace assay::models
