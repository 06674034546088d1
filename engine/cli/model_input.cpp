#include "cli/model_input.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "assay/sdk/error.h"
#include "models/adapter_folder.h"

namespace assay::cli {
namespace fs = std::filesystem;
namespace po = boost::program_options;

void add_model_options(Arguments& arguments) {
  arguments.positional("MODEL", "a Hugging Face folder: config.json, *.safetensors, tokenizer.json");
  arguments.add()("dtype", po::value<std::string>()->default_value("auto")->value_name("TYPE"),
                  "how weights are held: auto, f32, bf16 or int8");
  arguments.add()("device", po::value<std::string>()->default_value("auto")->value_name("NAME"),
                  "where it runs: auto or cpu (cuda: no build has it yet)");
  arguments.add()("threads", po::value<int>()->default_value(1)->value_name("N"),
                  "threads; results do not depend on them");
  arguments.add()("adapter", po::value<std::string>()->value_name("DIR"),
                  "a PEFT folder that is merged into the weights");
}

fs::path model_folder(const Arguments& arguments) {
  fs::path folder = arguments.get<std::string>("MODEL");
  if (folder.filename().empty()) folder = folder.parent_path();
  if (!fs::is_directory(folder)) {
    throw BadInput(
        fmt::format("{}: there is no such folder; MODEL is a Hugging Face folder such as experiments/models/nano",
                    folder.string()));
  }
  return folder;
}

models::LocalModel open_model(const Arguments& arguments) {
  const fs::path folder = model_folder(arguments);
  models::LocalModelOptions options;
  options.dtype = arguments.get<std::string>("dtype");
  options.device = arguments.get<std::string>("device");
  options.threads = arguments.get<int>("threads");
  if (options.threads < 1 || options.threads > 256) throw BadInput("--threads must be 1 to 256");
  if (!arguments.has("adapter")) return models::LocalModel(folder, options);
  const fs::path adapter_folder = arguments.get<std::string>("adapter");
  if (!fs::is_directory(adapter_folder))
    throw BadInput(fmt::format("--adapter {}: there is no such folder", adapter_folder.string()));
  models::AdapterWeights adapter;
  adapter.add(models::read_adapter(adapter_folder, models::ModelConfig::read(folder)));
  return models::LocalModel(folder, options, &adapter);
}

std::string read_text(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadInput(file + ": this file cannot be read");
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace assay::cli
