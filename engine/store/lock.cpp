#include "store/lock.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assay::store {

std::optional<FileLock> FileLock::lock(const std::filesystem::path& folder, const std::string& name, bool wait) {
  const std::filesystem::path file = folder / name;
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      throw BadInput(fmt::format("{}: cannot be locked: {}; check that the results folder may be written",
                                 file.string(), std::strerror(errno)));
    }
    int got = 0;
    do {
      got = ::flock(descriptor, LOCK_EX | (wait ? 0 : LOCK_NB));
    } while (got != 0 && errno == EINTR);
    if (got != 0) {
      ::close(descriptor);
      return std::nullopt;
    }
    // The holder before us removed its file on release: what we locked may no longer be what others open.
    struct stat ours {};
    struct stat there {};
    if (::fstat(descriptor, &ours) == 0 && ::stat(file.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
        ours.st_dev == there.st_dev) {
      return FileLock(file, descriptor);
    }
    ::close(descriptor);
  }
}

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& folder, const std::string& name) {
  return lock(folder, name, false);
}

FileLock FileLock::acquire(const std::filesystem::path& folder, const std::string& name) {
  return std::move(*lock(folder, name, true));
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());  // while still locked, so that nobody else's lock is removed
  ::close(descriptor_);
}

}  // namespace assay::store
