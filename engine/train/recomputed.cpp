#include "train/recomputed.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace assay::train {
namespace {

namespace autograd = ::torch::autograd;

struct Recompute final : autograd::Node {
  Recompute(std::function<Tensors(const Tensors&)> what, Tensors from, autograd::edge_list edges)
      : Node(std::move(edges)), function(std::move(what)), inputs(std::move(from)) {}

  autograd::variable_list apply(autograd::variable_list&& grads) override {
    const at::AutoGradMode recording(true);
    Tensors leaves;
    for (const at::Tensor& input : inputs) {
      leaves.push_back(input.defined() ? input.detach().set_requires_grad(input.requires_grad()) : at::Tensor());
    }
    const Tensors outputs = function(leaves);
    autograd::variable_list roots, root_grads;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!grads[i].defined() || !outputs[i].requires_grad()) continue;
      roots.push_back(outputs[i]);
      root_grads.push_back(grads[i]);
    }
    if (!roots.empty()) autograd::backward(roots, root_grads);
    autograd::variable_list result;
    for (const at::Tensor& leaf : leaves) result.push_back(leaf.defined() ? leaf.grad() : at::Tensor());
    return result;
  }

  void release_variables() override { inputs.clear(); }

  std::function<Tensors(const Tensors&)> function;
  Tensors inputs;
};

}  // namespace

Tensors recomputed(std::function<Tensors(const Tensors&)> function, const Tensors& inputs) {
  if (!at::GradMode::is_enabled()) return function(inputs);
  Tensors outputs;
  {
    const at::NoGradGuard no_gradients;
    outputs = function(inputs);
  }
  autograd::edge_list edges;
  for (const at::Tensor& input : inputs)
    edges.push_back(input.defined() ? autograd::impl::gradient_edge(input) : autograd::Edge());
  const std::shared_ptr<autograd::Node> node(new Recompute(std::move(function), inputs, std::move(edges)),
                                             autograd::deleteNode);
  for (at::Tensor& output : outputs) {
    // One that was handed through is an input's own tensor, whose history stays as it is.
    if (std::any_of(inputs.begin(), inputs.end(), [&](const at::Tensor& input) { return input.is_same(output); }))
      output = output.detach();
    autograd::set_history(output, node);
  }
  return outputs;
}

}  // namespace assay::train
