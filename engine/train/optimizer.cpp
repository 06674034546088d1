#include "train/optimizer.h"

#include <ATen/Functions.h>
#include <assay/sdk/error.h>

#include <algorithm>
#include <cmath>

#include "train/kernels.h"
#include "train/with_type.h"

namespace assay::train {

namespace {

/// Calls `body(T{}, state, slot)` for every slot that trains; T is the computing type.
template <class Body>
void each_slot(const std::vector<Optimizer::State>& states, Body body) {
  for (const Optimizer::State& state : states) {
    with_type(state.parameters->computing(), [&]<class T>(T) {
      for (const Slot& slot : state.parameters->slots()) {
        if (slot.trains) body(T{}, state, slot);
      }
    });
  }
}

template <class A>
A* part(const at::Tensor& flat, const Slot& slot) {
  return static_cast<A*>(flat.data_ptr()) + slot.offset;
}

}  // namespace

OptimizerSettings::Kind OptimizerSettings::parse(const std::string& name) {
  if (name == "adamw") return Kind::adamw;
  if (name == "sgd") return Kind::sgd;
  throw BadInput("optimizer '" + name + "' is not one of adamw, sgd");
}

Optimizer::Optimizer(const std::vector<FlatParameters*>& sets, const OptimizerSettings& settings)
    : settings_(settings) {
  for (FlatParameters* set : sets) {
    if (set->trained() == 0) continue;
    const at::Tensor& like = set->master();
    const bool adam = settings.kind == OptimizerSettings::Kind::adamw;
    states_.push_back({set, at::zeros_like(like), at::zeros_like(like), adam ? at::zeros_like(like) : at::Tensor()});
  }
}

void Optimizer::accumulate() {
  for (State& state : states_) state.parameters->take_gradients(state.gradient);
}

double Optimizer::gradient_norm() const {
  double squares = 0;
  each_slot(states_, [&]<class T>(T, const State& state, const Slot& slot) {
    using A = typename Accumulate<T>::type;
    squares += kernels<T>().sum_of_squares(part<A>(state.gradient, slot), slot.size);
  });
  return std::sqrt(squares);
}

double Optimizer::step(double learning_rate) {
  ++steps_;
  const auto n = static_cast<double>(steps_);
  const double norm = gradient_norm();
  // As torch.nn.utils.clip_grad_norm_ does it.
  const double scale = settings_.clip_norm > 0 ? std::min(1.0, settings_.clip_norm / (norm + 1e-6)) : 1.0;
  each_slot(states_, [&]<class T>(T, const State& state, const Slot& slot) {
    using A = typename Accumulate<T>::type;
    const auto* gradient = part<A>(state.gradient, slot);
    auto *master = part<A>(state.parameters->master(), slot), *mean = part<A>(state.mean, slot);
    auto* copy = part<T>(state.parameters->copy(), slot);
    if (settings_.kind == OptimizerSettings::Kind::sgd) {
      const SgdStep<A> update{.momentum = static_cast<A>(settings_.momentum),
                              .decay = static_cast<A>(slot.decays ? settings_.weight_decay : 0.0),
                              .step = static_cast<A>(learning_rate),
                              .gradient_scale = static_cast<A>(scale)};
      kernels<T>().sgd(update, gradient, slot.size, master, mean, copy);
      return;
    }
    const AdamWStep<A> update{
        .beta1 = static_cast<A>(settings_.beta1),
        .beta2 = static_cast<A>(settings_.beta2),
        .epsilon = static_cast<A>(settings_.epsilon),
        .decay = static_cast<A>(slot.decays ? 1 - learning_rate * settings_.weight_decay : 1.0),
        .step = static_cast<A>(learning_rate / (1 - std::pow(settings_.beta1, n))),
        .inverse_root = static_cast<A>(1 / std::sqrt(1 - std::pow(settings_.beta2, n))),
        .gradient_scale = static_cast<A>(scale),
    };
    kernels<T>().adamw(update, gradient, slot.size, master, mean, part<A>(state.variance, slot), copy);
  });
  for (State& state : states_) state.gradient.zero_();
  return norm;
}

}  // namespace assay::train
