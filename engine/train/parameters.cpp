#include "train/parameters.h"

#include <ATen/Functions.h>
#include <assay/sdk/error.h>

#include <algorithm>

#include "train/fused.h"
#include "train/kernels.h"
#include "train/with_type.h"

namespace assay::train {

std::size_t FlatParameters::add(std::vector<Slot> parts) {
  leaves_.push_back({at::Tensor(), slots_.size(), parts.size()});
  for (Slot& slot : parts) {
    slot.offset = size_;
    slot.size = 1;
    for (const std::int64_t n : slot.shape) slot.size *= n;
    size_ += slot.size;
    slots_.push_back(std::move(slot));
  }
  return leaves_.size() - 1;
}

void FlatParameters::allocate() {
  const auto options = at::TensorOptions();
  master_ = at::zeros({size_}, options.dtype(accumulating(computing_)));
  copy_ = at::zeros({size_}, options.dtype(computing_));
  for (Leaf& leaf : leaves_) {
    const Slot& first = slots_[leaf.first_slot];
    std::vector<std::int64_t> shape = first.shape;
    std::int64_t size = first.size;
    for (std::size_t i = 1; i < leaf.slots; ++i) {
      const Slot& next = slots_[leaf.first_slot + i];
      shape[0] += next.shape[0];
      size += next.size;
    }
    leaf.tensor = copy_.narrow(0, first.offset, size).view(shape).detach();
  }
  record_gradients();
}

void FlatParameters::record_gradients() {
  for (Leaf& leaf : leaves_) {
    if (!leaf.tensor.defined()) continue;
    bool trains = false;
    for (std::size_t i = 0; i < leaf.slots; ++i) trains = trains || slots_[leaf.first_slot + i].trains;
    leaf.tensor.set_requires_grad(trains);
  }
}

bool FlatParameters::contains(const std::string& name) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.name == name; });
}

const Slot& FlatParameters::slot(const std::string& name) const {
  for (const Slot& slot : slots_) {
    if (slot.name == name) return slot;
  }
  throw BadInput("no parameter is called '" + name + "'");
}

at::Tensor FlatParameters::master(const std::string& name) const {
  const Slot& found = slot(name);
  return master_.narrow(0, found.offset, found.size).view(found.shape);
}

void FlatParameters::round() {
  with_type(computing_, [&]<class T>(T) {
    using A = typename Accumulate<T>::type;
    kernels<T>().round(static_cast<const A*>(master_.data_ptr()), size_, static_cast<T*>(copy_.data_ptr()));
  });
}

std::int64_t FlatParameters::trained() const {
  std::int64_t total = 0;
  for (const Slot& slot : slots_) total += slot.trains ? slot.size : 0;
  return total;
}

void FlatParameters::take_gradients(const at::Tensor& total) {
  for (Leaf& leaf : leaves_) {
    const at::Tensor grad = leaf.tensor.grad();
    if (!grad.defined()) continue;
    const at::Tensor dense = grad.contiguous();
    const Slot& first = slots_[leaf.first_slot];
    with_type(computing_, [&]<class T>(T) {
      using A = typename Accumulate<T>::type;
      kernels<T>().accumulate(static_cast<const T*>(dense.data_ptr()), dense.numel(),
                              static_cast<A*>(total.data_ptr()) + first.offset);
    });
    leaf.tensor.mutable_grad().reset();
  }
}

}  // namespace assay::train
