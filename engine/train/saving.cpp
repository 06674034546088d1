#include "train/saving.h"

#include <assay/sdk/error.h>

#include <cstring>
#include <fstream>

#include "models/safetensors.h"
#include "train/dtype.h"

namespace assay::train {
namespace {

void write_json(const std::filesystem::path& path, const Json& json) {
  std::ofstream file(path, std::ios::trunc);
  file << json.dump(2) << '\n';
  if (!file.flush()) throw Error("cannot write " + path.string());
}

}  // namespace

void save_model(const std::filesystem::path& folder, const Network& network, const std::string& dtype) {
  std::filesystem::create_directories(folder);
  const at::ScalarType type = parse_dtype(dtype);
  std::vector<at::Tensor> held;
  std::vector<models::NamedTensor> tensors;
  for (const Slot& slot : network.base().slots()) {
    const at::Tensor values = held.emplace_back(network.base().master(slot.name).to(type).contiguous());
    const auto stored = type == at::kBFloat16 ? models::DType::BF16 : type == at::kDouble ? models::DType::F64 : models::DType::F32;
    tensors.push_back({slot.name, stored, slot.shape,
                       {static_cast<const std::byte*>(values.data_ptr()), static_cast<std::size_t>(values.nbytes())}});
  }
  models::write_safetensors(folder / "model.safetensors", std::move(tensors), {{"format", "pt"}});

  models::ModelConfig config = network.config();
  config.stored_dtype = type == at::kBFloat16 ? "bfloat16" : type == at::kDouble ? "float64" : "float32";
  write_json(folder / "config.json", config.to_json());
  Json generation = {{"do_sample", false}};
  if (!config.bos_token_ids.empty()) generation["bos_token_id"] = config.bos_token_ids.front();
  if (config.eos_token_ids.size() == 1) generation["eos_token_id"] = config.eos_token_ids.front();
  if (config.eos_token_ids.size() > 1) generation["eos_token_id"] = config.eos_token_ids;
  write_json(folder / "generation_config.json", generation);
}

}  // namespace assay::train
