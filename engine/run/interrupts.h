#pragma once
#include <csignal>

namespace assay::run {

/// Counts SIGINT (and SIGTERM) while it lives, instead of dying of them; a broken pipe is an error, not a signal.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  [[nodiscard]] int count() const;

 private:
  struct sigaction interrupt_ {
  }, terminate_{}, pipe_{};
};

}  // namespace assay::run
