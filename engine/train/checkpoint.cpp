#include "train/checkpoint.h"

#include <ATen/Functions.h>
#include <assay/sdk/error.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "data/fingerprint.h"
#include "models/safetensors.h"

namespace assay::train {
namespace {

namespace fs = std::filesystem;

/// A tensor of the run under the name that the file knows it by.
struct Named {
  std::string name;
  at::Tensor tensor;
};

std::vector<Named> tensors_of(const Optimizer& optimizer, const std::vector<at::Tensor>& kept) {
  std::vector<Named> all;
  for (std::size_t i = 0; i < optimizer.states().size(); ++i) {
    const Optimizer::State& state = optimizer.states()[i];
    const std::string set = std::to_string(i) + ".";
    all.push_back({set + "master", state.parameters->master()});
    all.push_back({set + "mean", state.mean});
    if (state.variance.defined()) all.push_back({set + "variance", state.variance});
    if (i < kept.size()) all.push_back({set + "kept", kept[i]});
  }
  return all;
}

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.data_ptr()), static_cast<std::size_t>(tensor.nbytes())};
}

void add(data::Sha256& hash, std::span<const std::byte> bytes) {
  hash.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Json to_json(const LoopState& state) {
  Json validation = Json::array();
  for (const ValidationPoint& p : state.validation) {
    validation.push_back({p.step, p.loss, p.score == p.score ? Json(p.score) : Json()});
  }
  return {{"updates", state.updates},       {"losses", state.losses},
          {"validation", validation},       {"higher_is_better", state.higher_is_better},
          {"first_loss", state.first_loss}, {"tokens", state.tokens},
          {"seconds", state.seconds},       {"step_seconds", state.step_seconds}};
}

LoopState loop_state(const Json& json) {
  LoopState state;
  state.updates = json.at("updates"), state.losses = json.at("losses").get<std::vector<double>>();
  state.higher_is_better = json.at("higher_is_better");
  state.first_loss = json.at("first_loss"), state.tokens = json.at("tokens");
  state.seconds = json.at("seconds"), state.step_seconds = json.at("step_seconds");
  for (const Json& p : json.at("validation")) {
    state.validation.push_back({p.at(0), p.at(1), p.at(2).is_null() ? kNotMeasured : p.at(2).get<double>()});
  }
  return state;
}

void sync(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) throw Error(path.string() + " cannot be written to the disk: " + std::strerror(error));
}

}  // namespace

void Checkpoint::write(const LoopState& state, const Optimizer& optimizer) const {
  const fs::path fresh = place_.file.string() + ".new";
  try {
    fs::create_directories(place_.file.parent_path());
    std::vector<models::NamedTensor> named;
    data::Sha256 hash;
    for (const Named& one : tensors_of(optimizer, state.kept)) {
      const auto type = one.tensor.scalar_type() == at::kDouble ? models::DType::F64 : models::DType::F32;
      named.push_back({one.name, type, one.tensor.sizes().vec(), bytes_of(one.tensor)});
      add(hash, bytes_of(one.tensor));
    }
    const std::string text = to_json(state).dump();
    hash.add(text);
    models::write_safetensors(fresh, std::move(named),
                              {{"identity", place_.identity}, {"state", text}, {"sha256", hash.hex()}});
    sync(fresh, O_RDONLY);
    fs::rename(fresh, place_.file);
    sync(place_.file.parent_path(), O_RDONLY | O_DIRECTORY);
  } catch (const std::exception& error) {
    // What is half written would only fill the disk further.
    std::error_code ignored;
    for (const char* rest : {".new", ".new.partial"}) fs::remove(place_.file.string() + rest, ignored);
    throw Error(error.what());
  }
}

bool Checkpoint::read(LoopState& state, Optimizer& optimizer, std::string& why) const {
  if (!wanted() || !fs::exists(place_.file)) return false;
  const auto passed_over = [&](const std::string& reason) {
    why = place_.file.string() + " " + reason + "; training starts anew";
    return false;
  };
  try {
    const auto file = models::SafetensorsFile::open(place_.file);
    const auto& metadata = file.metadata();
    if (!metadata.contains("identity") || metadata.at("identity") != place_.identity) {
      return passed_over("is a checkpoint of another training");
    }
    LoopState found = loop_state(Json::parse(metadata.at("state")));
    if (file.contains("0.kept")) {
      for (const Optimizer::State& set : optimizer.states())
        found.kept.push_back(at::empty_like(set.parameters->master()));
    }
    // Everything is compared before anything is written over.
    const std::vector<Named> tensors = tensors_of(optimizer, found.kept);
    data::Sha256 hash;
    for (const Named& one : tensors) {
      const models::TensorView& view = file.at(one.name);
      if (view.bytes.size() != static_cast<std::size_t>(one.tensor.nbytes()))
        return passed_over("does not fit this model");
      add(hash, view.bytes);
    }
    hash.add(metadata.at("state"));
    if (hash.hex() != metadata.at("sha256")) return passed_over("is a damaged checkpoint");
    for (const Named& one : tensors) {
      const auto bytes = file.at(one.name).bytes;
      std::memcpy(one.tensor.data_ptr(), bytes.data(), bytes.size());
    }
    state = std::move(found);
  } catch (const std::exception& error) {  // BadInput of the file's layout, out_of_range and JSON's of its metadata
    return passed_over(std::string("is a damaged checkpoint (") + error.what() + ")");
  }
  for (const Optimizer::State& set : optimizer.states()) set.parameters->round();
  optimizer.set_steps(state.updates);
  return true;
}

void Checkpoint::remove() const {
  std::error_code ignored;
  for (const char* rest : {"", ".new", ".new.partial"}) fs::remove(place_.file.string() + rest, ignored);
}

}  // namespace assay::train
