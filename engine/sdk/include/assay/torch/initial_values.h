#pragma once
#include <ATen/Functions.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "assay/sdk/random.h"

/// Values that trained tensors begin with, in double: each tensor draws from a stream of its own name.
namespace assay::sdk {

/// Uniform within ±bound.
inline at::Tensor uniform_values(at::IntArrayRef shape, double bound, std::uint64_t seed, const std::string& name) {
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  Random random(seed, name);
  auto* values = tensor.data_ptr<double>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = (2 * random.uniform() - 1) * bound;
  return tensor;
}

/// Normal with mean 0 (Box and Muller); values further than `limit` deviations are drawn again.
inline at::Tensor normal_values(at::IntArrayRef shape, double deviation, std::uint64_t seed, const std::string& name,
                                double limit = 1e9) {
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  Random random(seed, name);
  auto* values = tensor.data_ptr<double>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    double z = 0;
    do {
      const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
      z = radius * std::cos(2 * std::numbers::pi * random.uniform());
    } while (std::abs(z) > limit);
    values[i] = deviation * z;
  }
  return tensor;
}

inline at::Tensor constant_values(at::IntArrayRef shape, double value) {
  return at::full(shape, value, at::TensorOptions().dtype(at::kDouble));
}

}  // namespace assay::sdk
