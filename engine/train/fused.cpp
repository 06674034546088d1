#include "train/fused.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <assay/sdk/random.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/kernels.h"
#include "train/with_type.h"

namespace assay::train {
namespace {

using at::Tensor;
using ::torch::autograd::AutogradContext;
using ::torch::autograd::Function;
using Gradients = ::torch::autograd::variable_list;

template <class T>
T* pointer(const Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

template <class T>
T* at_row(const Tensor& tensor, std::int64_t row) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) + row * tensor.stride(0) : nullptr;
}

Tensor like(const Tensor& model, at::IntArrayRef sizes, at::ScalarType type) {
  return at::empty(sizes, model.options().dtype(type).requires_grad(false));
}

/// Rows handed to one thread at a time; fixed, so that partial sums do not depend on the number of threads.
constexpr std::int64_t kRows = 256;

template <class Body>
void over_rows(std::int64_t rows, Body body) {
  const std::int64_t chunks = (rows + kRows - 1) / kRows;
  at::parallel_for(0, chunks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t c = first; c < last; ++c) body(c, c * kRows, std::min(rows, (c + 1) * kRows));
  });
}

struct Embed : Function<Embed> {
  static Tensor forward(AutogradContext* context, const Tensor& table, const Tensor& ids) {
    Tensor out = like(table, {ids.size(0), table.size(1)}, accumulating(table.scalar_type()));
    with_type(table.scalar_type(), [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      kernels<T>().embed(pointer<T>(table), pointer<std::int32_t>(ids), ids.size(0), table.size(1), pointer<A>(out));
    });
    context->save_for_backward({ids});
    context->saved_data["vocabulary"] = table.size(0);
    context->saved_data["type"] = static_cast<std::int64_t>(table.scalar_type());
    return out;
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const Tensor ids = context->get_saved_variables()[0];
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    const Tensor grad = grads[0].contiguous();
    Tensor total = at::zeros({context->saved_data["vocabulary"].toInt(), grad.size(1)}, grad.options());
    with_type(type, [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      kernels<T>().embed_backward(pointer<A>(grad), pointer<std::int32_t>(ids), ids.size(0), grad.size(1),
                                  pointer<A>(total));
    });
    return {total.to(type), Tensor()};
  }
};

struct AddRmsNorm : Function<AddRmsNorm> {
  static Gradients forward(AutogradContext* context, const Tensor& x, const c10::optional<Tensor>& optional_delta,
                           const Tensor& weight, double epsilon) {
    const Tensor delta = optional_delta.value_or(Tensor());
    const at::ScalarType type = weight.scalar_type();
    const std::int64_t rows = x.size(0);
    const std::int64_t width = x.size(1);
    Tensor sum = like(x, {rows, width}, x.scalar_type());
    Tensor out = like(x, {rows, width}, type);
    Tensor inverse = like(x, {rows}, x.scalar_type());
    with_type(type, [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      over_rows(rows, [&](std::int64_t, std::int64_t first, std::int64_t last) {
        kernels<T>().add_rms_norm(at_row<A>(x, first), at_row<T>(delta, first), pointer<T>(weight), last - first, width,
                                  static_cast<A>(epsilon), at_row<A>(sum, first), at_row<T>(out, first),
                                  at_row<A>(inverse, first));
      });
    });
    context->save_for_backward({sum, inverse, weight});
    context->saved_data["delta"] = delta.defined();
    context->set_materialize_grads(false);
    return {sum, out};
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &sum = saved[0], &inverse = saved[1], &weight = saved[2];
    const std::int64_t rows = sum.size(0);
    const std::int64_t width = sum.size(1);
    const Tensor grad_sum = grads[0].defined() ? grads[0].contiguous() : Tensor();
    const Tensor grad_out = grads[1].defined() ? grads[1].contiguous() : at::zeros({rows, width}, weight.options());
    Tensor grad_x = like(sum, {rows, width}, sum.scalar_type());
    Tensor grad_delta =
        context->saved_data["delta"].toBool() ? like(sum, {rows, width}, weight.scalar_type()) : Tensor();
    Tensor parts = at::zeros({(rows + kRows - 1) / kRows, width}, sum.options());
    with_type(weight.scalar_type(), [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      over_rows(rows, [&](std::int64_t chunk, std::int64_t first, std::int64_t last) {
        kernels<T>().add_rms_norm_backward(at_row<A>(grad_sum, first), at_row<T>(grad_out, first),
                                           at_row<A>(sum, first), at_row<A>(inverse, first), pointer<T>(weight),
                                           last - first, width, at_row<A>(grad_x, first), at_row<T>(grad_delta, first),
                                           at_row<A>(parts, chunk));
      });
    });
    return {grad_x, grad_delta, parts.sum(0).to(weight.scalar_type()), Tensor()};
  }
};

struct Swiglu : Function<Swiglu> {
  static Tensor forward(AutogradContext* context, const Tensor& gate_up) {
    const std::int64_t width = gate_up.size(1) / 2;
    Tensor out = like(gate_up, {gate_up.size(0), width}, gate_up.scalar_type());
    with_type(gate_up.scalar_type(), [&]<class T>(T) {
      over_rows(gate_up.size(0), [&](std::int64_t, std::int64_t first, std::int64_t last) {
        kernels<T>().swiglu(at_row<T>(gate_up, first), last - first, width, at_row<T>(out, first));
      });
    });
    context->save_for_backward({gate_up});
    return out;
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const Tensor gate_up = context->get_saved_variables()[0];
    const Tensor grad_out = grads[0].contiguous();
    Tensor grad = like(gate_up, gate_up.sizes(), gate_up.scalar_type());
    with_type(gate_up.scalar_type(), [&]<class T>(T) {
      over_rows(gate_up.size(0), [&](std::int64_t, std::int64_t first, std::int64_t last) {
        kernels<T>().swiglu_backward(at_row<T>(gate_up, first), at_row<T>(grad_out, first), last - first,
                                     gate_up.size(1) / 2, at_row<T>(grad, first));
      });
    });
    return {grad};
  }
};

template <class A>
AttentionShape<A> shape_of(std::int64_t heads, std::int64_t kv_heads, std::int64_t size, std::int64_t window,
                           double factor, const Tensor& cos, const Tensor& sin) {
  return {heads,
          kv_heads,
          size,
          A(1) / std::sqrt(static_cast<A>(size)) * static_cast<A>(factor),
          pointer<A>(cos),
          pointer<A>(sin),
          2 * cos.size(1),
          window};
}

struct Attention : Function<Attention> {
  static Tensor forward(AutogradContext* context, const Tensor& qkv, const Tensor& starts, const Tensor& cos,
                        const Tensor& sin, std::int64_t heads, std::int64_t kv_heads, std::int64_t size,
                        std::int64_t window, double factor) {
    Tensor out = like(qkv, {qkv.size(0), heads * size}, qkv.scalar_type());
    Tensor lse = like(qkv, {qkv.size(0), heads}, accumulating(qkv.scalar_type()));
    with_type(qkv.scalar_type(), [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      const auto shape = shape_of<A>(heads, kv_heads, size, window, factor, cos, sin);
      at::parallel_for(0, (starts.size(0) - 1) * kv_heads, 1, [&](std::int64_t first, std::int64_t last) {
        kernels<T>().attention(shape, pointer<std::int64_t>(starts), first, last, pointer<T>(qkv), pointer<T>(out),
                               pointer<A>(lse));
      });
    });
    context->save_for_backward({qkv, out, lse, starts, cos, sin});
    context->saved_data["heads"] = heads;
    context->saved_data["kv_heads"] = kv_heads;
    context->saved_data["window"] = window;
    context->saved_data["factor"] = factor;
    return out;
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &qkv = saved[0], &out = saved[1], &lse = saved[2], &starts = saved[3];
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const std::int64_t kv_heads = context->saved_data["kv_heads"].toInt();
    const Tensor grad_out = grads[0].contiguous();
    Tensor grad = like(qkv, qkv.sizes(), qkv.scalar_type());
    with_type(qkv.scalar_type(), [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      const auto shape = shape_of<A>(heads, kv_heads, out.size(1) / heads, context->saved_data["window"].toInt(),
                                     context->saved_data["factor"].toDouble(), saved[4], saved[5]);
      at::parallel_for(0, (starts.size(0) - 1) * kv_heads, 1, [&](std::int64_t first, std::int64_t last) {
        kernels<T>().attention_backward(shape, pointer<std::int64_t>(starts), first, last, pointer<T>(qkv),
                                        pointer<T>(out), pointer<A>(lse), pointer<T>(grad_out), pointer<T>(grad));
      });
    });
    return {grad, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

/// Rows of logits held at once.
constexpr std::int64_t kLogitRows = 4096;

struct CrossEntropy : Function<CrossEntropy> {
  static Tensor forward(AutogradContext* context, const Tensor& hidden, const Tensor& table,
                        const c10::optional<Tensor>& bias, const Tensor& targets, const Tensor& weights,
                        double normaliser, bool hidden_trains, bool table_trains, bool bias_trains) {
    const at::ScalarType type = hidden.scalar_type();
    const std::int64_t rows = hidden.size(0);
    const double scale = hidden_trains || table_trains || bias_trains ? 1 / normaliser : 0;
    Tensor losses = like(hidden, {rows}, accumulating(type));
    Tensor grad_hidden = hidden_trains ? like(hidden, hidden.sizes(), type) : Tensor();
    Tensor grad_table, grad_bias;
    for (std::int64_t first = 0; first < rows; first += kLogitRows) {
      const std::int64_t count = std::min(kLogitRows, rows - first);
      const Tensor part = hidden.narrow(0, first, count);
      Tensor logits = bias ? at::addmm(*bias, part, table.t()) : at::mm(part, table.t());
      with_type(type, [&]<class T>(T) {
        using A = typename Accumulate<T>::type;
        over_rows(count, [&](std::int64_t, std::int64_t from, std::int64_t to) {
          kernels<T>().cross_entropy(at_row<T>(logits, from), pointer<std::int32_t>(targets) + first + from,
                                     pointer<float>(weights) + first + from, to - from, logits.size(1),
                                     static_cast<A>(scale), at_row<A>(losses, first + from));
        });
      });
      if (hidden_trains) grad_hidden.narrow(0, first, count).copy_(at::mm(logits, table));
      if (table_trains) {
        const Tensor grad = at::mm(logits.t(), part);
        grad_table = grad_table.defined() ? grad_table.add_(grad) : grad;
      }
      if (bias_trains) grad_bias = grad_bias.defined() ? grad_bias.add_(logits.sum(0)) : logits.sum(0);
    }
    context->save_for_backward({grad_hidden, grad_table, grad_bias});
    return losses.sum() / normaliser;
  }
  static Gradients backward(AutogradContext* context, Gradients grads) {
    const auto saved = context->get_saved_variables();
    const double factor = grads[0].item<double>();
    const auto scaled = [&](const Tensor& grad) { return !grad.defined() || factor == 1 ? grad : grad * factor; };
    return {scaled(saved[0]), scaled(saved[1]), scaled(saved[2]), Tensor(), Tensor(),
            Tensor(),         Tensor(),         Tensor(),         Tensor()};
  }
};

}  // namespace

at::ScalarType accumulating(at::ScalarType computing) { return computing == at::kDouble ? at::kDouble : at::kFloat; }

Tensor embed(const Tensor& table, const Tensor& ids) { return Embed::apply(table, ids); }

std::pair<Tensor, Tensor> add_rms_norm(const Tensor& x, const Tensor& delta, const Tensor& weight, double epsilon) {
  const Gradients out =
      AddRmsNorm::apply(x, delta.defined() ? c10::optional<Tensor>(delta) : c10::nullopt, weight, epsilon);
  return {out[0], out[1]};
}

std::pair<Tensor, Tensor> add_layer_norm(const Tensor& x, const Tensor& delta, const Tensor& weight, const Tensor& bias,
                                         double epsilon) {
  const Tensor sum = delta.defined() ? x + delta : x;
  const at::ScalarType wide = x.scalar_type();
  return {sum, at::layer_norm(sum, {sum.size(1)}, weight.to(wide), bias.to(wide), epsilon).to(weight.scalar_type())};
}

Tensor swiglu(const Tensor& gate_up) { return Swiglu::apply(gate_up); }

Tensor attention(const Tensor& qkv, const SequenceLayout& layout) {
  return Attention::apply(qkv, layout.starts, layout.cos, layout.sin, layout.heads, layout.kv_heads, layout.head_size,
                          layout.window, layout.score_factor);
}

Tensor cross_entropy(const Tensor& hidden, const Tensor& table, const Tensor& bias, const Tensor& targets,
                     const Tensor& weights, double normaliser) {
  const bool recording = at::GradMode::is_enabled();
  return CrossEntropy::apply(hidden, table, bias.defined() ? c10::optional<Tensor>(bias) : c10::nullopt, targets,
                             weights, normaliser, recording && hidden.requires_grad(),
                             recording && table.requires_grad(), recording && bias.defined() && bias.requires_grad());
}

Tensor dropout(const Tensor& x, double rate, std::uint64_t key) {
  if (rate <= 0) return x;
  const Tensor mask = like(x, x.sizes(), at::kFloat);  // kept by the graph until the backward pass has read it
  auto* values = pointer<float>(mask);
  const float kept = static_cast<float>(1 / (1 - rate));
  sdk::Random random(key, "dropout");
  for (std::int64_t i = 0; i < mask.numel(); ++i) values[i] = random.uniform() < rate ? 0.0F : kept;
  return x * mask.to(x.scalar_type());
}

}  // namespace assay::train
