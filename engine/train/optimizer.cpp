#include "train/optimizer.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>

#include "train/kernels.h"
#include "train/with_type.h"

namespace assay::train {

AdamW::AdamW(const std::vector<FlatParameters*>& sets, const AdamWSettings& settings) : settings_(settings) {
  for (FlatParameters* set : sets) {
    if (set->trained() == 0) continue;
    states_.push_back({set, at::zeros_like(set->master()), at::zeros_like(set->master()), at::zeros_like(set->master())});
  }
}

void AdamW::accumulate() {
  for (State& state : states_) state.parameters->take_gradients(state.gradient);
}

double AdamW::step(double learning_rate) {
  ++steps_;
  const auto n = static_cast<double>(steps_);
  const auto each_slot = [&](auto body) {
    for (State& state : states_) {
      with_type(state.parameters->computing(), [&]<class T>(T) {
        for (const Slot& slot : state.parameters->slots()) {
          if (slot.trains) body(T{}, state, slot);
        }
      });
    }
  };
  const auto pointer = []<class A>(const at::Tensor& flat, const Slot& slot, A) {
    return static_cast<A*>(flat.data_ptr()) + slot.offset;
  };

  double norm = 0;
  each_slot([&]<class T>(T, const State& state, const Slot& slot) {
    using A = typename Accumulate<T>::type;
    norm += kernels<T>().sum_of_squares(pointer(state.gradient, slot, A{}), slot.size);
  });
  norm = std::sqrt(norm);
  // As torch.nn.utils.clip_grad_norm_ does it.
  const double scale = settings_.clip_norm > 0 ? std::min(1.0, settings_.clip_norm / (norm + 1e-6)) : 1.0;
  each_slot([&]<class T>(T, const State& state, const Slot& slot) {
    using A = typename Accumulate<T>::type;
    const AdamWStep<A> update{
        .beta1 = static_cast<A>(settings_.beta1),
        .beta2 = static_cast<A>(settings_.beta2),
        .epsilon = static_cast<A>(settings_.epsilon),
        .decay = static_cast<A>(slot.decays ? 1 - learning_rate * settings_.weight_decay : 1.0),
        .step = static_cast<A>(learning_rate / (1 - std::pow(settings_.beta1, n))),
        .inverse_root = static_cast<A>(1 / std::sqrt(1 - std::pow(settings_.beta2, n))),
        .gradient_scale = static_cast<A>(scale),
    };
    kernels<T>().adamw(update, pointer(state.gradient, slot, A{}), slot.size, pointer(state.parameters->master(), slot, A{}),
                       pointer(state.mean, slot, A{}), pointer(state.variance, slot, A{}),
                       pointer(state.parameters->copy(), slot, T{}));
  });
  for (State& state : states_) state.gradient.zero_();
  return norm;
}

}  // namespace assay::train
