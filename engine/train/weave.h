#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

/// Rows that all sequences of a batch have in common, put before those of each. Differentiable; gradients are summed in
/// the order of the sequences.
namespace assay::train {

/// The rows of `before` [n, width] and then its own, for each sequence of x [rows, width]; sequence s is rows
/// starts[s] … starts[s+1] of x. Both of one type.
at::Tensor weave(const at::Tensor& before, const at::Tensor& x, std::span<const std::int64_t> starts);

/// Drops the first `count` rows of each sequence again; `starts` as for `weave`.
at::Tensor unweave(const at::Tensor& woven, std::int64_t count, std::span<const std::int64_t> starts);

}  // namespace assay::train
