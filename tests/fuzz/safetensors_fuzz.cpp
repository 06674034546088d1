#include <assay/sdk/error.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "fuzz/driver.h"
#include "fuzz/work_folder.h"
#include "models/safetensors.h"

using namespace assay;

namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

/// Changes the header and keeps its length true, so that the change is looked at.
std::string reshape(const std::string& file, fuzz::Random& random) {
  if (file.size() < 8) return file;
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const std::size_t size = std::min<std::uint64_t>(length, file.size() - 8);
  std::string data = file.substr(8 + size);
  if (random() % 4 == 0) data.resize(fuzz::below(random, 200));
  return file_of(fuzz::mutate_json(file.substr(8, size), random), data);
}

}  // namespace

int main(int argc, char** argv) {
  const fuzz::WorkFolder folder;
  fuzz::Target target;
  target.name = "safetensors";
  target.seeds = {
      file_of(
          R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
          R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"F64","shape":[],"data_offsets":[32,40]}})",
          std::string(40, '\x3f')),
      file_of(
          R"({"empty":{"dtype":"F16","shape":[0,7],"data_offsets":[0,0]},"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},)"
          R"("i":{"dtype":"I64","shape":[1],"data_offsets":[6,14]},"m":{"dtype":"BOOL","shape":[2],"data_offsets":[14,16]}}   )",
          std::string(16, '\x01')),
      file_of("{}", "")};
  target.words = {"\"F32\"",
                  "\"F16\"",
                  "\"BF16\"",
                  "\"F64\"",
                  "\"I8\"",
                  "\"U64\"",
                  "\"F8_E4M3\"",
                  "\"dtype\":",
                  "\"shape\":[]",
                  "[0,0]",
                  "\"data_offsets\":[0,8]",
                  "\"__metadata__\":{}",
                  ",",
                  "{",
                  "}",
                  "[",
                  "]",
                  std::string(8, '\0'),
                  std::string(8, '\xff')};
  target.reshape = reshape;
  target.read = [&](const std::string& input) {
    const auto file = models::SafetensorsFile::open(folder.write("model.safetensors", input));
    for (const auto& [name, tensor] : file.tensors()) {
      try {
        // Widening reads every byte of a tensor.
        const auto values = models::to_float(tensor);
        if (values.size() != models::to_double(tensor).size()) throw std::logic_error("two lengths of tensor " + name);
      } catch (const BadInput&) {  // types that hold no numbers
      }
    }
  };
  return fuzz::run(target, argc, argv);
}
