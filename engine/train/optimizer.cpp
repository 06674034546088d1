#include "train/optimizer.h"

#include <ATen/Functions.h>

#include <cmath>

#include "train/kernels.h"
#include "train/with_type.h"

namespace assay::train {

AdamW::AdamW(FlatParameters& parameters, const AdamWSettings& settings)
    : parameters_(parameters),
      settings_(settings),
      gradient_(at::zeros_like(parameters.master())),
      mean_(at::zeros_like(gradient_)),
      variance_(at::zeros_like(gradient_)) {}

void AdamW::accumulate() { parameters_.take_gradients(gradient_); }

double AdamW::step(double learning_rate) {
  ++steps_;
  double norm = 0;
  with_type(parameters_.computing(), [&]<class T>(T) {
    using A = typename Accumulate<T>::type;
    const Kernels<T>& k = kernels<T>();
    const auto at = [](const at::Tensor& tensor, const Slot& slot) { return static_cast<A*>(tensor.data_ptr()) + slot.offset; };
    for (const Slot& slot : parameters_.slots()) {
      if (slot.trains) norm += k.sum_of_squares(at(gradient_, slot), slot.size);
    }
    norm = std::sqrt(norm);
    // As torch.nn.utils.clip_grad_norm_ does it.
    const double scale = settings_.clip_norm > 0 ? std::min(1.0, settings_.clip_norm / (norm + 1e-6)) : 1.0;
    const auto n = static_cast<double>(steps_);
    AdamWStep<A> update{
        .beta1 = static_cast<A>(settings_.beta1),
        .beta2 = static_cast<A>(settings_.beta2),
        .epsilon = static_cast<A>(settings_.epsilon),
        .decay = 1,
        .step = static_cast<A>(learning_rate / (1 - std::pow(settings_.beta1, n))),
        .inverse_root = static_cast<A>(1 / std::sqrt(1 - std::pow(settings_.beta2, n))),
        .gradient_scale = static_cast<A>(scale),
    };
    for (const Slot& slot : parameters_.slots()) {
      if (!slot.trains) continue;
      update.decay = static_cast<A>(slot.decays ? 1 - learning_rate * settings_.weight_decay : 1.0);
      k.adamw(update, at(gradient_, slot), slot.size, at(parameters_.master(), slot), at(mean_, slot), at(variance_, slot),
              static_cast<T*>(parameters_.copy().data_ptr()) + slot.offset);
    }
  });
  gradient_.zero_();
  return norm;
}

}  // namespace assay::train
