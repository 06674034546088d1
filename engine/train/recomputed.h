#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace assay::train {

using Tensors = std::vector<at::Tensor>;  ///< some may be undefined

/// What `function` makes of the inputs, without keeping what its backward pass needs: the inputs alone are held, and
/// the function runs once more on the way back (arXiv 1604.06174). The gradients are those of a plain call, bit for
/// bit. `function` gives the same for the same inputs until then, and may read leaves that record gradients.
Tensors recomputed(std::function<Tensors(const Tensors&)> function, const Tensors& inputs);

}  // namespace assay::train
