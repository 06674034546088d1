#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::train {

/// A named tensor inside FlatParameters.
struct Slot {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  bool trains = false;
  bool decays = false;  ///< weight decay applies (matrices; not norms and biases)
};

/// All tensors of one set of parameters in one block of memory: the master values in the accumulating type, and the
/// rounded copy that the network computes with. Neighbouring slots can be read as one tensor (fused projections).
class FlatParameters {
 public:
  explicit FlatParameters(at::ScalarType computing) : computing_(computing) {}

  /// Reserves slots that lie side by side; only before `allocate`. Returns the number of the leaf that spans them.
  std::size_t add(std::vector<Slot> parts);

  /// Says which slots train; leaves record gradients accordingly.
  template <class Predicate>
  void set_trains(Predicate trains) {
    for (Slot& slot : slots_) slot.trains = trains(slot);
    record_gradients();
  }

  /// Makes the memory, zeroed, and the leaves. A leaf records gradients where one of its slots trains.
  void allocate();

  /// The tensor that spans the slots of one `add`: stacked along the first dimension.
  [[nodiscard]] const at::Tensor& leaf(std::size_t number) const { return leaves_.at(number).tensor; }

  /// The master values of one slot, writable; call `round` after writing.
  [[nodiscard]] at::Tensor master(const std::string& name) const;
  /// Makes the computing copy equal to the master values.
  void round();

  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
  [[nodiscard]] bool contains(const std::string& name) const;
  /// @throws BadInput when there is none of that name.
  [[nodiscard]] const Slot& slot(const std::string& name) const;
  [[nodiscard]] at::ScalarType computing() const { return computing_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::int64_t trained() const;
  [[nodiscard]] const at::Tensor& master() const { return master_; }
  [[nodiscard]] const at::Tensor& copy() const { return copy_; }

  /// Adds the leaves' gradients to `total`, flat like the master values, and drops them.
  void take_gradients(const at::Tensor& total);

 private:
  struct Leaf {
    at::Tensor tensor;
    std::size_t first_slot = 0;
    std::size_t slots = 0;
  };

  void record_gradients();

  at::ScalarType computing_;
  std::vector<Slot> slots_;
  std::vector<Leaf> leaves_;
  std::int64_t size_ = 0;
  at::Tensor master_;
  at::Tensor copy_;
};

}  // namespace assay::train
