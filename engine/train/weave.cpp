#include "train/weave.h"

#include <ATen/Functions.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "train/fused.h"

namespace assay::train {
namespace {

using at::Tensor;
using ::torch::autograd::AutogradContext;
using ::torch::autograd::Function;
using Gradients = ::torch::autograd::variable_list;

std::vector<std::int64_t> starts_in(AutogradContext* context) { return context->saved_data["starts"].toIntVector(); }

/// Calls body(first row in x, number of rows, first row woven) for each sequence.
template <class Body>
void each_sequence(const std::vector<std::int64_t>& starts, std::int64_t count, Body body) {
  for (std::size_t s = 0; s + 1 < starts.size(); ++s) {
    body(starts[s], starts[s + 1] - starts[s], starts[s] + static_cast<std::int64_t>(s) * count);
  }
}

Tensor without(const Tensor& woven, std::int64_t count, const std::vector<std::int64_t>& starts) {
  Tensor x = at::empty({starts.back(), woven.size(1)}, woven.options().requires_grad(false));
  each_sequence(starts, count, [&](std::int64_t first, std::int64_t rows, std::int64_t at) {
    x.narrow(0, first, rows).copy_(woven.narrow(0, at + count, rows));
  });
  return x;
}

Tensor with(const Tensor& before, const Tensor& x, const std::vector<std::int64_t>& starts) {
  const std::int64_t count = before.size(0), sequences = static_cast<std::int64_t>(starts.size()) - 1;
  Tensor woven = at::empty({starts.back() + sequences * count, x.size(1)}, x.options().requires_grad(false));
  each_sequence(starts, count, [&](std::int64_t first, std::int64_t rows, std::int64_t at) {
    woven.narrow(0, at, count).copy_(before);
    woven.narrow(0, at + count, rows).copy_(x.narrow(0, first, rows));
  });
  return woven;
}

struct Weave : Function<Weave> {
  static Tensor forward(AutogradContext* context, const Tensor& before, const Tensor& x,
                        std::vector<std::int64_t> starts) {
    context->saved_data["starts"] = starts;
    context->saved_data["count"] = before.size(0);
    return with(before, x, starts);
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const std::int64_t count = context->saved_data["count"].toInt();
    const Tensor grad = grads[0].contiguous();
    const std::vector<std::int64_t> starts = starts_in(context);
    Tensor total = at::zeros({count, grad.size(1)}, grad.options().dtype(accumulating(grad.scalar_type())));
    each_sequence(starts, count,
                  [&](std::int64_t, std::int64_t, std::int64_t at) { total.add_(grad.narrow(0, at, count)); });
    return {total.to(grad.scalar_type()), without(grad, count, starts), Tensor()};
  }
};

struct Unweave : Function<Unweave> {
  static Tensor forward(AutogradContext* context, const Tensor& woven, std::int64_t count,
                        std::vector<std::int64_t> starts) {
    context->saved_data["starts"] = starts;
    context->saved_data["count"] = count;
    return without(woven, count, starts);
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const std::int64_t count = context->saved_data["count"].toInt();
    const Tensor nothing = at::zeros({count, grads[0].size(1)}, grads[0].options());
    return {with(nothing, grads[0].contiguous(), starts_in(context)), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor weave(const Tensor& before, const Tensor& x, std::span<const std::int64_t> starts) {
  return Weave::apply(before, x, std::vector<std::int64_t>(starts.begin(), starts.end()));
}

Tensor unweave(const Tensor& woven, std::int64_t count, std::span<const std::int64_t> starts) {
  return Unweave::apply(woven, count, std::vector<std::int64_t>(starts.begin(), starts.end()));
}

}  // namespace assay::train
