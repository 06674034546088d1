#include "train/saving.h"

#include <assay/sdk/error.h>

#include <fstream>

#include "models/safetensors.h"
#include "train/dtype.h"

namespace assay::train {
namespace {

models::DType stored_type(at::ScalarType type) {
  switch (type) {
    case at::kBFloat16:
      return models::DType::BF16;
    case at::kHalf:
      return models::DType::F16;
    case at::kFloat:
      return models::DType::F32;
    case at::kDouble:
      return models::DType::F64;
    default:
      throw Error("trained tensors are saved as f64, f32, f16 or bf16, not in another type");
  }
}

}  // namespace

void save_json(const std::filesystem::path& file, const Json& json) {
  std::ofstream out(file, std::ios::trunc);
  out << json.dump(2) << '\n';
  if (!out.flush()) throw Error("cannot write " + file.string());
}

void save_tensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors) {
  std::vector<at::Tensor> held;
  std::vector<models::NamedTensor> named;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor values = held.emplace_back(tensor.contiguous());
    named.push_back({name,
                     stored_type(values.scalar_type()),
                     values.sizes().vec(),
                     {static_cast<const std::byte*>(values.data_ptr()), static_cast<std::size_t>(values.nbytes())}});
  }
  models::write_safetensors(file, std::move(named), {{"format", "pt"}});
}

void save_model(const std::filesystem::path& folder, const Network& network, const std::string& dtype) {
  std::filesystem::create_directories(folder);
  const at::ScalarType type = parse_dtype(dtype);
  std::map<std::string, at::Tensor> tensors;
  for (const Slot& slot : network.base().slots()) tensors[slot.name] = network.base().master(slot.name).to(type);
  save_tensors(folder / "model.safetensors", tensors);

  models::ModelConfig config = network.config();
  config.stored_dtype = type == at::kBFloat16 ? "bfloat16" : type == at::kDouble ? "float64" : "float32";
  save_json(folder / "config.json", config.to_json());
  Json generation = {{"do_sample", false}};
  if (!config.bos_token_ids.empty()) generation["bos_token_id"] = config.bos_token_ids.front();
  if (config.eos_token_ids.size() == 1) generation["eos_token_id"] = config.eos_token_ids.front();
  if (config.eos_token_ids.size() > 1) generation["eos_token_id"] = config.eos_token_ids;
  save_json(folder / "generation_config.json", generation);
}

}  // namespace assay::train
