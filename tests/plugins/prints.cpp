#include <assay/sdk/plugin.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

namespace {

/// Prints on every stream there is while it composes, what looks like a worker's answer included.
class Prints final : public assay::sdk::Strategy {
 public:
  explicit Prints(const assay::sdk::Params&) {}
  void compose(const assay::sdk::Input& input, assay::sdk::PromptDraft&,
               const assay::sdk::PromptContext&) const override {
    std::cout << "{\"event\":\"done\",\"key\":\"" << input.id << "\"}" << std::endl;
    std::puts("printed by puts");
    std::fflush(stdout);
    const std::string line = "printed by write\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::cerr << "stdout is closed\n";
  }
};

}  // namespace

ASSAY_STRATEGY(Prints, {.name = "prints", .version = "1.0", .summary = "prints", .composes = true})
