#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "store/bundle.h"
#include "store/file_hash.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;
constexpr double kWorthSyncing = 1.0;  // seconds of work

void sync_path(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0 || ::fsync(descriptor) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw Error(fmt::format("{}: cannot be written to the disk: {}", path.string(), std::strerror(error)));
  }
  ::close(descriptor);
}

}  // namespace

std::string BundleWriter::folder_prefix(const std::string& key) { return key + ".tmp-"; }

BundleWriter::BundleWriter(fs::path place, std::string key, std::string kind, Json inputs)
    : place_(std::move(place)), key_(std::move(key)), kind_(std::move(kind)), inputs_(std::move(inputs)) {
  static std::atomic<int> counter{0};
  folder_ = place_.parent_path() / fmt::format("{}{}-{}", folder_prefix(key_), ::getpid(), counter++);
  std::error_code error;
  if (fs::create_directory(folder_, error); error) {
    fs::create_directories(place_.parent_path());
    fs::create_directory(folder_);
  }
}

BundleWriter::~BundleWriter() {
  if (committed_) return;
  std::error_code ignored;  // what stays behind is removed by the next run
  fs::remove_all(folder_, ignored);
}

void BundleWriter::commit() {
  Json files = Json::object();
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder_).generic_string()] = {{"size", entry.file_size()},
                                                                        {"sha256", file_sha256(entry.path())}};
  }
  const Json header = {{"format", 1},    {"key", key_},  {"kind", kind_},   {"inputs", inputs_},
                       {"files", files}, {"kpis", kpis}, {"timing", timing}};
  {
    std::ofstream out(folder_ / "bundle.json", std::ios::binary);
    out << header.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
    out.close();
    if (!out) throw Error(fmt::format("{}: cannot be written; is the disk full?", (folder_ / "bundle.json").string()));
  }
  if (timing.value("seconds", 0.0) > kWorthSyncing) {
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      sync_path(entry.path(), entry.is_directory() ? O_RDONLY | O_DIRECTORY : O_RDONLY);
    }
    sync_path(folder_, O_RDONLY | O_DIRECTORY);
  }
  std::error_code error;
  fs::rename(folder_, place_, error);
  if (error) {
    if (!Bundle::exists(place_)) {
      throw Error(fmt::format("{}: cannot be moved into place: {}", folder_.string(), error.message()));
    }
    fs::remove_all(folder_);
  }
  committed_ = true;
  if (timing.value("seconds", 0.0) > kWorthSyncing) sync_path(place_.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace assay::store
