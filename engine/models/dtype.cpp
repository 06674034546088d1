#include "models/dtype.h"

#include <array>

namespace assay::models {
namespace {

struct Entry {
  DType dtype;
  std::string_view name;
  std::size_t size;
};

constexpr std::array<Entry, 15> kTypes{{{DType::Bool, "BOOL", 1},
                                        {DType::U8, "U8", 1},
                                        {DType::I8, "I8", 1},
                                        {DType::F8E5M2, "F8_E5M2", 1},
                                        {DType::F8E4M3, "F8_E4M3", 1},
                                        {DType::I16, "I16", 2},
                                        {DType::U16, "U16", 2},
                                        {DType::F16, "F16", 2},
                                        {DType::BF16, "BF16", 2},
                                        {DType::I32, "I32", 4},
                                        {DType::U32, "U32", 4},
                                        {DType::F32, "F32", 4},
                                        {DType::F64, "F64", 8},
                                        {DType::I64, "I64", 8},
                                        {DType::U64, "U64", 8}}};

}  // namespace

std::string_view name(DType dtype) noexcept { return kTypes[static_cast<std::size_t>(dtype)].name; }

std::size_t size_of(DType dtype) noexcept { return kTypes[static_cast<std::size_t>(dtype)].size; }

bool parse(std::string_view text, DType& dtype) noexcept {
  for (const Entry& entry : kTypes) {
    if (entry.name == text) {
      dtype = entry.dtype;
      return true;
    }
  }
  return false;
}

float from_half(std::uint16_t bits) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fU;
  const std::uint32_t fraction = bits & 0x3ffU;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (fraction << 13));
}

}  // namespace assay::models
