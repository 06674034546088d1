#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "models/model_config.h"

/// Where trained tensors enter the network: assay/torch's sites with their names resolved to leaves of the graph.
namespace assay::train {

/// A low-rank addition to one linear module: scale · B · A, read through dropout.
struct LowRankSite {
  std::string module;  ///< "model.layers.0.self_attn.q_proj"
  at::Tensor a = {};   ///< leaf [rank, in]
  at::Tensor b = {};   ///< leaf [out, rank]
  double scale = 1;
  double dropout = 0;
  at::Tensor magnitude = {};  ///< DoRA: leaf [out]; undefined: plain LoRA
};

/// Factors on what a linear module reads or writes.
struct ScalingSite {
  std::string module;
  at::Tensor factors = {};  ///< leaf [in] or [out]
  bool input = false;
};

/// Keys and values before every text, made through tanh where there are weights for it.
struct PrefixSite {
  struct Through {
    at::Tensor in_weight, in_bias, out_weight, out_bias;
  };
  at::Tensor values;  ///< leaf [tokens, layers · 2 · kv_heads · head_dim] or [tokens, width]
  std::optional<Through> through;
};

/// A bottleneck after a sublayer.
struct ResidualSite {
  at::Tensor down, down_bias, up, up_bias;  ///< leaves [width, hidden], [width], [hidden, width], [hidden]
  models::Activation activation = models::Activation::relu;
};

}  // namespace assay::train
