#include "run/interrupts.h"

namespace assay::run {
namespace {

volatile std::sig_atomic_t interrupts = 0;
void count_interrupt(int) { interrupts = interrupts + 1; }

}  // namespace

Interrupts::Interrupts() {
  interrupts = 0;
  struct sigaction action {};
  action.sa_handler = &count_interrupt;
  ::sigaction(SIGINT, &action, &interrupt_);
  ::sigaction(SIGTERM, &action, &terminate_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_);
}

Interrupts::~Interrupts() {
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
  ::sigaction(SIGPIPE, &pipe_, nullptr);
}

int Interrupts::count() const { return interrupts; }

}  // namespace assay::run
