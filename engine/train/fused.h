#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

/// Differentiable operations, each one node of the autograd graph over one of the kernels. T, the computing type, is
/// bfloat16, float or double; A, the accumulating type, is float, or double where T is.
namespace assay::train {

/// The type in which sums over values of `computing` are kept.
at::ScalarType accumulating(at::ScalarType computing);

/// Where the sequences of a batch lie in its rows, and the rotary tables of their positions.
struct SequenceLayout {
  at::Tensor starts;  ///< int64 [sequences + 1]
  at::Tensor cos;     ///< A [positions, dimensions of a head that turn / 2]
  at::Tensor sin;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t window = 0;  ///< keys that a query sees, itself included; 0 for all
  double score_factor = 1;  ///< on scores, besides head_size^-0.5
};

/// Rows of `table` (T [vocabulary, width]) as A [rows, width]; `ids` is int32.
at::Tensor embed(const at::Tensor& table, const at::Tensor& ids);

/// {x + delta, its root-mean-square norm times weight}: the residual stream in A, what the next sublayer reads in T.
/// `delta` may be undefined.
std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight,
                                               double epsilon);

/// The same with LayerNorm: (sum - mean) / sqrt(variance + epsilon) · weight + bias.
std::pair<at::Tensor, at::Tensor> add_layer_norm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& weight,
                                                 const at::Tensor& bias, double epsilon);

/// silu(gate) · up, rows of `gate_up` being [gate | up].
at::Tensor swiglu(const at::Tensor& gate_up);

/// Causal attention within each sequence, rotary positions applied here; rows of `qkv` are [queries | keys | values].
at::Tensor attention(const at::Tensor& qkv, const SequenceLayout& layout);

/// Σ weights[r] · cross-entropy(hidden[r] · tableᵀ + bias, targets[r]) / normaliser, a scalar in A. The gradients are made on
/// the way forward, so that the logits are held once. `bias` may be undefined; `targets` int32, `weights`
/// float32.
at::Tensor cross_entropy(const at::Tensor& hidden, const at::Tensor& table, const at::Tensor& bias,
                         const at::Tensor& targets, const at::Tensor& weights, double normaliser);

/// Zeroes a share `rate` of x and scales the rest by 1 / (1 - rate); which ones depends on `key` and position alone.
at::Tensor dropout(const at::Tensor& x, double rate, std::uint64_t key);

}  // namespace assay::train
