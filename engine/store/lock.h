#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace assay::store {

/// Ownership of a name within a results folder, held until destroyed. The kernel gives it up when the process dies,
/// however it dies. Between processes and within one (two locks of one name exclude each other).
class FileLock {
 public:
  /// Empty when somebody else holds it. `folder` must exist.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& folder, const std::string& name);
  /// Waits for it.
  static FileLock acquire(const std::filesystem::path& folder, const std::string& name);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  FileLock(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
  static std::optional<FileLock> lock(const std::filesystem::path& folder, const std::string& name, bool wait);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace assay::store
