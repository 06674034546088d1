// Speed of training steps, for training.py.
//   training_bench tokens MODEL < LINES      prints each line's token ids as a JSON array
//   training_bench train CASE.json           trains, prints {"tokens_per_second", "tokens", "seconds", "peak_memory"}
// A case: "model", "plugin" (a library), "params" (the plugin's and the loop's), "threads", "examples" ([{"tokens", "weights"}]).
#include <assay/sdk/params.h>
#include <assay/sdk/strategy.h>
#include <dlfcn.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "text/tokenizer.h"
#include "train/backend.h"

extern "C" assay::train::Backend* assay_torch_backend();

namespace {

using assay::Json;
namespace train = assay::train;

std::int64_t peak_anonymous() {
  std::ifstream status("/proc/self/status");
  std::int64_t bytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) bytes = std::stoll(line.substr(8)) * 1024;
  }
  return bytes;
}

Json train_case(const Json& c) {
  void* library = dlopen(c.at("plugin").get<std::string>().c_str(), RTLD_NOW);
  if (library == nullptr) throw assay::Error(dlerror());
  const auto create =
      reinterpret_cast<assay::sdk::Strategy* (*)(const assay::sdk::Params*)>(dlsym(library, "assay_plugin_create"));
  const assay::sdk::Params params(c.at("params"));
  const std::unique_ptr<assay::sdk::Strategy> strategy(create(&params));
  std::vector<train::TrainingExample> examples;
  for (const Json& example : c.at("examples")) {
    examples.push_back(
        {example.at("tokens").get<std::vector<std::int32_t>>(), example.at("weights").get<std::vector<float>>()});
  }
  train::TrainingSettings settings = train::TrainingSettings::from_params(c.at("params"));
  settings.threads = c.at("threads");
  const auto out = std::filesystem::temp_directory_path() / ("training-bench-" + std::to_string(getpid()));
  const auto run = [&](std::int64_t steps) {
    settings.max_steps = steps;
    return assay_torch_backend()->fine_tune(c.at("model").get<std::string>(), *strategy, examples, {}, settings, out,
                                            {});
  };
  const std::int64_t steps = settings.max_steps;
  run(2);  // memory and caches are warm from here on
  const train::TrainingReport report = run(steps);
  std::filesystem::remove_all(out);
  return {{"tokens_per_second", report.tokens_per_second()},
          {"tokens", report.tokens},
          {"seconds", report.step_seconds},
          {"peak_memory", peak_anonymous()}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[1] : "";
  if (mode == "tokens") {
    const auto tokenizer = assay::text::Tokenizer::from_folder(argv[2]);
    for (std::string line; std::getline(std::cin, line);)
      std::cout << Json(tokenizer.encode(line, false)).dump() << '\n';
    return 0;
  }
  if (mode == "train") {
    std::ifstream in(argv[2]);
    std::cout << train_case(Json::parse(in)).dump() << '\n';
    return 0;
  }
  std::cerr << "training_bench tokens MODEL | training_bench train CASE.json\n";
  return 2;
}
