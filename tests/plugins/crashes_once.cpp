#include <assay/sdk/plugin.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

/// Aborts the first time that it finds no file at `mark`, and leaves one there.
class CrashesOnce final : public assay::sdk::Strategy {
 public:
  explicit CrashesOnce(const assay::sdk::Params& params) : mark_(params.get<std::string>("mark")) {}
  void compose(const assay::sdk::Input&, assay::sdk::PromptDraft&, const assay::sdk::PromptContext&) const override {
    if (std::filesystem::exists(mark_)) return;
    std::ofstream(mark_) << "was here\n";
    std::puts("about to abort");
    std::fflush(stdout);
    std::raise(SIGABRT);
  }

 private:
  std::string mark_;
};

}  // namespace

ASSAY_STRATEGY(CrashesOnce,
               {.name = "crashes_once",
                .version = "1.0",
                .summary = "crashes the first time",
                .params = R"({"type":"object","additionalProperties":false,"required":["mark"],"properties":{
                               "mark":{"type":"string","description":"file that tells it was run before"}}})",
                .composes = true})
