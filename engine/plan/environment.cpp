#include <fmt/format.h>

#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "plan/plan.h"

namespace assay::plan {
namespace {

/// A field of /proc/cpuinfo's first processor.
std::string cpu_field(const std::string& info, const std::string& name) {
  std::istringstream lines(info);
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    if (line.rfind(name, 0) != 0 || line.find_first_of("\t :", name.size()) != name.size()) continue;
    const auto colon = line.find(':');
    return colon == std::string::npos || colon + 2 > line.size() ? "" : line.substr(colon + 2);
  }
  return "";
}

std::string read_file(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Environment this_environment() {
  const std::string info = read_file("/proc/cpuinfo");
  const std::string flags = " " + cpu_field(info, "flags") + " ";
  std::string vectors;
  for (const char* flag : {"fma", "avx2", "avx512f", "avx512_bf16"}) {
    if (flags.find(" " + std::string(flag) + " ") != std::string::npos)
      vectors += std::string(vectors.empty() ? "" : "+") + flag;
  }
  Environment environment;
  environment.libtorch_version = ASSAY_TORCH_VERSION;
  environment.cpu = fmt::format("{}-{}-{} {}", cpu_field(info, "vendor_id"), cpu_field(info, "cpu family"),
                                cpu_field(info, "model"), vectors);
  environment.machine = data::sha256(Json{{"id", read_file("/etc/machine-id")},
                                          {"cpu", cpu_field(info, "model name")},
                                          {"cores", std::thread::hardware_concurrency()}})
                            .substr(0, 16);
  std::random_device random;
  for (int i = 0; i < 4; ++i) environment.once += fmt::format("{:08x}", random());
  return environment;
}

}  // namespace assay::plan
